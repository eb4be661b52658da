/** The OCI distribution API over a store: what a registry without quirks answers to each request. */
import { mediaTypes } from './images.ts'
import { type Uploads, answerBlob, answerUpload, unsupported } from './registry-blobs.ts'
import { type Answer, type Exchange, type Resource, errorAnswer, jsonAnswer } from './registry-exchange.ts'
import { digestLike, findManifest, openRepository, referrersOf, subjectOf } from './registry-store.ts'

/** Answers a request. There is no content negotiation: manifests are stored and served unchanged, whatever they contain. */
export function answerPlainly(exchange: Exchange, uploads: Uploads): Answer {
  const { url, resource } = exchange
  if (url.pathname === '/v2/') return jsonAnswer({})
  if (resource === undefined) return errorAnswer(404, 'UNSUPPORTED', 'no such page')
  switch (resource.kind) {
    case 'manifests':
      return exchange.method === 'PUT' ? putManifest(exchange, resource) : getManifest(exchange, resource)
    case 'blobs':
      return resource.name.startsWith('uploads/')
        ? answerUpload(exchange, resource, uploads)
        : answerBlob(exchange, resource)
    case 'tags':
      return listTags(exchange, resource)
    case 'referrers':
      return listReferrers(exchange, resource)
  }
}

function getManifest({ method, store }: Exchange, { repository, name }: Resource): Answer {
  // Retag never deletes, so neither does this registry.
  if (method !== 'GET' && method !== 'HEAD') return unsupported
  const found = findManifest(store.get(repository), name)
  if (found === undefined) return errorAnswer(404, 'MANIFEST_UNKNOWN', 'manifest unknown')
  const { bytes, mediaType, digest } = found
  return {
    headers: { 'content-type': mediaType, 'docker-content-digest': digest, etag: `"${digest}"` },
    body: bytes
  }
}

function putManifest({ url, headers, body, store }: Exchange, { repository, name }: Resource): Answer {
  const mediaType = headers['content-type']
  if (mediaType === undefined) return errorAnswer(400, 'MANIFEST_INVALID', 'manifest invalid')
  const digest = digestLike(body, name)
  if (name.includes(':') && name !== digest)
    return errorAnswer(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
  const { manifests, tags } = openRepository(store, repository)
  manifests.set(digest, { bytes: body, mediaType })
  if (!name.includes(':')) tags.set(name, digest)
  const subject = subjectOf(body)
  return {
    status: 201,
    headers: {
      location: `${url.origin}/v2/${repository}/manifests/${digest}`,
      'docker-content-digest': digest,
      ...(subject !== undefined && { 'oci-subject': subject })
    }
  }
}

function listTags({ method, store }: Exchange, { repository }: Resource): Answer {
  if (method !== 'GET') return unsupported
  const stored = store.get(repository)
  if (stored === undefined) return errorAnswer(404, 'NAME_UNKNOWN', 'repository name not known to registry')
  return jsonAnswer({ name: repository, tags: [...stored.tags.keys()].sort() })
}

function listReferrers({ method, url, store }: Exchange, { repository, name }: Resource): Answer {
  if (method !== 'GET') return unsupported
  const index = referrersOf(store.get(repository), name)
  const wanted = url.searchParams.get('artifactType')
  if (wanted === null) return jsonAnswer(index, { 'content-type': mediaTypes.ociIndex })
  const manifests = index.manifests.filter(({ artifactType }) => artifactType === wanted)
  return jsonAnswer(
    { ...index, manifests },
    { 'content-type': mediaTypes.ociIndex, 'oci-filters-applied': 'artifactType' }
  )
}
