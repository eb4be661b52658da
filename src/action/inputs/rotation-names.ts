/** Checks that the tags which keep-previous writes are free to be written. */
import { firstMatch } from '../../promotion/pattern.ts'
import { MAXIMUM_TARGETS, type Order, previousTags } from '../../promotion/plan.ts'
import { type Target, formatReference } from '../../oci/reference.ts'
import { type Mistakes, wrong } from './mistakes.ts'

/** Finds mistakes: too many tags, names that are too long, tags that are targets or the source as well. */
export function checkRotation(order: Order, mistakes: Mistakes): void {
  const { targets, keepPrevious = [] } = order
  const count = targets.reduce((sum, { tag }) => sum + 1 + (firstMatch(keepPrevious, tag) ?? 0), 0)
  mistakes.attempt('keep-previous', () => {
    if (count > MAXIMUM_TARGETS) throw tooMany(count)
  })
  if (count > MAXIMUM_TARGETS) return
  const taken = new Set(targets.map(formatReference))
  for (const target of targets) {
    mistakes.attempt('keep-previous', () => {
      for (const previous of previousTags(order, target)) requireFree(previous, order, taken)
    })
  }
}

function requireFree(previous: Target, { source }: Order, taken: ReadonlySet<string>): void {
  const name = formatReference(previous)
  if (taken.has(name)) {
    throw wrong(
      `"${name}" is a target, and a tag that an earlier image is kept under too`,
      'Take one of the two away.'
    )
  }
  if (formatReference(source) === name) {
    throw wrong(
      `the source "${name}" is a tag that an earlier image is kept under too`,
      'It would name another image as soon as it is written; name the image by its digest.'
    )
  }
}

function tooMany(count: number) {
  return wrong(
    `makes ${count.toString()} tags of the targets`,
    `At most ${MAXIMUM_TARGETS.toString()} can be written in one step.`
  )
}
