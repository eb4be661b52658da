/** Profiles of products: where they differ from the specification in a way that Retag notices. */
import { digestOf } from './images.ts'
import { type Profile, isManifestUpload, without } from './profiles.ts'
import { errorAnswer } from './registry-exchange.ts'
import { findManifest } from './registry-store.ts'

/** Artifactory: 403 for manifests that do not exist. */
export const artifactory: Profile = {
  name: 'artifactory',
  before: ({ method, resource, store }) => {
    const isRead = (method === 'GET' || method === 'HEAD') && resource?.kind === 'manifests'
    if (!isRead || findManifest(store.get(resource.repository), resource.name)) return undefined
    return errorAnswer(403, 'DENIED', 'The client does not have permission for manifest')
  }
}

/**
 * distribution 2.8 and 3: no referrers API; a mount of a blob by sha512 is answered with 201, and links nothing; an upload of one is
 * answered with its digest by sha256.
 */
export const distribution: Profile = {
  name: 'distribution',
  before: ({ method, resource, url, headers }) => {
    if (resource?.kind === 'referrers') return { status: 404, body: '404 page not found\n' }
    const digest = url.searchParams.get('mount') ?? ''
    if (method !== 'POST' || !digest.startsWith('sha512:')) return undefined
    const location = `http://${headers.host ?? ''}/v2/${resource?.repository ?? ''}/blobs/${digest}`
    return { status: 201, headers: { location, 'docker-content-digest': digest } }
  },
  after: ({ method, url, body }, answer) => {
    const isUpload = method === 'PUT' && url.searchParams.get('digest')?.startsWith('sha512:')
    const named = isUpload ? { 'docker-content-digest': digestOf(body) } : {}
    return without('oci-subject', { ...answer, headers: { ...answer.headers, ...named } })
  }
}

/** Keppel: tags that a policy protects. */
export const keppel: Profile = {
  name: 'keppel',
  before: exchange =>
    isManifestUpload(exchange)
      ? errorAnswer(409, 'DENIED', 'cannot overwrite tag "1.0" as it is protected by a tag_policy')
      : undefined
}

/** A registry that is read-only, or a pull-through cache: 405 to every upload. */
export const readOnly: Profile = {
  name: 'readOnly',
  before: ({ method }) =>
    ['GET', 'HEAD'].includes(method)
      ? undefined
      : errorAnswer(405, 'UNSUPPORTED', 'The operation is unsupported.')
}

/** Harbor: a project whose quota is used up, and projects that do not exist. */
export const harbor: Profile = {
  name: 'harbor',
  before: ({ resource, ...exchange }) => {
    if (resource?.repository.startsWith('nowhere/') === true)
      return errorAnswer(404, 'NOT_FOUND', 'project nowhere not found')
    return isManifestUpload({ resource, ...exchange })
      ? errorAnswer(
          403,
          'DENIED',
          'adding 1.2 KiB of storage resource, which when updated to current usage of 1.0 GiB will exceed the configured upper limit of 1.0 GiB.'
        )
      : undefined
  }
}

/** Gitea for images without a platform, and vex: an image is deleted when its last tag moves. */
export const forgetful: Profile = {
  name: 'forgetful',
  after: ({ resource, store, ...exchange }, answer) => {
    const repository =
      isManifestUpload({ resource, store, ...exchange }) && store.get(resource?.repository ?? '')
    if (!repository) return answer
    const tagged = new Set(repository.tags.values())
    for (const digest of repository.manifests.keys())
      if (!tagged.has(digest)) repository.manifests.delete(digest)
    return answer
  }
}

/** Creates the profile of olareg with a rate limit: above so many requests in any second, 429 with `Retry-After: 1`. */
export function olareg(rate: number, now = (): number => performance.now()): Profile {
  let allowed: number[] = []
  return {
    name: 'olareg',
    before: () => {
      allowed = allowed.filter(time => time > now() - 1000)
      if (allowed.length >= rate)
        return {
          ...errorAnswer(429, 'TOOMANYREQUESTS', 'too many requests'),
          headers: { 'retry-after': '1' }
        }
      allowed.push(now())
      return undefined
    }
  }
}
