/**
 * Tries the built action out in a registry of yours: `npm run registries -- URL [REPOSITORY [BESIDE]]`. It writes tags there.
 * RETAG_TRIAL_USERNAME and RETAG_TRIAL_PASSWORD are the login, where one is needed. Exits with 1 if anything is wrong.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { actBeside, acts } from './acts.ts'
import { tryOut } from './trial.ts'

const ATTEMPTS = 60
const [base, name = 'retag/trial', beside] = process.argv.slice(2)
const { RETAG_TRIAL_USERNAME: username = '', RETAG_TRIAL_PASSWORD: password = '' } = process.env

/** Waits until the registry answers, whatever it says: one that has only been started needs a while. */
async function untilItAnswers(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await fetch(`${url}/v2/`)
      return
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
      await sleep(1000)
    }
  }
}

/** Indents a log, so that the runner takes nothing in it for a command, and leaves out the commands that name a secret to hide it. */
function printable(log: string): string {
  return log.replace(/^::add-mask::.*\n?/gm, '').replace(/^/gm, '  | ')
}

if (base === undefined) {
  console.error(
    'npm run registries -- URL [REPOSITORY [BESIDE]], as http://127.0.0.1:5000 acme/app acme/other'
  )
  process.exitCode = 2
} else {
  await untilItAnswers(base)
  const login = username === '' ? {} : { login: { username, password } }
  const repository = { base: base.replace(/\/$/, ''), name, ...login }
  const results = await tryOut(repository, beside === undefined ? acts : [...acts, actBeside(beside)])
  for (const { title, problems, log } of results) {
    console.log(`${problems.length === 0 ? '✔' : '✘'} ${title}`)
    if (problems.length > 0) console.log(`  ${problems.join('\n  ')}\n${printable(log)}`)
  }
  const failed = results.filter(({ problems }) => problems.length > 0).length
  console.log(`${(results.length - failed).toString()} passed, ${failed.toString()} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
