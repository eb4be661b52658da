/** The outputs: values of the report. */
import { formatReference, formatRepository } from '../../oci/reference.ts'
import { type Report, type SourceReport, type TargetReport, hasChanged } from '../../promotion/report.ts'
import { platformDigests } from '../../promotion/snapshot.ts'

/** The names of all outputs, as action.yml has them. */
export const outputNames = [
  'digest',
  'media-type',
  'image',
  'images',
  'platforms',
  'found',
  'missing',
  'tags',
  'changed',
  'previous-digest',
  'report'
] as const

/** The value of every output. */
export type Outputs = Readonly<Record<(typeof outputNames)[number], string>>

/** Makes the outputs of a report. */
export function outputsOf(report: Report): Outputs {
  const { sources, targets } = report
  const [first] = targets
  const missing = sources.filter(({ isMissing }) => isMissing)
  const { platforms, ...known } = imageOutputs(sources[0])
  return {
    ...known,
    image: first ? formatRepository(first.target.repository) : '',
    images: JSON.stringify(sources.map(source => imageJson(source, report))),
    platforms,
    found: sources.every(({ image }) => image !== undefined).toString(),
    missing: JSON.stringify(missing.map(({ reference }) => formatReference(reference))),
    tags: targets.filter(isOrdered).map(nameOf).join('\n'),
    changed: hasChanged(report).toString(),
    'previous-digest': first?.previousDigest ?? '',
    report: JSON.stringify(reportJson(report))
  }
}

function imageOutputs(
  source: SourceReport | undefined
): Pick<Outputs, 'digest' | 'media-type' | 'platforms'> {
  const image = source?.image
  if (image === undefined) return { digest: '', 'media-type': '', platforms: '{}' }
  const { digest, mediaType } = image.manifest
  return { digest, 'media-type': mediaType, platforms: JSON.stringify(platformDigests(image)) }
}

/** One image for a job's matrix: what it is, and the tags that it has now. */
function imageJson(source: SourceReport, { targets }: Report): object {
  const own = targets.filter(target => target.source === source.reference).filter(isOrdered)
  const [first] = own
  return {
    source: formatReference(source.reference),
    image: first ? formatRepository(first.target.repository) : '',
    digest: source.image?.manifest.digest ?? '',
    tags: own.map(nameOf)
  }
}

function reportJson({ sources, dryRun, targets, copied }: Report): object {
  return { sources: sources.map(sourceJson), dryRun, targets: targets.map(targetJson), copied }
}

function sourceJson({ reference, image }: SourceReport): object {
  return {
    reference: formatReference(reference),
    ...(image && {
      digest: image.manifest.digest,
      mediaType: image.manifest.mediaType,
      size: image.manifest.bytes.length,
      platforms: image.platforms,
      manifests: platformDigests(image)
    })
  }
}

function isOrdered({ keeps }: TargetReport): boolean {
  return keeps === undefined
}

function nameOf({ target }: TargetReport): string {
  return formatReference(target)
}

function targetJson({
  target,
  source,
  outcome,
  digest,
  previousDigest,
  reason,
  keeps
}: TargetReport): object {
  return {
    reference: formatReference(target),
    source: formatReference(source),
    outcome,
    ...(digest && { digest }),
    ...(previousDigest && { previousDigest }),
    ...(reason !== undefined && { reason }),
    ...(keeps && { keeps: formatReference(keeps) })
  }
}
