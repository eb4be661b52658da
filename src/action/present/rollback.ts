/** The steps that put moved tags back, ready to be pasted into a workflow. */
import { formatReference } from '../../oci/reference.ts'
import { type Report, isDisplaced } from '../../promotion/report.ts'
import { codeBlock, folded } from './markdown.ts'

/** Writes one step for each image that tags were moved away from; empty when there is none. */
export function rollbackOf({ targets, dryRun }: Report, action: string): string {
  if (dryRun) return ''
  const tagsByImage = new Map<string, string[]>()
  // The tags that keep earlier images need no step: the next rotation finds each image once, and puts it in its place.
  for (const { target, previousDigest: digest } of targets
    .filter(isDisplaced)
    .filter(({ keeps }) => !keeps)) {
    const image = formatReference({ repository: target.repository, digest })
    tagsByImage.set(image, [...(tagsByImage.get(image) ?? []), formatReference(target)])
  }
  const steps = [...tagsByImage].map(([image, tags]) => stepOf(action, image, tags))
  const advice =
    'Give each step the login that this one has. The images are still there; nothing is built again.'
  return steps.length === 0
    ? ''
    : folded('To put the moved tags back', `${codeBlock('yaml', steps.join('\n'))}\n\n${advice}`)
}

function stepOf(action: string, image: string, tags: readonly string[]): string {
  const lines = tags.map(tag => `      ${tag}`)
  return [`- uses: ${action}`, '  with:', `    source: ${image}`, '    target: |', ...lines].join('\n')
}

/** Names the action as the workflow of this run does, by the runner's environment; by its public name where that says nothing. */
export function actionName(env: Readonly<Record<string, string | undefined>>): string {
  const name = `${env.GITHUB_ACTION_REPOSITORY ?? ''}@${env.GITHUB_ACTION_REF ?? ''}`
  return /^[\w.-]+\/[\w.-]+@[\w./-]+$/.test(name) ? name : 'retag/retag@v1'
}
