/** The plan: everything a run will do, decided from values alone, with nothing done yet. */
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import type { Manifest } from '../oci/manifest.ts'
import { type Reference, type Target, formatReference } from '../oci/reference.ts'
import type { Copy } from './copy.ts'
import { type Facts, byPublished, copyTo, factOf, historyOf } from './facts.ts'
import { type Verdict, judge } from './policy.ts'
import { type Promotion, type Request, policyFor, previousTag, previousTags } from './request.ts'
import { rotate } from './rotation.ts'
import { type SourceState, stateOf } from './snapshot.ts'
import { type Source, formatSource, homeOf } from './source.ts'
import { type Comparison, compareMetadata } from './version-metadata.ts'
import { warningsOf } from './warnings.ts'

/** One tag and what was decided about it. */
export interface Step {
  readonly target: Target
  /** The source of the promotion that the tag belongs to. */
  readonly source: Source
  readonly verdict: Verdict
  /** The target whose earlier image this tag keeps. */
  readonly keeps?: Target
  /** What is written before this step, in this order: the earlier images that its target leaves behind. */
  readonly before: readonly Step[]
}

/** The decisions about all targets, in the order of the request, and what is to be written. */
export interface Plan {
  readonly sources: readonly SourceState[]
  readonly steps: readonly Step[]
  /** What is copied before the first step. */
  readonly copies: readonly Copy[]
  /** Every manifest that a step writes. */
  readonly manifests: ReadonlyMap<Digest, Manifest>
  /** What the user should know of how it was decided, one sentence each. */
  readonly warnings: readonly string[]
}

/** Decides about every target of a request. Throws where a fact is missing: that is a bug. */
export function plan(request: Request, facts: Facts): Plan {
  const { sources } = facts.snapshot
  const kept = [...facts.kept.values()].filter(isManifest)
  const promoted = sources.flatMap(source => (source.kind === 'found' ? source.image.manifest : []))
  const steps = request.promotions.flatMap((promotion, index) =>
    promotion.targets.map(target => decide(target, { request, facts, promotion, index }))
  )
  return {
    sources,
    steps,
    copies: facts.copies.flatMap(copies => [...copies.values()]).filter(isCopy),
    manifests: new Map([...promoted, ...kept].map(manifest => [manifest.digest, manifest])),
    warnings: warningsOf(facts, steps)
  }
}

/** Lists the steps of a plan for people: after each target the tags that keep its earlier images, the newest first. */
export function stepsOf({ steps }: Plan): Step[] {
  return steps.flatMap(step => chainOf(step).toReversed())
}

/** Lists the writes that belong to a target, in their order: the tags that keep its earlier images, then itself. */
export function chainOf(step: Step): Step[] {
  return [...step.before, step]
}

/** Tells whether a plan must not be carried out: one of its steps is refused. */
export function isRefused(plan: Plan): boolean {
  return stepsOf(plan).some(({ verdict }) => verdict.kind === 'refuse')
}

interface Context {
  readonly request: Request
  readonly facts: Facts
  readonly promotion: Promotion
  readonly index: number
}

function decide(target: Target, context: Context): Step {
  const { request, facts, promotion, index } = context
  const { source } = promotion
  const state = facts.snapshot.sources[index]
  if (state === undefined) throw new Error(`${formatSource(source)} has not been read`)
  const [previous] = historyOf(request, facts.snapshot.tags, target)
  if (state.kind === 'missing')
    return { target, source, verdict: { kind: 'skip', previous, reason: state.error.message }, before: [] }
  const wanted = state.image.manifest
  const verdict = judge({
    target,
    wanted,
    now: stateOf(facts.snapshot.tags, target),
    policy: policyFor(request, target),
    isKept: previousTags(request, target).length > 0,
    compare: present => compare(target, { wanted: wanted.digest, present }, context)
  })
  const copy = copyTo(facts, index, target.repository)
  if (copy instanceof PromotionError && verdict.kind !== 'keep')
    return { target, source, verdict: { kind: 'refuse', error: copy }, before: [] }
  return { target, source, verdict, before: verdict.kind === 'move' ? keep(target, wanted, context) : [] }
}

function compare(
  target: Target,
  { wanted, present }: { readonly wanted: Digest; readonly present: Digest },
  { request, facts, promotion }: Context
): Comparison | PromotionError {
  const { snapshot, published, metadata } = facts
  const decided = byPublished(request, snapshot, { target, wanted, published })
  if (decided !== undefined) return decided
  const mine = factOf(metadata, formatReference({ repository: homeOf(promotion.source), digest: wanted }))
  const theirs = factOf(metadata, formatReference({ repository: target.repository, digest: present }))
  if (mine instanceof PromotionError) return mine
  return theirs instanceof PromotionError ? theirs : compareMetadata(mine, theirs)
}

/** Decides about the tags that keep the earlier images of a target which moves. */
function keep(target: Target, wanted: Manifest, { request, facts, promotion: { source } }: Context): Step[] {
  const { tags } = facts.snapshot
  const stepFor = (tag: Target, verdict: Verdict): Step => {
    return { target: tag, source, verdict, keeps: target, before: [] }
  }
  const unreadable = previousTags(request, target).flatMap(tag => {
    const state = stateOf(tags, tag)
    return state.kind === 'unreadable' ? stepFor(tag, { kind: 'refuse', error: state.error }) : []
  })
  if (unreadable.length > 0) return unreadable
  const history = historyOf(request, tags, target)
  return rotate(wanted, history).map(({ number, digest }) => {
    const image = { repository: target.repository, digest }
    const kept = factOf(facts.kept, formatReference(image)) ?? gone(image)
    return stepFor(previousTag(target, number), judgeKept(kept, history[number]))
  })
}

function judgeKept(image: Manifest | PromotionError, previous: Digest | undefined): Verdict {
  if (image instanceof PromotionError)
    return { kind: 'refuse', ...(previous !== undefined && { previous }), error: image }
  const { digest } = image
  return previous === undefined ? { kind: 'create', digest } : { kind: 'move', digest, previous }
}

function gone(image: Reference): PromotionError {
  return new PromotionError(
    'REGISTRY_REJECTED',
    `keep-previous cannot keep ${formatReference(image)}: the registry no longer has that image`,
    {
      advice: 'A clean-up has deleted the image although a tag points to it. Run once with keep-previous: 0.'
    }
  )
}

function isManifest(value: Manifest | PromotionError | undefined): value is Manifest {
  return value !== undefined && !(value instanceof PromotionError)
}

function isCopy(value: Copy | PromotionError): value is Copy {
  return !(value instanceof PromotionError)
}
