/** Makes one promotion for each image of what was given, and finds the tags that two images are to get. */
import { type Reference, type Target, formatReference } from '../../oci/reference.ts'
import type { Promotion } from '../../promotion/request.ts'
import { type Source, formatSource, referencesOf } from '../../promotion/source.ts'
import { inLine } from './lists.ts'
import { type Mistakes, wrong } from './mistakes.ts'

/** A promotion as it was given: the same image may be in several. */
export interface GivenPromotion extends Promotion {
  /** The number of its line in `promotions`, from 1. */
  readonly line?: number
}

/** The promotions of a request. */
export interface Combined {
  /** No image and no target is in them twice. */
  readonly promotions: Promotion[]
  /** The line of `promotions` that names a target, by the target's full reference. */
  readonly lines: ReadonlyMap<string, number | undefined>
}

/** Combines what `input` gives. */
export function combine(
  given: readonly GivenPromotion[],
  input: 'promotions' | 'target',
  mistakes: Mistakes
): Combined {
  const images = new Map<string, { source: Source; targets: Target[] }>()
  const owners = new Map<string, GivenPromotion>()
  for (const promotion of given) {
    const { source, targets, line } = promotion
    const image = images.get(identityOf(source)) ?? { source, targets: [] }
    images.set(identityOf(source), image)
    for (const target of targets) {
      const owner = owners.get(formatReference(target))
      if (owner === undefined) image.targets.push(target)
      else
        mistakes.attempt(input, () => {
          inLine(line, () => {
            requireSameImage(target, owner, source)
          })
        })
      owners.set(formatReference(target), owner ?? promotion)
    }
  }
  return {
    promotions: [...images.values()],
    lines: new Map([...owners].map(([target, { line }]) => [target, line]))
  }
}

/** Names what a source is: of an image its digest decides where there is one; an index is never one of its parts. */
function identityOf(source: Source): string {
  const names = referencesOf(source).map(imageOf)
  return source.kind === 'image' ? names.join() : `index ${source.order} ${names.join(' + ')}`
}

/** Names an image: where there is a digest, it decides. */
export function imageOf(reference: Reference): string {
  const { repository, digest } = reference
  return formatReference(digest === undefined ? reference : { repository, digest })
}

function requireSameImage(target: Target, owner: GivenPromotion, source: Source): void {
  if (identityOf(owner.source) === identityOf(source)) return
  const where = owner.line === undefined ? '' : ` (line ${owner.line.toString()})`
  throw wrong(
    `"${formatReference(target)}" is a target of two images, ${formatSource(owner.source)}${where} and ` +
      formatSource(source),
    owner.line === undefined
      ? 'Write {name} in it, so that each repository gets a tag of its own.'
      : 'Remove it from one of the two lines.'
  )
}
