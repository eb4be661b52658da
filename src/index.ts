/** Starts the action: the only module that does something when it is loaded. */
import { begin } from './action/begin.ts'

// How long the process may take to end by itself after the run is reported, in milliseconds.
const LAST_WORDS = 1000

const beginning = begin(process.env)
// Loading the rest blocks the process, so the connections have to be under way.
await beginning.early.underWay()
const { main } = await import(/* webpackChunkName: "action" */ './action/main.ts')
await main(beginning)
// What cannot be closed (a proxy or a name server that does not answer, a file that is a pipe) must not keep the step alive.
setTimeout(() => {
  // process.exit() waits for the threads that look up names and read files. A signal does not, but it fails the step.
  if (process.exitCode === undefined) process.exit()
  process.kill(process.pid, 'SIGTERM')
}, LAST_WORDS).unref()
