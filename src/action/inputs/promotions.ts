/**
 * Reads the input `promotions`: several images, each with its own tags.
 *
 *     line    := source "->" targets       blank lines and lines that begin with # are ignored
 *     source  := image (" + " image)*      one image, or the parts of an index
 *     image   := a full reference
 *     targets := tags in the repository of the (first) image, or full references, separated by spaces or commas
 */
import { printable } from '../../oci/printable.ts'
import { type Reference, type Repository, asTarget, isFullReference } from '../../oci/reference.ts'
import { MAXIMUM_TARGETS } from '../../promotion/request.ts'
import type { GivenPromotion } from './combine.ts'
import { UNREADABLE, hostCheck, readImage } from './images.ts'
import { type Line, inLine, jsonList, linesOf, readLine, splitList } from './lists.ts'
import { wrong } from './mistakes.ts'
import { type ImageInputs, sourceOf } from './sources.ts'

const EXAMPLE = 'ghcr.io/acme/app:sha-1 -> 1.4.0 latest'

/** Reads all lines; each mistake names its line. */
export function readPromotions(text: string, inputs: ImageInputs): GivenPromotion[] {
  const lines = linesOf(text)
  return inputs.mistakes.attempt('promotions', () => checkAmount(lines))
    ? lines.flatMap(line => readPromotion(line, inputs) ?? [])
    : []
}

function checkAmount(lines: readonly Line[]): true {
  if (lines[0] && jsonList(lines[0].text))
    throw wrong(
      'is a list in JSON',
      `Write a line for each image: ${EXAMPLE}. jq --raw-output '.[]' makes such lines.`
    )
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
  { registry, annotations, mistakes }: ImageInputs
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
  const readParts = (): (Reference | undefined)[] =>
    partsIn(parts.source).map(item => attempt(() => read(item)))
  const [first, ...others] = attempt(readParts) ?? []
  const home = first?.repository ?? UNREADABLE
  const targets = parts.targets.map(item => attempt(() => asTarget(read(item, home))))
  const rest = others.filter(part => part !== undefined)
  const source = first && attempt(() => sourceOf([first, ...rest], annotations))
  return source && { source, targets: targets.filter(target => target !== undefined), line: number }
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

/** Gives the images of a source: one, or several with a plus between each two. */
function partsIn(items: readonly string[]): string[] {
  const shown = `"${printable(items.join(' '))}"`
  const images = items.filter(item => item !== '+')
  for (const image of images) requireFull(image)
  const plusses = items.length - images.length
  if (plusses === 0 && images.length > 1) {
    throw wrong(
      `${shown} names ${images.length.toString()} images`,
      'Write one image in each line, or + between the parts of an index.'
    )
  }
  if (items.every((item, index) => (item === '+') === (index % 2 === 1)) && items.length % 2 === 1)
    return images
  throw wrong(`${shown} does not have one + between each two images`, 'Write the parts of an index as A + B.')
}

function requireFull(item: string): void {
  if (/\+.*[/:@]/.test(item))
    throw wrong(`"${printable(item)}" has no spaces around +`, 'Write the parts of an index as A + B.')
  if (isFullReference(item)) return
  throw wrong(
    `"${printable(item)}" is not a full reference`,
    'Write registry/repository:tag or registry/repository@sha256:… before the arrow.'
  )
}
