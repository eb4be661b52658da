/** The plan: everything a run will do, decided from values alone, with nothing done yet. */
import type { Copy } from './copy.ts'
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import type { Gate } from './requirements.ts'
import type { Manifest } from '../oci/manifest.ts'
import { type Rule, firstMatch } from './pattern.ts'
import { type Editions, type Policy, type TagState, type Verdict, judge } from './policy.ts'
import {
  type Reference,
  type Repository,
  type Target,
  formatReference,
  formatRepository,
  isSameRepository
} from '../oci/reference.ts'
import { previousTag, rotate } from './rotation.ts'

/** The most tags of one run, those that keep earlier images among them. */
export const MAXIMUM_TARGETS = 1000

/** What the user asked for; absent is what was not. */
export interface Order {
  readonly source: Reference
  /** In the order given, each once. */
  readonly targets: readonly Target[]
  readonly gate?: Gate
  /** What may be done with a target that points to another image; `move` where no rule matches. */
  readonly ifExists?: readonly Rule<Policy>[]
  /** How many earlier images a moved target leaves behind; none where no rule matches. */
  readonly keepPrevious?: readonly Rule<number>[]
  /** Whether a copy takes along what is attached to the image. */
  readonly referrers?: boolean
}

/** What the registry holds before the run. */
export interface Observed {
  readonly source: Manifest
  /** The source's platforms, as far as they are known. */
  readonly platforms?: readonly string[]
  /** The state of each target of the order, in its order. */
  readonly states: readonly TagState[]
  /** The states of each target's {@link previousTags}. */
  readonly previousStates?: readonly (readonly TagState[])[]
  /** What is to be compared for `forward`: see {@link comparedImages}. */
  readonly editions?: Editions
  /** The images that rotation writes again (see {@link keptImages}): an error where one cannot be read, none where it is gone. */
  readonly images?: ReadonlyMap<Digest, Manifest | PromotionError>
  /** What each of the {@link repositoriesToFill} lacks, by its full name: an error where it cannot be asked. */
  readonly copies?: ReadonlyMap<string, Copy | PromotionError>
}

/** An image in a repository, by its digest. */
export interface Image extends Reference {
  readonly digest: Digest
}

/** One tag and what was decided about it. */
export interface Step {
  readonly target: Target
  /** The digest that the tag is to have. */
  readonly digest: Digest
  readonly verdict: Verdict
  /** The target whose earlier image this tag keeps. */
  readonly keeps?: Target
  /** What is to be written before this step, in this order: the earlier images that its target leaves behind. */
  readonly before: readonly Step[]
}

/** The decisions about all targets, in the order given, and the manifests that are to be written. */
export interface Plan {
  readonly source: Manifest
  readonly platforms?: readonly string[]
  readonly steps: readonly Step[]
  /** What is to be in its place before the first step. */
  readonly copies: readonly Copy[]
  /** Every manifest that a step writes. */
  readonly manifests: ReadonlyMap<Digest, Manifest>
}

/** Decides about every target of an order. */
export function plan(order: Order, observed: Observed): Plan {
  const { source, platforms } = observed
  const images = [...(observed.images ?? [])].flatMap(([digest, image]) =>
    image instanceof PromotionError ? [] : [[digest, image] as const]
  )
  return {
    source,
    ...(platforms && { platforms }),
    steps: order.targets.map((target, index) => decide(target, { order, observed, index })),
    copies: [...(observed.copies?.values() ?? [])].flatMap(copy =>
      copy instanceof PromotionError ? [] : copy
    ),
    manifests: new Map([[source.digest, source], ...images])
  }
}

/** Lists the steps of a plan for people: after each target the tags that keep its earlier images, as a rule the newest first. */
export function stepsOf({ steps }: Plan): Step[] {
  return steps.flatMap(step => chainOf(step).toReversed())
}

/** Lists the writes that belong to a target, in their order: the tags that keep its earlier images, then itself. */
export function chainOf(step: Step): Step[] {
  return [...step.before, step]
}

/** Tells whether a plan must not be carried out: one of its steps is refused. */
export function isRefused(intended: Plan): boolean {
  return stepsOf(intended).some(({ verdict }) => verdict.kind === 'refuse')
}

/** Lists the tags that a target leaves its earlier images to when it moves: TAG-1, TAG-2 and so on. */
export function previousTags({ keepPrevious = [] }: Order, target: Target): Target[] {
  const count = firstMatch(keepPrevious, target.tag) ?? 0
  return Array.from({ length: count }, (_, older) => previousTag(target, older + 1))
}

/** Lists the images whose editions decide about a `forward` target, each once: the source's and those that the tags hold now. */
export function comparedImages(order: Order, { source, states }: Observed): Image[] {
  const present = order.targets.flatMap(({ repository, tag }, index) => {
    const now = states[index]
    const isCompared =
      now?.kind === 'present' &&
      now.digest !== source.digest &&
      policyFor(order, { repository, tag }) === 'forward'
    return isCompared ? [{ repository, digest: now.digest }] : []
  })
  const wanted = { repository: order.source.repository, digest: source.digest }
  return present.length === 0 ? [] : distinct([wanted, ...present])
}

/** Lists the images that a plan would write again under other tags, each once. */
export function keptImages(intended: Plan): Image[] {
  const kept = stepsOf(intended).filter(({ keeps }) => keeps !== undefined)
  return distinct(kept.map(({ target: { repository }, digest }) => ({ repository, digest })))
}

/** Lists the repositories that the image has to be copied to before a plan can be carried out, each once. */
export function repositoriesToFill({ source }: Order, { steps }: Plan): Repository[] {
  const repositories = steps
    .filter(({ verdict }) => ['create', 'move', 'unchanged'].includes(verdict.kind))
    .map(({ target }) => target.repository)
    .filter(repository => !isSameRepository(repository, source.repository))
  return [...new Map(repositories.map(repository => [formatRepository(repository), repository])).values()]
}

interface Surroundings {
  readonly order: Order
  readonly observed: Observed
  readonly index: number
}

function decide(target: Target, surroundings: Surroundings): Step {
  const { order, observed, index } = surroundings
  const { digest } = observed.source
  const now = observed.states[index]
  if (now === undefined) throw new Error(`nobody has looked at ${formatReference(target)}`)
  const verdict = judge({
    target,
    wanted: digest,
    now,
    policy: policyFor(order, target),
    editions: observed.editions ?? new Map()
  })
  const copy = observed.copies?.get(formatRepository(target.repository))
  if (copy instanceof PromotionError && verdict.kind !== 'keep')
    return { target, digest, verdict: { kind: 'refuse', error: copy }, before: [] }
  const before = verdict.kind === 'move' ? keep(target, verdict.previous, surroundings) : []
  return { target, digest, verdict, before }
}

/** Decides about the tags that keep the earlier images of a target which moves. */
function keep(target: Target, present: Digest, { observed, index }: Surroundings): Step[] {
  const { source, previousStates = [], images = new Map<Digest, Manifest | PromotionError>() } = observed
  const states = previousStates[index] ?? []
  const history = [present, ...states.map(state => (state.kind === 'present' ? state.digest : undefined))]
  const shifts = rotate(source.digest, history)
  const stepFor = (number: number, digest: Digest, verdict: Verdict): Step => {
    return { target: previousTag(target, number), digest, verdict, keeps: target, before: [] }
  }
  const unreadable = states.flatMap((state, older) =>
    state.kind === 'unreadable' ? stepFor(older + 1, present, { kind: 'refuse', error: state.error }) : []
  )
  if (unreadable.length > 0) return unreadable
  return shifts.map(({ number, digest }) =>
    stepFor(number, digest, judgeKept(images.get(digest) ?? gone(target, digest), history[number]))
  )
}

function judgeKept(image: Manifest | PromotionError, previous: Digest | undefined): Verdict {
  const held = previous === undefined ? {} : { previous }
  if (image instanceof PromotionError) return { kind: 'refuse', ...held, error: image }
  return previous === undefined ? { kind: 'create' } : { kind: 'move', previous }
}

function gone({ repository }: Target, digest: Digest): PromotionError {
  const name = formatReference({ repository, digest })
  return new PromotionError(
    'SOURCE_NOT_FOUND',
    `keep-previous is to keep ${name}, which the registry does not have any more`,
    {
      advice: 'A clean-up has deleted the image while a tag points to it. Run again without keep-previous.'
    }
  )
}

function policyFor({ ifExists = [] }: Order, { tag }: Target): Policy {
  return firstMatch(ifExists, tag) ?? 'move'
}

function distinct(images: readonly Image[]): Image[] {
  return [...new Map(images.map(image => [image.digest, image])).values()]
}
