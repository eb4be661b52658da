/** How registries that have names page their lists of tags. */
import type { Profile } from './profiles.ts'
import { type Answer, errorAnswer, jsonAnswer } from './registry-exchange.ts'

/** One page. */
interface Cut {
  readonly url: URL
  /** How many tags the page was to have. */
  readonly size: number
}

/** How one registry pages. */
interface Paging {
  readonly name: string
  /** How many tags a page has at most; all where there are no pages. */
  readonly most: number
  /** What the next page is found by: the query parameter, and how it names a tag. */
  readonly cursor?: { readonly parameter: string; readonly encode: (tag: string) => string }
  /** Refuses to be asked for more at once than this. */
  readonly refusesAbove?: number
  readonly link: (cut: Cut, cursor: string) => string
  /** What the registry puts among its tags. */
  readonly among?: readonly unknown[]
}

const plain = { parameter: 'last', encode: (tag: string) => tag }
const opaque = (tag: string): string => Buffer.from(`token:${tag}`).toString('base64url')

const pagings: readonly Paging[] = [
  {
    name: 'GHCR',
    most: 100,
    link: ({ url, size }, cursor) => `<${url.pathname}?last=${cursor}&n=${size.toString()}>; rel="next"`
  },
  {
    name: 'Docker Hub',
    most: 100,
    link: ({ url, size }, cursor) => `<${url.pathname}?n=${size.toString()}&last=${cursor}>; rel="next"`
  },
  {
    name: 'ECR',
    most: 1000,
    cursor: { parameter: 'last', encode: opaque },
    refusesAbove: 1000,
    link: ({ url, size }, cursor) =>
      `<${url.origin}${url.pathname}?last=${cursor}&n=${size.toString()}>; rel="next"`
  },
  {
    name: 'Quay',
    most: 100,
    cursor: { parameter: 'next_page', encode: opaque },
    link: ({ url, size }, cursor) =>
      `<${url.origin}${url.pathname}?n=${size.toString()}&next_page=${cursor}>; rel="next"`
  },
  {
    name: 'GitLab',
    most: 1000,
    refusesAbove: 1000,
    link: ({ url, size }, cursor) => `<${url.pathname}?last=${cursor}&n=${size.toString()}>; rel="next"`
  },
  {
    name: 'Artifactory, a virtual repository',
    most: 100,
    // Its Link leaves the repository's prefix out (RTFACT-18971); digests are among its tags (skopeo#2346).
    link: ({ size }, cursor) => `</v2/app/tags/list?last=${cursor}&n=${size.toString()}>; rel="next"`,
    among: [`sha256:${'a'.repeat(64)}`]
  },
  {
    name: 'Gitea',
    most: 50,
    link: ({ url }, cursor) => `<${url.pathname}?last=${cursor}>; rel="next"`
  },
  {
    name: 'Cloudflare',
    most: 1000,
    link: ({ url, size }, cursor) =>
      `${url.origin}${url.pathname}?n=${size.toString()}&last=${cursor}; rel=next`
  },
  { name: 'Nexus', most: Infinity, link: () => '', among: [null] }
]

/** The profiles, one a registry. */
export const tagListProfiles: readonly Profile[] = pagings.map(profileOf)

function profileOf(paging: Paging): Profile {
  return {
    name: paging.name,
    after: (exchange, answer) => {
      if (exchange.resource?.kind !== 'tags' || answer.status !== undefined) return answer
      const { tags } = JSON.parse(answer.body as string) as { tags: readonly string[] }
      return pageOf(paging, exchange.url, tags)
    }
  }
}

function pageOf(paging: Paging, url: URL, tags: readonly string[]): Answer {
  const { most, cursor = plain, refusesAbove = Infinity, link, among = [] } = paging
  const asked = Number(url.searchParams.get('n') ?? most)
  if (asked > refusesAbove)
    return errorAnswer(405, 'UNSUPPORTED', "Invalid parameter at 'maxResults' failed to satisfy constraint")
  const from = url.searchParams.get(cursor.parameter)
  const start = from === null ? 0 : tags.findIndex(tag => cursor.encode(tag) === from) + 1
  const size = most === Infinity ? tags.length : Math.min(asked, most)
  const page = tags.slice(start, start + size)
  const last = page.at(-1)
  const isMore = last !== undefined && start + size < tags.length
  const headers = isMore ? { link: link({ url, size }, cursor.encode(last)) } : {}
  return jsonAnswer({ tags: [...page, ...among] }, headers)
}
