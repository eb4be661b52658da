/**
 * Reads the input `promotions`: several images, each with its own tags.
 *
 *     line    := source "->" targets       blank lines and lines that begin with # are ignored
 *     source  := a full reference
 *     targets := tags in the source's repository, or full references, separated by spaces or commas
 */
import { printable } from '../../oci/printable.ts'
import { type Reference, type Repository, asTarget, isFullReference } from '../../oci/reference.ts'
import type { Registry } from '../../oci/registry-host.ts'
import { MAXIMUM_TARGETS } from '../../promotion/request.ts'
import { type GivenPromotion, inLine } from './combine.ts'
import { UNREADABLE, hostCheck, readImage } from './images.ts'
import { readLine, splitList } from './lists.ts'
import { type Mistakes, wrong } from './mistakes.ts'

const EXAMPLE = 'ghcr.io/acme/app:sha-1 -> 1.4.0 latest'

interface Line {
  readonly number: number
  readonly text: string
}

/** Reads all lines; each mistake names its line. */
export function readPromotions(
  text: string,
  registry: Registry | undefined,
  mistakes: Mistakes
): GivenPromotion[] {
  const lines = text
    .split('\n')
    .map((line, index): Line => ({ number: index + 1, text: line.trim() }))
    .filter(line => line.text !== '' && !line.text.startsWith('#'))
  return mistakes.attempt('promotions', () => checkAmount(lines))
    ? lines.flatMap(line => readPromotion(line, registry, mistakes) ?? [])
    : []
}

function checkAmount(lines: readonly Line[]): true {
  if (lines.length === 0) throw wrong('has no line', `Write lines such as ${EXAMPLE}.`)
  const count = lines.reduce((sum, { text }) => sum + splitList(text.replace(/^.*?->/, '')).length, 0)
  if (count <= MAXIMUM_TARGETS) return true
  throw wrong(
    `names ${count.toString()} tags`,
    `Give at most ${MAXIMUM_TARGETS.toString()} in one step, of all images together.`
  )
}

function readPromotion(
  { number, text }: Line,
  registry: Registry | undefined,
  mistakes: Mistakes
): GivenPromotion | undefined {
  const attempt = <T>(work: () => T): T | undefined =>
    mistakes.attempt('promotions', () => inLine(number, work))
  const line = readLine(text, mistake => {
    attempt(() => {
      throw mistake
    })
  })
  const parts = attempt(() => splitLine(line))
  if (parts === undefined) return undefined
  const checkHost = hostCheck([...parts.source, ...parts.targets], registry)
  const read = (item: string, home?: Repository): Reference => {
    checkHost(item)
    return readImage(item, home)
  }
  const reference = attempt(() => read(onlySource(parts.source)))
  const home = reference?.repository ?? UNREADABLE
  const targets = parts.targets.map(item => attempt(() => asTarget(read(item, home))))
  if (reference === undefined) return undefined
  const source = { kind: 'image' as const, reference }
  return { source, targets: targets.filter(target => target !== undefined), line: number }
}

function splitLine(text: string): { source: readonly string[]; targets: readonly string[] } {
  const shown = printable(text)
  const [before = '', after, ...rest] = text.split('->')
  if (after === undefined)
    throw wrong(`"${shown}" has no arrow`, `Write the image, an arrow and its tags: ${EXAMPLE}.`)
  if (rest.length > 0) throw wrong(`"${shown}" has more than one arrow`, 'Write one image in each line.')
  const [source, targets] = [splitList(before), splitList(after)]
  if (source.length === 0) throw wrong(`"${shown}" has no source`, 'Write the image before the arrow.')
  if (targets.length === 0) throw wrong(`"${shown}" has no target`, 'Write the tags after the arrow.')
  return { source, targets }
}

function onlySource(items: readonly string[]): string {
  const [item = '', ...others] = items
  if (items.includes('+')) {
    throw wrong(
      `"${printable(items.join(' '))}" names the parts of an index`,
      'Retag does not put an index together. Write one image before the arrow.'
    )
  }
  if (others.length > 0) {
    throw wrong(
      `"${printable(items.join(' '))}" names ${items.length.toString()} images`,
      'Write one image before the arrow, and a line for each.'
    )
  }
  if (isFullReference(item)) return item
  throw wrong(
    `"${printable(item)}" is not a full reference`,
    'Write registry/repository:tag or registry/repository@sha256:… before the arrow.'
  )
}
