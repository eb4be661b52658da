/** The plan: everything a run will do, decided from values alone, with nothing done yet. */
import type { Manifest } from './manifest.ts'
import { type TagState, type Verdict, judge } from './policy.ts'
import type { Reference, Target } from './reference.ts'

/** What the user asked for. */
export interface Order {
  readonly source: Reference
  /** In the order given, each once. */
  readonly targets: readonly Target[]
}

/** What the registry holds before the run. */
export interface Observed {
  readonly source: Manifest
  /** The state of each target of the order, in its order. */
  readonly states: readonly TagState[]
}

/** One target and what was decided about it. */
export interface Step {
  readonly target: Target
  readonly verdict: Verdict
}

/** The decisions about all targets, in the order given, and the manifest that is to be written. */
export interface Plan {
  readonly source: Manifest
  readonly steps: readonly Step[]
}

/** Decides about every target of an order. */
export function plan(order: Order, observed: Observed): Plan {
  const steps = order.targets.map((target, index): Step => {
    const now = observed.states[index]
    if (now === undefined) throw new Error('a target was not looked at')
    return { target, verdict: judge(observed.source.digest, now) }
  })
  return { source: observed.source, steps }
}

/** Tells whether a plan must not be carried out: one of its targets is refused. */
export function isRefused(intended: Plan): boolean {
  return intended.steps.some(step => step.verdict.kind === 'refuse')
}
