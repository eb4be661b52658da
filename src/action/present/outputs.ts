/** The outputs: values of the report. */
import { nothingCopied } from '../../promotion/copy.ts'
import { platformsOf } from '../../oci/manifest.ts'
import { formatReference, formatRepository } from '../../oci/reference.ts'
import { type Report, type TargetReport, hasChanged } from '../../promotion/report.ts'

/** The names of all outputs, as action.yml has them. */
export const outputNames = [
  'digest',
  'media-type',
  'image',
  'tags',
  'changed',
  'previous-digest',
  'report'
] as const

/** The value of every output. */
export type Outputs = Readonly<Record<(typeof outputNames)[number], string>>

/** Makes the outputs of a report. */
export function outputsOf(report: Report): Outputs {
  const [first] = report.targets
  return {
    digest: report.manifest?.digest ?? '',
    'media-type': report.manifest?.mediaType ?? '',
    image: first ? formatRepository(first.target.repository) : '',
    tags: report.targets
      .filter(({ keeps }) => keeps === undefined)
      .map(({ target }) => formatReference(target))
      .join('\n'),
    changed: hasChanged(report).toString(),
    'previous-digest': first?.previousDigest ?? '',
    report: JSON.stringify(reportJson(report))
  }
}

function reportJson(report: Report): object {
  const { source, manifest, platforms, dryRun = false, targets, copied = nothingCopied } = report
  return {
    source: {
      ...(source && { reference: formatReference(source) }),
      ...(manifest && {
        digest: manifest.digest,
        mediaType: manifest.mediaType,
        size: manifest.bytes.length,
        platforms: platforms ?? platformsOf(manifest)
      })
    },
    dryRun,
    targets: targets.map(targetJson),
    copied
  }
}

function targetJson({ target, outcome, digest, previousDigest, reason, keeps }: TargetReport): object {
  return {
    reference: formatReference(target),
    outcome,
    ...(digest && { digest }),
    ...(previousDigest && { previousDigest }),
    ...(reason !== undefined && { reason }),
    ...(keeps && { keeps: formatReference(keeps) })
  }
}
