/** Plans again from what tags hold now: other jobs may write during a run. */
import type { Digest } from '../oci/digest.ts'
import { type Manifest, isNamedBy } from '../oci/manifest.ts'
import { type Target, formatReference } from '../oci/reference.ts'
import type { Facts } from '../promotion/facts.ts'
import { type Plan, type Step, plan } from '../promotion/plan.ts'
import { type Request, previousTags } from '../promotion/request.ts'
import { type Readers, gather } from './inspect.ts'

/** The first plan of a run, and what it rests on. */
export interface FirstPlan {
  readonly facts: Facts
  readonly planned: Plan
}

/** Plans a request again and again, with what is known already and what the tags hold. */
export class Planner {
  readonly #request: Request
  readonly #readers: Readers
  readonly #facts: Facts
  readonly #manifests: Map<Digest, Manifest>

  /** `planned` is the plan of the request by these facts. */
  constructor(request: Request, { facts, planned }: FirstPlan, readers: Readers) {
    this.#request = request
    this.#facts = facts
    this.#readers = readers
    this.#manifests = new Map(planned.manifests)
  }

  /** Plans by the last look at each tag; reads what that makes necessary, an image that another job has pushed, say. */
  async plan(): Promise<Plan> {
    const { reader, tags } = this.#readers
    const snapshot = { ...this.#facts.snapshot, tags: tags.states() }
    const facts = await gather(this.#request, snapshot, reader)
    const planned = plan(this.#request, { ...facts, copies: this.#facts.copies })
    for (const [digest, manifest] of planned.manifests) this.#manifests.set(digest, manifest)
    return planned
  }

  /** Plans for one target alone. */
  async stepFor(target: Target): Promise<Step> {
    const name = formatReference(target)
    const step = (await this.plan()).steps.find(each => formatReference(each.target) === name)
    if (step === undefined) throw new Error(`${name} is not a target`)
    return step
  }

  /** Lists a target and the tags that keep its earlier images. */
  chainOf(target: Target): Target[] {
    return [target, ...previousTags(this.#request, target)]
  }

  /** Tells whether a digest, by whichever algorithm, is that of a manifest which a plan writes under another. */
  isSame(written: Digest, found: Digest | undefined): boolean {
    return found !== undefined && isNamedBy(this.manifestOf(written), found)
  }

  /** Gives a manifest that a plan writes. */
  manifestOf(digest: Digest): Manifest {
    const manifest = this.#manifests.get(digest)
    if (manifest === undefined) throw new Error('a plan holds every manifest that it writes')
    return manifest
  }
}
