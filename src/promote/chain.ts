/** A target with the tags that keep its earlier images, while they are written. */
import type { Digest } from '../oci/digest.ts'
import { type Target, formatReference } from '../oci/reference.ts'
import { expectation, notAttempted } from '../promotion/outcome.ts'
import { type Step, chainOf } from '../promotion/plan.ts'
import { type TargetReport, isWrite } from '../promotion/report.ts'

/** A write that was done, or may have been. */
export interface Write {
  readonly target: Target
  readonly digest: Digest
  /** What the tag held a moment before; undefined where it did not exist. */
  readonly previous: Digest | undefined
}

/** What is decided about the tags of a target, what has been written, and what is to be reported. */
export class Chain {
  /** The latest decision. */
  step: Step
  /** What is still to be written, in this order. */
  pending: Step[] = []
  /** In the order of the writes. */
  readonly writes: Write[] = []
  readonly #reports = new Map<string, TargetReport>()

  constructor(step: Step) {
    this.step = step
    this.decide(step)
  }

  /** Replaces the decision; what has been written stays reported. */
  decide(step: Step): void {
    this.step = step
    const links = chainOf(step)
    const refused = this.isRefused
    this.pending = refused ? [] : links.filter(link => isWrite(expectation(link)))
    for (const link of links) {
      const expected = expectation(link)
      const isOurs = this.writes.some(write => isTo(write, link.target))
      if (isWrite(expected))
        this.report(
          refused ? notAttempted(expected, 'not written, because another target was refused') : expected
        )
      else if (!isOurs || expected.outcome !== 'unchanged') this.report(expected)
    }
  }

  /** Tells whether the latest decision is a refusal. */
  get isRefused(): boolean {
    return chainOf(this.step).some(({ verdict }) => verdict.kind === 'refuse')
  }

  /** Sets what is reported of a tag. */
  report(report: TargetReport): void {
    this.#reports.set(formatReference(report.target), report)
  }

  /** Gives what is reported of a tag. */
  reportOf(target: Target): TargetReport {
    const report = this.#reports.get(formatReference(target))
    if (report === undefined) throw new Error(`nothing is known of ${formatReference(target)}`)
    return report
  }

  /** Lists what is reported: the target itself first, then the tags that keep its earlier images, the newest first. */
  reports(): TargetReport[] {
    const { target } = this.step
    const others = [...this.#reports.values()].filter(report => !isTo(report, target))
    return [this.reportOf(target), ...others.toSorted((one, other) => numberOf(one) - numberOf(other))]
  }

  /** Gives the last write to a tag; undefined where there was none. */
  writeTo(target: Target): Write | undefined {
    return this.writes.findLast(write => isTo(write, target))
  }
}

function isTo({ target }: { readonly target: Target }, other: Target): boolean {
  return formatReference(target) === formatReference(other)
}

/** The number of a tag that keeps an earlier image: 2 of `nightly-2`. */
function numberOf({ target }: TargetReport): number {
  return Number(/\d+$/.exec(target.tag)?.[0])
}
