/** A report's targets by image and repository, as the log and the summary show them. */
import { listFirst } from '../../oci/listing.ts'
import { formatReference, formatRepository } from '../../oci/reference.ts'
import type { Report, SourceReport, TargetReport } from '../../promotion/report.ts'
import { type Source, referencesOf } from '../../promotion/source.ts'
import { rankOf } from './outcomes.ts'

const NAMED_PARTS = 3

/** The tags that an image gets in one repository. */
export interface Group {
  /** The repository of the tags: `ghcr.io/acme/app`. */
  readonly repository: string
  readonly source: SourceReport
  /** The most serious first. */
  readonly targets: readonly TargetReport[]
}

/** Groups the targets of a report: the most serious first, else in the order of the request. */
export function groupsOf({ sources, targets }: Report): Group[] {
  const groups = new Map<string, TargetReport[]>()
  const indexOf = (wanted: Source): number => sources.findIndex(({ source }) => source === wanted)
  for (const report of targets) {
    const key = `${indexOf(report.source).toString()} ${formatRepository(report.target.repository)}`
    groups.set(key, [...(groups.get(key) ?? []), report])
  }
  const list = [...groups.values()].flatMap((members): Group[] => {
    const [first] = members
    if (first === undefined) return []
    return [
      {
        repository: formatRepository(first.target.repository),
        source: sources[indexOf(first.source)] ?? { source: first.source },
        targets: members.toSorted((one, other) => rankOf(one) - rankOf(other))
      }
    ]
  })
  return list.toSorted((one, other) => groupRank(one) - groupRank(other))
}

/** Names the source of a group: within the group's repository by tag or digest alone; of an index the first of its parts. */
export function nameWithin({ repository, source: { source } }: Group): string {
  const names = referencesOf(source).map(reference => {
    const name = formatReference(reference)
    return formatRepository(reference.repository) === repository ? name.slice(repository.length + 1) : name
  })
  return listFirst(names, NAMED_PARTS, ' + ')
}

function groupRank({ source, targets }: Group): number {
  return source.error === undefined ? Math.min(...targets.map(rankOf)) : -1
}
