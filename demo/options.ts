/** The command line of the demo: empty for its own registry, or what to tag in the user's. */
import { parseArgs } from 'node:util'

/** What `--help` prints. */
export const help = `Runs the built action (dist/index.js) and shows what a job would show.

  npm run demo
      against a small registry that it starts on this machine, and stops again

  npm run demo -- --registry HOST --repository REPO --source TAG --target TAG [...]
      against a registry of yours, where REPO holds TAG already; this writes tags

  --registry HOST       host, with :port where there is one (docker.io, ghcr.io, localhost:5000)
  --repository REPO     repository in it
  --source TAG          the image to tag: a tag or a digest
  --target TAG          the tag to give it; may be repeated
  --username U          who to be there; without it nobody in particular
  --password-env VAR    the environment variable that holds the password
  --insecure            speak plain HTTP to the registry (on this machine that is done anyway)
  --help                print this
`

/** The action's inputs, by name. */
export type ActionInputs = Readonly<Record<string, string>>

/** What the command line asks for. */
export type Options =
  | { readonly kind: 'help' }
  | { readonly kind: 'own-registry' }
  | { readonly kind: 'registry'; readonly inputs: ActionInputs }

const flags = {
  registry: { type: 'string' },
  repository: { type: 'string' },
  source: { type: 'string' },
  target: { type: 'string', multiple: true },
  username: { type: 'string' },
  'password-env': { type: 'string' },
  insecure: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' }
} as const

const required = ['registry', 'repository', 'source', 'target'] as const

/** Parses the command line. Throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({ args: [...args], options: flags })
  if (values.help) return { kind: 'help' }
  if (Object.keys(values).length === 0) return { kind: 'own-registry' }
  const missing = required.filter(name => values[name] === undefined)
  if (missing.length > 0) throw new Error(`${missing.map(name => `--${name}`).join(', ')} must be given too`)
  const { registry = '', repository = '', source = '', target = [], insecure = false } = values
  const inputs = { registry, repository, source, target: target.join('\n') }
  const insecureRegistries = insecure ? { 'insecure-registries': registry } : {}
  return { kind: 'registry', inputs: { ...inputs, ...insecureRegistries, ...readLogin(values, env) } }
}

function readLogin(
  { username, 'password-env': variable }: { username?: string; 'password-env'?: string },
  env: NodeJS.ProcessEnv
): ActionInputs {
  if (username === undefined && variable === undefined) return {}
  if (username === undefined || variable === undefined)
    throw new Error('--username and --password-env must be given together')
  const password = env[variable] ?? ''
  if (password === '') throw new Error(`the environment variable ${variable} is not set`)
  return { username, password }
}
