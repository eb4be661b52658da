/** The inputs that action.yml declares; a test compares the two. */

/** The default of each input, in the order of action.yml; empty where there is none. That of `github-token` is an expression of the runner's. */
export const inputDefaults = {
  registry: 'docker.io',
  repository: '',
  source: '',
  target: '',
  digests: '',
  promotions: '',
  username: '',
  password: '',
  'github-token': '',
  'if-exists': 'move',
  'expect-digest': 'any',
  'require-platforms': 'any',
  'keep-previous': '0',
  'if-missing': 'fail',
  'wait-for-source': '0',
  referrers: 'true',
  'on-failure': 'restore',
  'dry-run': 'false',
  annotations: '',
  'insecure-registries': ''
} as const satisfies Readonly<Record<string, string>>

/** The name of an input. */
export type InputName = keyof typeof inputDefaults

/** The names of all inputs, in the order of action.yml. */
export const inputNames = Object.keys(inputDefaults) as readonly InputName[]

/** The inputs that nobody may see. */
export const secretInputs: readonly InputName[] = ['password', 'github-token']

/** Reads one input: what is given, even if empty; else its default. */
export type ReadInput = (name: InputName) => string
