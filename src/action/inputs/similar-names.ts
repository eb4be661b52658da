/** Finds the input that a name means which is none: `dry_run`, `if-exist`, `tags`. */
import { type InputName, inputNames } from './known-inputs.ts'

/** What a name means that is no input. */
export interface Meant {
  readonly input: InputName
  /** What to write instead. */
  readonly advice: string
  /** Whether the value is surely meant for {@link input}. */
  readonly isSure: boolean
}

// Names are compared without case, separators and plural.
const synonyms = new Map<string, InputName>(
  Object.entries({
    tag: 'target',
    newtag: 'target',
    targettag: 'target',
    targetimage: 'target',
    destination: 'target',
    dest: 'target',
    dst: 'target',
    to: 'target',
    src: 'source',
    from: 'source',
    sourcetag: 'source',
    sourceimage: 'source',
    oldtag: 'source',
    repo: 'repository',
    imagename: 'repository',
    host: 'registry',
    registryhost: 'registry',
    registryurl: 'registry',
    server: 'registry',
    loginserver: 'registry',
    user: 'username',
    login: 'username',
    registryusername: 'username',
    pass: 'password',
    registrypassword: 'password',
    ghtoken: 'github-token',
    exist: 'if-exists',
    onexist: 'if-exists',
    overwrite: 'if-exists',
    force: 'if-exists',
    clobber: 'if-exists',
    noclobber: 'if-exists',
    platform: 'require-platforms',
    keep: 'keep-previous',
    missing: 'if-missing',
    onmissing: 'if-missing',
    wait: 'wait-for-source',
    timeout: 'wait-for-source',
    onerror: 'on-failure',
    rollback: 'on-failure',
    dry: 'dry-run',
    insecure: 'insecure-registries',
    plainhttp: 'insecure-registries'
  } satisfies Record<string, InputName>)
)

const ambiguous = new Map<string, Omit<Meant, 'isSure'>>(
  Object.entries({
    image: {
      input: 'target',
      advice:
        'Write repository for the name of the image, source for the tag that it has, and target for the tags that it is to get.'
    },
    digest: {
      input: 'expect-digest',
      advice:
        'Write source for the image to tag, expect-digest for the digest that it must have, or digests for a folder of them.'
    },
    token: {
      input: 'password',
      advice: "Write password for a registry's token, or github-token for a token of GitHub."
    }
  } satisfies Record<string, Omit<Meant, 'isSure'>>)
)

/** The longest name that is compared letter by letter. */
const MAXIMUM_LENGTH = 40
/** From this length on, a name may differ in two letters. */
const LONG = 6

/** Finds the input that a name means; undefined where it resembles none. */
export function meantBy(name: string): Meant | undefined {
  const plain = normalized(name)
  const unclear = ambiguous.get(plain)
  if (unclear !== undefined) return { ...unclear, isSure: false }
  const input = synonyms.get(plain) ?? nearest(name)
  return input && { input, advice: `Write ${input}.`, isSure: true }
}

/** Removes separators, and brings a plural to its singular. */
function normalized(name: string): string {
  return lettersOf(name).replace(/ies$/, 'y').replace(/s$/, '')
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function nearest(name: string): InputName | undefined {
  const letters = lettersOf(name)
  if (letters.length > MAXIMUM_LENGTH) return undefined
  const [best] = inputNames
    .map(input => ({ input, distance: distanceTo(lettersOf(input), letters) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((one, other) => Number(one.distance) - Number(other.distance))
  return best?.input
}

/** Gives the number of differing letters; undefined if there are too many for a slip of the pen. */
function distanceTo(known: string, letters: string): number | undefined {
  const allowed = known.length >= LONG && letters.startsWith(known.slice(0, 1)) ? 2 : 1
  const distance = Math.min(
    editDistance(known, letters),
    editDistance(normalized(known), normalized(letters))
  )
  return distance <= allowed ? distance : undefined
}

/** Counts the letters to insert, remove, replace or swap with a neighbour that make one text of the other. */
function editDistance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= one.length; row++) {
    rows.push([row])
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Infinity
        )
      )
    }
  }
  return at(one.length, other.length)
}
