/** What is tried out in a registry, in this order. */

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
  /** Which image `retag-trial` points to afterwards. */
  readonly leaves: 'older' | 'newer'
}

// The tags are there already when a registry is tried out again.
const anyChange = ['created', 'moved', 'unchanged']
const within = { from: 'tag', source: 'retag-trial-older', targets: ['retag-trial'] } as const

/** The acts within one repository. */
export const acts: readonly Act[] = [
  {
    title: 'copies an image with all platforms, and what is attached to it, from another registry',
    from: 'workshop',
    source: 'older',
    targets: ['retag-trial-older', 'retag-trial'],
    exitCode: 0,
    outcomes: anyChange,
    leaves: 'older'
  },
  {
    title: 'moves a tag to another image',
    from: 'workshop',
    source: 'newer',
    targets: ['retag-trial', 'retag-trial-newer'],
    exitCode: 0,
    outcomes: ['moved'],
    leaves: 'newer'
  },
  {
    ...within,
    title: 'leaves alone what is right',
    source: 'retag-trial-newer',
    exitCode: 0,
    outcomes: ['unchanged'],
    leaves: 'newer'
  },
  {
    ...within,
    title: 'refuses to overwrite',
    inputs: { 'if-exists': 'fail' },
    exitCode: 1,
    outcomes: ['refused'],
    leaves: 'newer'
  },
  {
    ...within,
    title: 'moves a tag forward only',
    inputs: { 'if-exists': 'forward' },
    exitCode: 0,
    outcomes: ['kept'],
    leaves: 'newer'
  },
  {
    ...within,
    title: 'writes nothing in a dry run',
    inputs: { 'dry-run': 'true' },
    exitCode: 0,
    outcomes: ['moved'],
    leaves: 'newer'
  },
  {
    ...within,
    title: 'puts a tag back by digest',
    from: 'digest',
    exitCode: 0,
    outcomes: ['moved'],
    leaves: 'older'
  },
  {
    ...within,
    title: 'says that an image is not there',
    source: 'retag-trial-none',
    exitCode: 1,
    outcomes: ['not-attempted'],
    leaves: 'older'
  }
]

/** Makes the act that takes the older image over into another repository of the registry. */
export function actBeside(repository: string): Act {
  return {
    ...within,
    title: 'takes an image over into another repository of the registry',
    repository,
    exitCode: 0,
    outcomes: anyChange,
    leaves: 'older'
  }
}
