/** Tests of listing and attaching referrers: by the API, and by the tag where there is none. */
import { describe, expect, test } from '@jest/globals'
import { type Digest, isDigest } from '../../src/oci/digest.ts'
import { type Manifest, readManifest } from '../../src/oci/manifest.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { MAXIMUM_PAGES } from '../../src/registry/referrers.ts'
import { type Image, descriptorOf, image, indexOf, mediaTypes, referrerOf } from '../../testing/images.ts'
import { type Profile, conditionalWrites, harbor28, tagIsDigest, without } from '../../testing/profiles.ts'
import { type Answer, errorAnswer } from '../../testing/registry-exchange.ts'
import type { RegistryServer } from '../../testing/registry-server.ts'
import { findManifest, openRepository, storeImage } from '../../testing/registry-store.ts'
import { openRegistry, openScript } from './opened.ts'
import { wire } from './wired.ts'

const subject = image()
const [signature, sbom] = [referrerOf(subject, { seed: 'signature' }), referrerOf(subject, { seed: 'sbom' })]
const listTag = subject.digest.replace(':', '-')
const path = `/v2/acme/app/referrers/${subject.digest}`
const ociIndex = { 'content-type': mediaTypes.ociIndex }

const manifestOf = ({ bytes, mediaType }: Image): Manifest => readManifest({ bytes, contentType: mediaType })

function digestOf({ digest }: { readonly digest: string }): Digest {
  if (!isDigest(digest)) throw new Error(`${digest} is not a digest`)
  return digest
}

async function listFrom({ host }: { readonly host: string }): Promise<string[]> {
  const { repository } = parseReference(`${host}/acme/app:1`)
  const listed = await wire().client.listReferrers(repository, digestOf(subject))
  return listed.map(({ digest }) => digest)
}

async function attachTo({ host }: RegistryServer, referrers: readonly Image[]): Promise<void> {
  const { repository } = parseReference(`${host}/acme/app:1`)
  await wire().client.attachReferrers(repository, digestOf(subject), referrers.map(manifestOf))
}

/** A registry that answers the referrers API in its own way and never says OCI-Subject. */
function answeringReferrers(answer: Answer): Profile {
  return {
    name: 'answering referrers',
    after: ({ resource }, plain) => {
      if (resource?.kind === 'referrers') return answer
      return without('oci-subject', plain)
    }
  }
}

const none = answeringReferrers(errorAnswer(404, 'UNSUPPORTED', 'no such page'))
const listOf = (...referrers: readonly Image[]): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: referrers.map(descriptorOf) })

describe('listReferrers', () => {
  test('asks the API', async () => {
    const registry = await openRegistry()
    for (const part of [subject, signature, sbom]) registry.seed('acme/app', part, [])
    expect(await listFrom(registry)).toEqual([signature.digest, sbom.digest])
    expect(registry.log.map(({ line }) => line)).toEqual([`GET ${path} → 200`])
  })

  const without: readonly { how: string; answer: Answer }[] = [
    { how: '404', answer: errorAnswer(404, 'NAME_UNKNOWN', 'what') },
    { how: '400 (Quay)', answer: errorAnswer(400, 'MANIFEST_INVALID', 'what') },
    { how: '405', answer: errorAnswer(405, 'UNSUPPORTED', 'no') },
    { how: '406 (Artifactory)', answer: { status: 406 } },
    { how: 'a web page', answer: { headers: { 'content-type': 'text/html' }, body: '<html>' } },
    {
      how: 'JSON that is no list',
      answer: { headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }
    },
    {
      how: 'an image as JSON',
      answer: { headers: { 'content-type': 'application/json' }, body: Buffer.from(subject.bytes).toString() }
    },
    { how: 'an empty list', answer: { headers: ociIndex, body: listOf() } },
    { how: 'null for a list', answer: { headers: ociIndex, body: '{"manifests":null}' } }
  ]

  test.each(without)('reads the list under the tag where the API answers with $how', async ({ answer }) => {
    const registry = await openRegistry({ profile: answeringReferrers(answer) })
    registry.seed('acme/app', indexOf([signature]), [listTag])
    expect(await listFrom(registry)).toEqual([signature.digest])
  })

  test('finds nothing where there is neither', async () => {
    expect(await listFrom(await openRegistry({ profile: none }))).toEqual([])
  })

  test('reads a list that Harbor 2.8 sends as plain JSON', async () => {
    const registry = await openRegistry({ profile: harbor28 })
    for (const part of [subject, signature, sbom]) registry.seed('acme/app', part, [])
    expect(await listFrom(registry)).toEqual([signature.digest, sbom.digest])
  })

  test.each(['<html>', '{"ok":true}', '{"mediaType":"application/json","manifests":[]}', 'null'])(
    'does not take 200 and %s for a list with nothing in it',
    async body => {
      const headers = { 'content-type': 'application/json' }
      const registry = await openRegistry({ profile: answeringReferrers({ headers, body }) })
      await expect(listFrom(registry)).rejects.toMatchObject({
        code: 'REGISTRY_REJECTED',
        message: expect.stringContaining('the list of referrers cannot be read')
      })
    }
  )

  test('does not take an index of images for a list that cosign left under its tag', async () => {
    const registry = await openRegistry({ profile: none })
    registry.seed('acme/app', indexOf([image({ platform: 'linux/amd64' })]), [listTag])
    expect(await listFrom(registry)).toEqual([])
  })

  test('does not take the subject for its list where the tag is read as the digest (GitLab)', async () => {
    const registry = await openRegistry({ profile: tagIsDigest })
    const index = indexOf([signature])
    registry.seed('acme/app', index, [])
    const { repository } = parseReference(`${registry.host}/acme/app:1`)
    const { client } = wire()
    expect(await client.listReferrers(repository, digestOf(index))).toEqual([])
    const attaching = client.attachReferrers(repository, digestOf(index), [manifestOf(referrerOf(index))])
    await expect(attaching).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
    expect(registry.store.get('acme/app')?.tags.size).toBe(0)
  })

  test('does not take an image for a list that cosign gave the same tag', async () => {
    const registry = await openRegistry({ profile: none })
    registry.seed('acme/app', subject, [listTag])
    expect(await listFrom(registry)).toEqual([])
  })

  test.each([404, 429, 500])(
    'does not mind an answer of %d from where it is redirected to (GHCR)',
    async status => {
      const elsewhere = await openScript([{ method: 'GET', path: '/404', answer: { status }, times: 'any' }])
      const registry = await openRegistry({
        profile: answeringReferrers({ status: 303, headers: { location: `${elsewhere.base}/404` } })
      })
      registry.seed('acme/app', indexOf([signature]), [listTag])
      expect(await listFrom(registry)).toEqual([signature.digest])
    }
  )

  test('does not believe a list from where it is redirected to', async () => {
    const answer = { headers: ociIndex, body: listOf(sbom) }
    const elsewhere = await openScript([{ method: 'GET', path: '/list', answer }])
    const registry = await openRegistry({
      profile: answeringReferrers({ status: 303, headers: { location: `${elsewhere.base}/list` } })
    })
    expect(await listFrom(registry)).toEqual([])
  })

  test.each([
    [403, 'DENIED'],
    [429, 'REGISTRY_UNAVAILABLE'],
    [503, 'REGISTRY_UNAVAILABLE']
  ])('fails where the API answers %d', async (status, code) => {
    const registry = await openRegistry({ profile: answeringReferrers({ status }) })
    await expect(listFrom(registry)).rejects.toMatchObject({ code })
  })

  test.each(['<html>', '{"manifests":[{"digest":"sha256:../.."}]}'])(
    'refuses a list that says %p',
    async body => {
      const registry = await openRegistry({ profile: answeringReferrers({ headers: ociIndex, body }) })
      await expect(listFrom(registry)).rejects.toMatchObject({ code: 'MANIFEST_UNSUPPORTED' })
    }
  )

  test('refuses a list larger than a manifest can be', async () => {
    const body = Buffer.alloc(4 * 1024 * 1024 + 1, ' ')
    const registry = await openRegistry({ profile: answeringReferrers({ headers: ociIndex, body }) })
    await expect(listFrom(registry)).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  })
})

describe('a registry without the referrers API', () => {
  const listAll = async (profile: Profile): Promise<number> => {
    const registry = await openRegistry({ profile })
    const { client } = wire()
    const repositories = ['one', 'two', 'three'].map(
      name => parseReference(`${registry.host}/${name}:1`).repository
    )
    const askAll = (): Promise<unknown> =>
      Promise.all(repositories.map(repository => client.listReferrers(repository, digestOf(subject))))
    for (const listed of [await askAll(), await askAll()]) expect(listed).toEqual([[], [], []])
    return registry.log.filter(({ path: asked }) => asked.includes('/referrers/')).length
  }

  test.each([
    ['once for all its repositories, by the first', 1, { status: 404, body: '404 page not found' }],
    [
      'once where it leads elsewhere (GHCR)',
      1,
      { status: 303, headers: { location: 'http://localhost:1/' } }
    ],
    [
      'again where it does not know the repository (zot)',
      6,
      errorAnswer(404, 'NAME_UNKNOWN', 'no such repository')
    ]
  ])('is asked %s', async (_how, count, answer) => {
    expect(await listAll(answeringReferrers(answer)).catch(() => 1)).toBe(count)
  })

  test('is asked again where the first answer leaves open whether it has one', async () => {
    let asked = 0
    const registry = await openRegistry({
      profile: {
        name: 'denies once',
        before: ({ resource }) =>
          resource?.kind === 'referrers' && asked++ === 0 ? errorAnswer(403, 'DENIED', 'no') : undefined
      }
    })
    registry.seed('acme/app', subject, [])
    registry.seed('acme/app', signature, [])
    const { client } = wire()
    const { repository } = parseReference(`${registry.host}/acme/app:1`)
    await expect(client.listReferrers(repository, digestOf(subject))).rejects.toMatchObject({
      code: 'DENIED'
    })
    expect(await client.listReferrers(repository, digestOf(subject))).toHaveLength(1)
  })
})

describe('listReferrers, page by page', () => {
  const page = (body: string, link?: string): Answer => ({
    headers: { ...ociIndex, ...(link && { link }) },
    body
  })

  test('reads every page', async () => {
    const server = await openScript([
      { method: 'GET', path, answer: page(listOf(signature), `<${path}?last=1>; rel="next"`) },
      { method: 'GET', path: `${path}?last=1`, answer: page(listOf(sbom)) }
    ])
    expect(await listFrom(server)).toEqual([signature.digest, sbom.digest])
  })

  test('ends where a page leads back to one that was read', async () => {
    const server = await openScript([
      { method: 'GET', path, answer: page(listOf(signature), `<${path}?last=1>; rel="next"`) },
      { method: 'GET', path: `${path}?last=1`, answer: page(listOf(sbom), `<${path}>; rel="next"`) }
    ])
    expect(await listFrom(server)).toHaveLength(2)
  })

  test('does not follow a link to another origin', async () => {
    const link = '<https://evil.example/list>; rel="next"'
    const server = await openScript([{ method: 'GET', path, answer: page(listOf(signature), link) }])
    await expect(listFrom(server)).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  })

  test('fails where a later page cannot be had', async () => {
    const server = await openScript([
      { method: 'GET', path, answer: page(listOf(signature), `<${path}?last=1>; rel="next"`) },
      { method: 'GET', path: `${path}?last=1`, answer: { status: 404 } }
    ])
    await expect(listFrom(server)).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  })

  test('ends after a hundred pages', async () => {
    let pages = 0
    const endless: Profile = {
      name: 'endless',
      before: ({ resource }) =>
        resource?.kind === 'referrers'
          ? page(listOf(), `<${path}?page=${(++pages).toString()}>; rel="next"`)
          : undefined
    }
    const registry = await openRegistry({ profile: endless })
    await expect(listFrom(registry)).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
    expect(pages).toBe(MAXIMUM_PAGES)
  })
})

describe('attachReferrers', () => {
  const stored = ({ store }: RegistryServer, reference: string): Image | undefined =>
    findManifest(store.get('acme/app'), reference) as Image | undefined
  const listed = (registry: RegistryServer): string[] => {
    const list = stored(registry, listTag)
    const { manifests = [] } = JSON.parse(new TextDecoder().decode(list?.bytes ?? Buffer.from('{}'))) as {
      manifests?: { digest: string }[]
    }
    return manifests.map(({ digest }) => digest)
  }

  test('leaves the list to a registry that says it keeps one', async () => {
    const registry = await openRegistry()
    await attachTo(registry, [signature, sbom])
    expect(stored(registry, signature.digest)?.bytes).toEqual(Buffer.from(signature.bytes))
    expect(registry.log.map(({ method }) => method)).toEqual(['PUT', 'PUT'])
  })

  test('leaves the list to a registry that shows it keeps one (Quay)', async () => {
    const answer = { headers: ociIndex, body: listOf(signature, sbom) }
    const registry = await openRegistry({ profile: answeringReferrers(answer) })
    await attachTo(registry, [signature, sbom])
    expect(stored(registry, listTag)).toBeUndefined()
  })

  test('begins a list under the tag where the registry keeps none', async () => {
    const registry = await openRegistry({ profile: none })
    await attachTo(registry, [signature, sbom])
    expect(listed(registry)).toEqual([signature.digest, sbom.digest])
    expect(await listFrom(registry)).toEqual([signature.digest, sbom.digest])
  })

  test('adds to a list that is there, and loses nothing of it', async () => {
    const registry = await openRegistry({ profile: none })
    registry.seed('acme/app', indexOf([signature]), [listTag])
    await attachTo(registry, [sbom])
    expect(listed(registry)).toEqual([signature.digest, sbom.digest])
  })

  /** Another job writes the list between this job's looks and writes, so often. */
  function contested(times: number, isConditional: boolean): Profile {
    let left = times
    return {
      name: 'contested',
      before: async (exchange, plain) => {
        const { method, resource, store } = exchange
        if (resource?.kind === 'referrers') return errorAnswer(404, 'UNSUPPORTED', 'no such page')
        if (method !== 'PUT' || resource?.name !== listTag) return undefined
        const refusal = (): Promise<Answer | undefined> | Answer | undefined =>
          isConditional ? conditionalWrites.before?.(exchange, plain) : undefined
        if (left-- <= 0) return refusal()
        const other = indexOf([referrerOf(subject, { seed: `other-${left.toString()}` })])
        if (isConditional) {
          storeImage(openRepository(store, 'acme/app'), other, [listTag])
          return refusal()
        }
        const answer = plain(exchange)
        storeImage(openRepository(store, 'acme/app'), other, [listTag])
        return answer
      },
      after: (_exchange, plain) => without('oci-subject', plain)
    }
  }

  test.each([
    ['refuses to overwrite it', true],
    ['overwrites it', false]
  ])(
    'adds to what another job has written meanwhile, where the registry %s',
    async (_what, isConditional) => {
      const registry = await openRegistry({ profile: contested(2, isConditional) })
      await attachTo(registry, [signature])
      expect(listed(registry)).toHaveLength(2)
      expect(listed(registry)).toContain(signature.digest)
    }
  )

  test('gives up when other jobs overwrite the list again and again', async () => {
    const registry = await openRegistry({ profile: contested(Infinity, false) })
    await expect(attachTo(registry, [signature])).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.stringContaining('again and again')
    })
    expect(
      registry.log.filter(({ method, path: asked }) => method === 'PUT' && asked.endsWith(listTag))
    ).toHaveLength(5)
  })

  test('says which state of the list it writes over', async () => {
    const registry = await openRegistry({ profile: none })
    await attachTo(registry, [signature])
    await attachTo(registry, [sbom])
    const writes = registry.log.filter(
      ({ method, path: asked }) => method === 'PUT' && asked.endsWith(listTag)
    )
    expect(writes.map(({ headers }) => [headers['if-none-match'], headers['if-match']])).toEqual([
      ['*', undefined],
      [undefined, expect.stringMatching(/^"sha256:/)]
    ])
  })

  test('leaves a list alone that has it already', async () => {
    const registry = await openRegistry({ profile: none })
    registry.seed('acme/app', indexOf([signature]), [listTag])
    const before = registry.tag('acme/app', listTag)
    await attachTo(registry, [signature])
    expect(registry.tag('acme/app', listTag)).toBe(before)
  })

  test('leaves an image alone that has the tag of the list, and says so', async () => {
    const registry = await openRegistry({ profile: none })
    registry.seed('acme/app', subject, [listTag])
    await expect(attachTo(registry, [signature])).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
    expect(registry.tag('acme/app', listTag)).toBe(subject.digest)
  })
})
