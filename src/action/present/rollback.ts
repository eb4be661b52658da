/** The step that puts moved tags back, ready to be pasted into a workflow. */
import type { Registry } from '../../oci/registry-host.ts'
import { formatReference } from '../../oci/reference.ts'
import { type Report, isDisplaced } from '../../promotion/report.ts'
import { codeBlock, folded } from './markdown.ts'

/** What a step like the one that ran needs beside its promotions. */
export interface StepSettings {
  /** How the workflow calls Retag: `retag/retag@v1`. */
  readonly action: string
  /** The registry that the inputs `username` and `password` are for; absent where they are not given. */
  readonly loginFor?: Registry | undefined
  /** The hosts of the input `insecure-registries`. */
  readonly insecure?: readonly Registry[]
}

/** Writes one step that puts all moved tags back; empty when there is none. */
export function rollbackOf({ targets, dryRun }: Report, settings: StepSettings): string {
  if (dryRun) return ''
  const tagsByImage = new Map<string, string[]>()
  for (const { target, previousDigest: digest, keeps, isPreviousGone } of targets.filter(isDisplaced)) {
    // The tags that keep earlier images need no step: the next rotation finds each image and moves it to its tag.
    if (keeps || isPreviousGone) continue
    const image = formatReference({ repository: target.repository, digest })
    tagsByImage.set(image, [...(tagsByImage.get(image) ?? []), target.tag])
  }
  if (tagsByImage.size === 0) return ''
  const lines = [...tagsByImage].map(([image, tags]) => `${image} -> ${tags.join(' ')}`)
  const title = 'To put the moved tags back, run this step'
  return folded(title, `${codeBlock('yaml', stepOf(lines, settings))}\n\n${adviceOf(settings)}`)
}

function stepOf(promotions: readonly string[], { action, loginFor, insecure = [] }: StepSettings): string {
  return [
    `- uses: ${action}`,
    '  with:',
    ...(loginFor ? [`    registry: ${loginFor}`] : []),
    ...(insecure.length > 0 ? [`    insecure-registries: '${insecure.join(',')}'`] : []),
    '    promotions: |',
    ...promotions.map(line => `      ${line}`)
  ].join('\n')
}

function adviceOf({ loginFor }: StepSettings): string {
  const login = loginFor
    ? 'Add `username` and `password` as in the step that moved them.'
    : 'It needs the same login as the step that moved them.'
  return `${login} Nothing is built again, if the registry keeps images without a tag, as most do.`
}

/** Names the action as the workflow of this run does, by the runner's environment; by its public name where that says nothing. */
export function actionName(env: Readonly<Record<string, string | undefined>>): string {
  const name = `${env.GITHUB_ACTION_REPOSITORY ?? ''}@${env.GITHUB_ACTION_REF ?? ''}`
  return /^[\w.-]+\/[\w.-]+@[\w./-]+$/.test(name) ? name : 'retag/retag@v1'
}
