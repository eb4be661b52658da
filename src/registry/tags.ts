/** The tags of a repository (distribution specification, *Listing tags*), page by page. */
import { PromotionError } from '../oci/errors.ts'
import { parseJson } from '../oci/json.ts'
import { type Repository, type Tag, isTag } from '../oci/reference.ts'
import type { Endpoint } from './endpoint.ts'
import { responseError } from './errors.ts'
import { readErrorBody } from './http/error-body.ts'
import { type Send, describeRequest, isSameOrigin } from './http/message.ts'
import { type Page, endless, pagesOf } from './link.ts'

/** The most pages of one list that are read. */
export const MAXIMUM_TAG_PAGES = 1_000

/** The most tags of one repository that are read. */
export const MAXIMUM_TAGS = 100_000

/** The largest page that is read. */
export const MAXIMUM_TAG_PAGE_BYTES = 4 * 1024 * 1024

// Quirk: ECR refuses to give more at once; most give fewer.
const TAGS_PER_PAGE = 1_000

/**
 * Lists all tags of a repository, each once; none where the registry says that it does not know the repository. Throws
 * `REGISTRY_REJECTED` for a list that cannot be read or is longer than the limits above, and the error of a refusal.
 */
export async function listTags(
  send: Send,
  endpoint: Endpoint,
  repository: Repository
): Promise<readonly Tag[]> {
  const plain = endpoint.request('GET', repository, `tags/list?n=${TAGS_PER_PAGE.toString()}`)
  const first = { ...plain, headers: { accept: 'application/json' }, limit: MAXIMUM_TAG_PAGE_BYTES }
  const tags = new Set<Tag>()
  for await (const page of pagesOf(send, first, MAXIMUM_TAG_PAGES)) {
    if (isUnknownRepository(page)) return []
    for (const tag of readPage(page)) tags.add(tag)
    if (tags.size > MAXIMUM_TAGS) throw endless(first)
  }
  return [...tags]
}

function isUnknownRepository({ response: { status, body } }: Page): boolean {
  return status === 404 && /^NAME_UNKNOWN\b/.test(readErrorBody(body))
}

/** Quirks: distribution says `null` for no tags; Nexus has `null` among them, Artifactory digests. */
function readPage(page: Page): Tag[] {
  const { request, response } = page
  if (!isSameOrigin(response.url, request.url)) throw unreadable(page, 'it comes from another host')
  if (response.status !== 200) throw responseError(request, response)
  if (response.truncated) throw unreadable(page, 'one page is larger than 4 MiB')
  const listed = tagsIn(response.body)
  if (listed === undefined) throw unreadable(page, 'it is not a list of tags')
  return listed.filter(tag => typeof tag === 'string').filter(isTag)
}

function tagsIn(body: Uint8Array): readonly unknown[] | undefined {
  try {
    const { tags } = parseJson(body) as { tags?: unknown }
    if (tags === null) return []
    return Array.isArray(tags) ? tags : undefined
  } catch {
    return undefined
  }
}

function unreadable({ response }: Page, why: string): PromotionError {
  const asked = describeRequest({ method: 'GET', url: response.url })
  return new PromotionError('REGISTRY_REJECTED', `${asked}: the tag list cannot be read: ${why}`, {
    advice: 'Check the host name of the registry; a proxy in between may be answering instead.'
  })
}
