/**
 * Reads the input `annotations`: those of an index that is made here.
 *
 *     line   := [levels ":"] key "=" value     blank lines and lines that begin with # are ignored
 *     levels := level ("," level)*             as docker/metadata-action writes them; a line counts where `index` is among them
 *     level  := ("index" | "manifest" | "index-descriptor" | "manifest-descriptor") ["[" platform "]"]
 *
 * A key is in the alphabet of the image specification's own keys. A value is anything to the end of the line. Of several lines with one
 * key the last counts: docker/metadata-action puts the user's own after those that it makes.
 */
import { printable } from '../../oci/printable.ts'
import { inLine, linesOf } from './lists.ts'
import { type Mistakes, wrong } from './mistakes.ts'

/** The most annotations of an index. */
export const MAXIMUM_ANNOTATIONS = 100

/** The most characters of all annotations of an index. */
export const MAXIMUM_ANNOTATION_LENGTH = 65_536

/** What the input says. */
export interface GivenAnnotations {
  readonly annotations: Readonly<Record<string, string>>
  /** Whether the input has any line, those for other levels too. */
  readonly isGiven: boolean
}

const LEVEL = '(?:index|manifest)(?:-descriptor)?(?:\\[[^\\]]*\\])?'
const LEVELS = new RegExp(`^(${LEVEL}(?:,${LEVEL})*):`)
const KEY = /^[A-Za-z0-9][\w./-]*$/

/** Reads all lines; what is wrong with them goes to `mistakes`. */
export function readAnnotations(text: string, mistakes: Mistakes): GivenAnnotations {
  const lines = linesOf(text)
  const entries = lines.flatMap(line => {
    const entry = mistakes.attempt('annotations', () => inLine(line.number, () => readEntry(line.text)))
    return entry === undefined ? [] : [entry]
  })
  const annotations = Object.fromEntries(entries)
  mistakes.attempt('annotations', () => {
    checkAmount(annotations)
  })
  return { annotations, isGiven: lines.length > 0 }
}

/** Reads a line; undefined where it is for other levels than the index. Throws the mistake. */
function readEntry(text: string): readonly [string, string] | undefined {
  const [prefix = '', levels = 'index'] = LEVELS.exec(text) ?? []
  if (!levels.split(',').includes('index')) return undefined
  const [, key = '', value] = /^([^=]*)=(.*)$/s.exec(text.slice(prefix.length)) ?? []
  const shown = `"${printable(text)}"`
  if (value === undefined)
    throw wrong(`${shown} has no "="`, 'Write KEY=VALUE, such as org.opencontainers.image.version=1.4.0.')
  if (KEY.test(key)) return [key, value]
  throw wrong(
    `${shown} has no key that an annotation can have`,
    'A key has letters, digits, ".", "/", "_" and "-". Only the levels of docker/metadata-action may stand before it: index:KEY=VALUE.'
  )
}

function checkAmount(annotations: Readonly<Record<string, string>>): void {
  const entries = Object.entries(annotations)
  if (entries.length > MAXIMUM_ANNOTATIONS) {
    throw wrong(
      `names ${entries.length.toString()} annotations`,
      `Give at most ${MAXIMUM_ANNOTATIONS.toString()}.`
    )
  }
  const length = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  if (length <= MAXIMUM_ANNOTATION_LENGTH) return
  throw wrong(
    `has ${length.toString()} characters`,
    `Give at most ${MAXIMUM_ANNOTATION_LENGTH.toString()}: they are part of the index, which is read at every pull.`
  )
}
