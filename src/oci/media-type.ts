/** The media types of manifests: which are requested, known and refused. */

/** What a manifest is: one image (or artifact), or an index of several manifests. */
export type ManifestKind = 'image' | 'index'

/** The media type of an OCI index, which lists of referrers have too. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** The media type of a Docker manifest list. */
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json'

const kinds: Readonly<Record<string, ManifestKind>> = {
  [OCI_INDEX]: 'index',
  [DOCKER_LIST]: 'index',
  [OCI_MANIFEST]: 'image',
  [DOCKER_MANIFEST]: 'image',
  [OCI_ARTIFACT]: 'image'
}

const names: Readonly<Record<string, string>> = {
  [OCI_INDEX]: 'OCI image index',
  [DOCKER_LIST]: 'Docker manifest list',
  [OCI_MANIFEST]: 'OCI image manifest',
  [DOCKER_MANIFEST]: 'Docker image manifest',
  [OCI_ARTIFACT]: 'OCI artifact manifest'
}

// What servers say when they do not know what they serve (registries.md 2.2).
const unspecific: readonly string[] = ['', 'application/json', 'application/octet-stream', 'text/plain']

/**
 * The `Accept` header of every manifest request. Schema 1 and wildcards are left out on purpose: some registries prefer
 * schema 1 when it is offered.
 */
export const acceptedManifests = Object.keys(kinds).join(', ')

/** Tells what kind of manifest a media type is; undefined when it is none that can be retagged. */
export function kindOfManifest(mediaType: string): ManifestKind | undefined {
  return Object.hasOwn(kinds, mediaType) ? kinds[mediaType] : undefined
}

/** Tells whether a manifest is in Docker's own format, by its media type. */
export function isDockerManifest(mediaType: string): boolean {
  return mediaType === DOCKER_LIST || mediaType === DOCKER_MANIFEST
}

/** Names a manifest media type for people. */
export function describeMediaType(mediaType: string): string {
  return (Object.hasOwn(names, mediaType) ? names[mediaType] : undefined) ?? mediaType
}

/** Takes the parameters (`; charset=utf-8`) off a `Content-Type` value. */
export function withoutParameters(contentType: string): string {
  return contentType.replace(/;.*$/s, '').trim().toLowerCase()
}

/** Tells whether a content type says nothing about what the body is. */
export function isUnspecific(mediaType: string): boolean {
  return unspecific.includes(mediaType)
}

/** Tells whether a media type is one of schema 1's (`application/vnd.docker.distribution.manifest.v1+…`). */
export function isSchema1(mediaType: string): boolean {
  return mediaType.startsWith('application/vnd.docker.distribution.manifest.v1+')
}

/**
 * Gives the type of a manifest that names none: by the image specification it is OCI's, an index when it has `manifests`, an
 * image when it has `config` or `layers`; undefined for what is neither.
 */
export function inferMediaType(content: object): string | undefined {
  if ('manifests' in content) return OCI_INDEX
  return 'config' in content || 'layers' in content ? OCI_MANIFEST : undefined
}

// IS layer.md, Docker image manifest v2.2: layers whose licence keeps them where they are.
const FOREIGN =
  /^application\/vnd\.(?:docker\.image\.rootfs\.foreign\.diff\.tar|oci\.image\.layer\.nondistributable\.v1\.tar)(?:[.+]|$)/

/** Tells whether a layer must not be copied to another registry, by its media type: Windows base layers, as a rule. */
export function isForeign(mediaType: string): boolean {
  return FOREIGN.test(mediaType)
}
