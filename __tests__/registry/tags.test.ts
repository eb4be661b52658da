/** Tests of listing the tags of a repository. */
import { describe, expect, test } from '@jest/globals'
import type { Tag } from '../../src/oci/reference.ts'
import { MAXIMUM_TAGS, MAXIMUM_TAG_PAGES, MAXIMUM_TAG_PAGE_BYTES } from '../../src/registry/tags.ts'
import { image } from '../../testing/images.ts'
import type { Profile } from '../../testing/profiles.ts'
import { type Answer, errorAnswer, jsonAnswer } from '../../testing/registry-exchange.ts'
import { tagListProfiles } from '../../testing/tag-list-profiles.ts'
import { openRegistry, openScript } from './opened.ts'
import { at, wire } from './wired.ts'

const tags = Array.from({ length: 2345 }, (_, number) => `1.${number.toString().padStart(4, '0')}`)
const path = '/v2/acme/app/tags/list'

function listFrom(server: { readonly host: string }): Promise<readonly Tag[]> {
  return wire().client.listTags(at(server, ':1').repository)
}

/** A registry that answers each request for tags by its number. */
function answering(answer: (count: number) => Answer): Profile {
  let count = 0
  return {
    name: 'answering tags',
    before: ({ resource }) => (resource?.kind === 'tags' ? answer(++count) : undefined)
  }
}

describe('the tags of a repository are all listed', () => {
  test.each([{ name: 'a registry without pages' }, ...tagListProfiles])('by $name', async profile => {
    const registry = await openRegistry({ profile })
    registry.seed('acme/app', image(), tags)
    expect(await listFrom(registry)).toEqual(tags)
  })

  test('with as few requests as there can be', async () => {
    const [ghcr] = tagListProfiles
    const registry = await openRegistry(ghcr && { profile: ghcr })
    registry.seed('acme/app', image(), tags.slice(0, 200))
    await listFrom(registry)
    expect(registry.log.map(({ line }) => line)).toEqual([
      `GET ${path}?n=1000 → 200`,
      `GET ${path}?last=1.0099&n=100 → 200`
    ])
  })

  test.each([
    ['null (distribution)', jsonAnswer({ name: 'acme/app', tags: null })],
    ['an empty list', jsonAnswer({ tags: [] })],
    ['that there is no such repository', errorAnswer(404, 'NAME_UNKNOWN', 'what')]
  ])('none where the registry says %s', async (_what, answer) => {
    expect(await listFrom(await openRegistry({ profile: answering(() => answer) }))).toEqual([])
  })

  test('without what is no tag, and each once', async () => {
    const listed = [
      '1',
      null,
      7,
      {},
      '../..',
      '::error::',
      '',
      `sha256:${'a'.repeat(64)}`,
      'x'.repeat(129),
      '1',
      '2'
    ]
    const profile = answering(() => jsonAnswer({ tags: listed }))
    expect(await listFrom(await openRegistry({ profile }))).toEqual(['1', '2'])
  })
})

describe('a list of tags is refused', () => {
  const deep = `{"tags":${'['.repeat(100)}${']'.repeat(100)}}`
  const wide = `{"tags":[${'[],'.repeat(300_000)}"1"]}`
  test.each<[string, string, Answer]>([
    [
      'that is a page of the web',
      'REGISTRY_REJECTED',
      { headers: { 'content-type': 'text/html' }, body: '<html>' }
    ],
    ['that is none', 'REGISTRY_REJECTED', jsonAnswer({ name: 'acme/app' })],
    ['that is null', 'REGISTRY_REJECTED', { body: 'null' }],
    ['that is a text', 'REGISTRY_REJECTED', jsonAnswer({ tags: '1,2' })],
    ['that is deep', 'REGISTRY_REJECTED', { body: deep }],
    ['that holds very many values', 'REGISTRY_REJECTED', { body: wide }],
    [
      'larger than 4 MiB a page',
      'REGISTRY_REJECTED',
      { body: `{"tags":[]}${' '.repeat(MAXIMUM_TAG_PAGE_BYTES)}` }
    ],
    ['with another 404', 'REGISTRY_REJECTED', errorAnswer(404, 'UNSUPPORTED', 'no such page')],
    ['with 403', 'DENIED', errorAnswer(403, 'DENIED', 'no')],
    ['with 503', 'REGISTRY_UNAVAILABLE', { status: 503 }],
    [
      'that continues at another origin',
      'REGISTRY_REJECTED',
      jsonAnswer({ tags: [] }, { link: `<https://evil.example${path}?last=1>; rel="next"` })
    ]
  ])('%s', async (_what, code, answer) => {
    const registry = await openRegistry({ profile: answering(() => answer) })
    await expect(listFrom(registry)).rejects.toMatchObject({ code, message: expect.stringContaining(path) })
  })

  test('that another host answers', async () => {
    const elsewhere = await openScript([{ method: 'GET', path: '/', answer: { body: '{"tags":["1"]}' } }])
    const profile = answering(() => ({ status: 307, headers: { location: `${elsewhere.base}/` } }))
    await expect(listFrom(await openRegistry({ profile }))).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.stringContaining('another host')
    })
  })

  test('that breaks off, rather than taken for a shorter one', async () => {
    const profile = answering(count =>
      count === 1 ? jsonAnswer({ tags: ['1'] }, { link: '<?last=1>; rel="next"' }) : { status: 500 }
    )
    await expect(listFrom(await openRegistry({ profile }))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE'
    })
  })

  test('of more pages than a thousand', async () => {
    let pages = 0
    const profile = answering(count => {
      pages = count
      return jsonAnswer({ tags: [] }, { link: `<?page=${count.toString()}>; rel="next"` })
    })
    await expect(listFrom(await openRegistry({ profile }))).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED'
    })
    expect(pages).toBe(MAXIMUM_TAG_PAGES)
  })

  test('of more than a hundred thousand tags', async () => {
    const page = (count: number): string[] =>
      Array.from({ length: 50_000 }, (_, at) => `${count.toString()}-${at.toString()}`)
    const listing = (pages: number): Profile =>
      answering(count =>
        jsonAnswer(
          { tags: count > 2 ? ['one-more'] : page(count) },
          count < pages ? { link: `<?page=${count.toString()}>; rel="next"` } : {}
        )
      )
    expect(await listFrom(await openRegistry({ profile: listing(2) }))).toHaveLength(MAXIMUM_TAGS)
    await expect(listFrom(await openRegistry({ profile: listing(3) }))).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.stringContaining('does not end')
    })
  })

  test('is not followed in a circle', async () => {
    const profile = answering(count =>
      jsonAnswer({ tags: [count.toString()] }, { link: `<?page=${(count % 2).toString()}>; rel="next"` })
    )
    expect(await listFrom(await openRegistry({ profile }))).toEqual(['1', '2', '3'])
  })
})
