/** Starts the action: the only module that does something when it is loaded. */
import { main } from './action/main.ts'

// How long the process may take to end by itself when all is told, in milliseconds.
const LAST_WORDS = 1000

await main()
// What cannot be closed (a proxy that never answered holds a socket of its own) must not keep the step from ending.
setTimeout(() => process.exit(), LAST_WORDS).unref()
