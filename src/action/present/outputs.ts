/** The outputs: values of the report. */
import { formatReference, formatRepository } from '../../oci/reference.ts'
import { type Report, type SourceReport, type TargetReport, hasChanged } from '../../promotion/report.ts'
import { type SourceImage, platformDigests } from '../../promotion/snapshot.ts'
import { formatSource } from '../../promotion/source.ts'
import { shortened } from './presentable.ts'

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

/** The most of one output that is JSON, in UTF-16 code units: GitHub takes 1 MB of each of a job's outputs. */
export const MAXIMUM_OUTPUT = 900_000

/** How much a report says. */
interface Detail {
  /** The most platforms of an image. */
  readonly platforms: number
  /** The longest reason, in UTF-16 code units. */
  readonly reason: number
}

/** From all that anybody needs to the least; the first that fits is taken. */
const details: readonly Detail[] = [
  { platforms: 100, reason: 2000 },
  { platforms: 100, reason: 200 },
  { platforms: 0, reason: 200 },
  { platforms: 0, reason: 40 }
]

/** Makes the outputs of a report. */
export function outputsOf(report: Report): Outputs {
  const { sources, targets } = report
  const [first] = targets
  const missing = sources.filter(isMissing).map(({ source }) => formatSource(source))
  const { platforms, ...known } = imageOutputs(sources[0])
  return {
    ...known,
    image: first ? formatRepository(first.target.repository) : '',
    images: fittingJson(detail => sources.map(source => imageJson(source, report, detail))),
    platforms,
    found: foundOf(sources),
    missing: JSON.stringify(missing),
    tags: targets.filter(isOrdered).map(nameOf).join('\n'),
    changed: hasChanged(report).toString(),
    'previous-digest': first?.previousDigest ?? '',
    report: fittingJson(detail => reportJson(report, detail))
  }
}

function imageOutputs(
  source: SourceReport | undefined
): Pick<Outputs, 'digest' | 'media-type' | 'platforms'> {
  const image = source?.image
  if (image === undefined) return { digest: '', 'media-type': '', platforms: '{}' }
  const { digest, mediaType } = image.manifest
  return { digest, 'media-type': mediaType, platforms: fittingJson(detail => manifestsOf(image, detail)) }
}

/** Whether every source is there; empty where that is not known. */
function foundOf(sources: readonly SourceReport[]): string {
  if (sources.some(isMissing)) return 'false'
  return sources.length > 0 && sources.every(({ image }) => image !== undefined) ? 'true' : ''
}

function isMissing({ isMissing: isSkipped, error }: SourceReport): boolean {
  return isSkipped === true || error?.code === 'SOURCE_NOT_FOUND'
}

/** One image for a job's matrix: what it is, and the tags that it is to have. */
function imageJson({ source, image }: SourceReport, { targets }: Report, detail: Detail): object {
  const own = targets.filter(target => target.source === source).filter(isOrdered)
  const [first] = own
  return {
    source: formatSource(source),
    image: first ? formatRepository(first.target.repository) : '',
    digest: image?.manifest.digest ?? '',
    platforms: manifestsOf(image, detail),
    tags: own.map(nameOf)
  }
}

function reportJson({ sources, dryRun, targets, copied }: Report, detail: Detail): object {
  return {
    sources: sources.map(source => sourceJson(source, detail)),
    dryRun,
    targets: targets.map(target => targetJson(target, detail)),
    copied
  }
}

function sourceJson({ source, image }: SourceReport, detail: Detail): object {
  return {
    reference: formatSource(source),
    ...(image && {
      digest: image.manifest.digest,
      mediaType: image.manifest.mediaType,
      size: image.manifest.bytes.length,
      platforms: image.platforms.slice(0, detail.platforms),
      manifests: manifestsOf(image, detail)
    })
  }
}

function manifestsOf(image: SourceImage | undefined, { platforms }: Detail): object {
  return image ? Object.fromEntries(Object.entries(platformDigests(image)).slice(0, platforms)) : {}
}

function isOrdered({ keeps }: TargetReport): boolean {
  return keeps === undefined
}

function nameOf({ target }: TargetReport): string {
  return formatReference(target)
}

function targetJson(report: TargetReport, detail: Detail): object {
  const { target, source, outcome, digest, previousDigest, reason, keeps } = report
  return {
    reference: formatReference(target),
    source: formatSource(source),
    outcome,
    ...(digest && { digest }),
    ...(previousDigest && { previousDigest }),
    ...(reason !== undefined && { reason: shortened(reason, detail.reason) }),
    ...(keeps && { keeps: formatReference(keeps) })
  }
}

/** Writes a value as JSON, with as much detail as fits. */
function fittingJson(make: (detail: Detail) => object): string {
  let text = ''
  for (const detail of details) {
    text = JSON.stringify(make(detail))
    if (text.length <= MAXIMUM_OUTPUT) break
  }
  return text
}
