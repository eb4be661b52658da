/** Reads what tags hold, and remembers when: no tag is written on a look that is more than a second old. */
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import { type Target, formatReference } from '../oci/reference.ts'
import { type TagState, type TagStates, heldDigest, stateOf } from '../promotion/snapshot.ts'
import { inParallel } from './in-parallel.ts'
import { orError } from './or-error.ts'
import type { Clock, RegistryReader } from './ports.ts'

/** How old a look may be when its tag is written, in milliseconds (contract: *Other jobs*). */
const MAXIMUM_AGE = 1000

/** What the tags of a run hold, as of the last look. */
export class TagReader {
  readonly #registry: Pick<RegistryReader, 'headManifest'>
  readonly #clock: Pick<Clock, 'now'>
  readonly #states = new Map<string, TagState>()
  /** When each was asked for, by the clock. */
  readonly #readAt = new Map<string, number>()

  constructor(registry: Pick<RegistryReader, 'headManifest'>, clock: Pick<Clock, 'now'>) {
    this.#registry = registry
    this.#clock = clock
  }

  /** Gives the states of all tags, as of the last look at each. */
  states(): TagStates {
    return new Map(this.#states)
  }

  /** Reads what tags hold. Once `isInVain` returns true, the rest are not read and count as absent. Tells whether any changed since the last look. */
  async read(tags: readonly Target[], isInVain: () => boolean = () => false): Promise<boolean> {
    const changes = await inParallel(tags, async tag => {
      const name = formatReference(tag)
      const before = this.#states.get(name)
      this.#readAt.set(name, this.#clock.now())
      const now: TagState = isInVain() ? { kind: 'absent' } : await this.#readOne(tag)
      this.#states.set(name, now)
      return !isSame(before, now)
    })
    return changes.includes(true)
  }

  /** Reads again those tags whose last look is more than a second old. Tells whether any changed. */
  refresh(tags: readonly Target[]): Promise<boolean> {
    const now = this.#clock.now()
    return this.read(
      tags.filter(tag => now - (this.#readAt.get(formatReference(tag)) ?? -Infinity) > MAXIMUM_AGE)
    )
  }

  /** Notes what a tag is known to hold now: undefined is nothing. */
  note(target: Target, digest: Digest | undefined): void {
    const name = formatReference(target)
    this.#states.set(name, digest === undefined ? { kind: 'absent' } : { kind: 'present', digest })
    this.#readAt.set(name, this.#clock.now())
  }

  /** Gives the digest that a tag held at the last look; undefined for none. */
  digestOf(target: Target): Digest | undefined {
    return heldDigest(this.#states, target)
  }

  /** Gives the state of a tag at the last look. */
  stateOf(target: Target): TagState {
    return stateOf(this.#states, target)
  }

  async #readOne(target: Target): Promise<TagState> {
    const digest = await orError(`reading the target ${formatReference(target)}`, () =>
      this.#registry.headManifest(target)
    )
    if (digest instanceof PromotionError) return { kind: 'unreadable', error: digest }
    return digest === undefined ? { kind: 'absent' } : { kind: 'present', digest }
  }
}

function isSame(one: TagState | undefined, other: TagState): boolean {
  if (one?.kind !== other.kind) return false
  return one.kind !== 'present' || other.kind !== 'present' || one.digest === other.digest
}
