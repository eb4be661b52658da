/** What is tried out in a registry, in this order. */
import type { Version } from './images.ts'

/** What is done, and what must be true afterwards. */
export interface Act {
  readonly title: string
  /** Where the source is: a tag in the registry that the trial starts, a tag in the one that is tried out, or the older image by its digest. */
  readonly from: 'workshop' | 'tag' | 'digest'
  /** The tag. */
  readonly source: string
  readonly targets: readonly string[]
  /** The repository of the targets, where it is another than the one that is tried out. */
  readonly repository?: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly exitCode: 0 | 1
  /** Of which one is that of a target. */
  readonly outcomes: readonly string[]
  /** Which version tags point to afterwards; it must be there with all platforms. */
  readonly leaves: Readonly<Record<string, Version>>
  /** Whether the older version must be there with everything that is attached to it. */
  readonly isComplete?: boolean
}

// The tags are there already when a registry is tried out again.
const anyChange = ['created', 'moved', 'unchanged']
const within = { from: 'tag', source: 'retag-trial-older', targets: ['retag-trial'] } as const
const older = { leaves: { 'retag-trial': 'older' } } as const
const newer = { leaves: { 'retag-trial': 'newer' } } as const
const rotated = 'retag-trial-nightly'

/** How many tags are written at once: more than the registries that are known to limit requests allow in a second. */
const MANY = 30
const many = Array.from({ length: MANY }, (_, index) => `retag-trial-many-${(index + 1).toString()}`)

/** The acts within one repository. */
export const acts: readonly Act[] = [
  {
    ...older,
    title: 'copies an image with all platforms, and what is attached to it, from another registry',
    from: 'workshop',
    source: 'older',
    targets: ['retag-trial-older', 'retag-trial'],
    exitCode: 0,
    outcomes: anyChange,
    isComplete: true
  },
  {
    ...newer,
    title: 'moves a tag to another image',
    from: 'workshop',
    source: 'newer',
    targets: ['retag-trial', 'retag-trial-newer'],
    exitCode: 0,
    outcomes: ['moved']
  },
  {
    ...within,
    ...newer,
    title: 'leaves alone what is up to date',
    source: 'retag-trial-newer',
    exitCode: 0,
    outcomes: ['unchanged']
  },
  {
    ...within,
    ...newer,
    title: 'refuses to overwrite',
    inputs: { 'if-exists': 'fail' },
    exitCode: 1,
    outcomes: ['refused']
  },
  {
    ...within,
    ...newer,
    title: 'moves a tag forward only',
    inputs: { 'if-exists': 'forward' },
    exitCode: 0,
    outcomes: ['kept']
  },
  {
    ...within,
    ...newer,
    title: 'writes nothing in a dry run',
    inputs: { 'dry-run': 'true' },
    exitCode: 0,
    outcomes: ['moved']
  },
  {
    ...within,
    ...older,
    title: 'puts a tag back by digest',
    from: 'digest',
    exitCode: 0,
    outcomes: ['moved']
  },
  {
    ...within,
    ...older,
    title: 'says that an image does not exist',
    source: 'retag-trial-none',
    exitCode: 1,
    outcomes: ['not-attempted']
  },
  {
    ...within,
    title: 'gives a tag that is to be rotated',
    targets: [rotated],
    exitCode: 0,
    outcomes: anyChange,
    leaves: { [rotated]: 'older' }
  },
  {
    ...within,
    title: 'keeps the previous image of a rotated tag',
    source: 'retag-trial-newer',
    targets: [rotated],
    inputs: { 'keep-previous': '1' },
    exitCode: 0,
    outcomes: ['moved'],
    leaves: { [rotated]: 'newer', [`${rotated}-1`]: 'older' }
  },
  {
    ...within,
    title: `gives ${MANY.toString()} tags at once`,
    targets: many,
    exitCode: 0,
    outcomes: anyChange,
    leaves: { [many[0] ?? '']: 'older', [many.at(-1) ?? '']: 'older' }
  },
  {
    ...within,
    title: `moves ${MANY.toString()} tags at once`,
    source: 'retag-trial-newer',
    targets: many,
    exitCode: 0,
    outcomes: ['moved'],
    leaves: { [many[0] ?? '']: 'newer', [many.at(-1) ?? '']: 'newer' }
  }
]

/** Makes the act that copies the older image into another repository of the registry. */
export function actBeside(repository: string): Act {
  return {
    ...within,
    ...older,
    title: 'copies an image, and what is attached to it, into another repository of the registry',
    repository,
    exitCode: 0,
    outcomes: anyChange,
    isComplete: true
  }
}
