/** Checks that the tags which keep-previous writes are free to be written. */
import { firstMatch } from '../../promotion/pattern.ts'
import { MAXIMUM_TARGETS, type Request, previousTags } from '../../promotion/request.ts'
import { type Target, formatReference } from '../../oci/reference.ts'
import { referencesOf } from '../../promotion/source.ts'
import type { Combined } from './combine.ts'
import { inLine } from './lists.ts'
import { type Mistakes, wrong } from './mistakes.ts'

/** Finds mistakes: too many tags, names that are too long, tags that are also a target or the source of any image. */
export function checkRotation(
  request: Request,
  { lines, mistakes }: Pick<Combined, 'lines'> & { readonly mistakes: Mistakes }
): void {
  const { promotions, keepPrevious } = request
  const targets = promotions.flatMap(promotion => promotion.targets)
  const count = targets.reduce((sum, { tag }) => sum + 1 + (firstMatch(keepPrevious, tag) ?? 0), 0)
  mistakes.attempt('keep-previous', () => {
    if (count > MAXIMUM_TARGETS) throw tooMany(count)
  })
  if (count > MAXIMUM_TARGETS) return
  const taken = {
    targets: new Set(targets.map(formatReference)),
    sources: new Set(promotions.flatMap(({ source }) => referencesOf(source)).map(formatReference))
  }
  for (const target of targets) {
    mistakes.attempt('keep-previous', () => {
      inLine(lines.get(formatReference(target)), () => {
        for (const previous of previousTags(request, target)) requireFree(previous, taken)
      })
    })
  }
}

/** The tags that are in use, by their full references. */
interface Taken {
  readonly targets: ReadonlySet<string>
  readonly sources: ReadonlySet<string>
}

function requireFree(previous: Target, { targets, sources }: Taken): void {
  const name = formatReference(previous)
  if (targets.has(name)) {
    throw wrong(`"${name}" is both a target and a keep-previous tag`, 'Remove one of the two.')
  }
  if (sources.has(name)) {
    throw wrong(
      `"${name}" is both the source and a keep-previous tag`,
      'It would point to another image as soon as it is written. Name the source by its digest.'
    )
  }
}

function tooMany(count: number) {
  return wrong(
    `makes ${count.toString()} tags of the targets`,
    `At most ${MAXIMUM_TARGETS.toString()} can be written in one step.`
  )
}
