/** Tests of the token cache: what many requests share, how a refusal ends, when a credential is looked for and masked. */
import { describe, expect, test } from '@jest/globals'
import { type Credential, anonymous } from '../../../src/oci/credential.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import { authorizing } from '../../../src/registry/auth/authorize.ts'
import type { Request, Response } from '../../../src/registry/http/message.ts'
import * as named from '../../../testing/credential-profiles.ts'
import { as, visit } from '../named.ts'
import { basic, bearer, granted, isAuthorized, isToken, fakeRegistry } from '../fake-registry.ts'
import { answerTo, requestTo } from '../requests.ts'

const origin = '/home/ci/.docker/config.json'

describe('many requests', () => {
  test('to one repository share one 401 and one token, however many there are', async () => {
    const there = await visit('harbor.example', named.harbor(), { credential: as('ci') })
    const found = await Promise.all(Array.from({ length: 50 }, () => there.client.getManifest(there.at('1'))))
    expect(found.every(manifest => manifest !== undefined)).toBe(true)
    expect(there.log.filter(line => line.endsWith('401'))).toHaveLength(1)
    expect(there.log.filter(line => line.includes('/service/token'))).toHaveLength(1)
    expect(there.log).toHaveLength(52)
    expect(there.lookups).toEqual(['harbor.example pull,push'])
  })

  test('share the renewal of a token that has expired', async () => {
    const quay = named.quay()
    const there = await visit('quay.io', quay, { credential: as('ci') })
    await there.client.getManifest(there.at('1'))
    quay.expire('tokens')
    await Promise.all(Array.from({ length: 20 }, () => there.client.getManifest(there.at('1'))))
    expect(there.log.filter(line => line.includes('/v2/auth'))).toHaveLength(2)
    expect(there.masked.slice(2)).toEqual(['quay-bearer-token-1', 'quay-bearer-token-2'])
  })

  test('to several repositories, or for other rights, have a credential each', async () => {
    const asked: string[] = []
    const send = authorizing(
      request => Promise.resolve(answerTo(request, isAuthorized(request) ? {} : basic)),
      {
        keychain: ({ registry, name }, actions) => {
          asked.push(`${registry}/${name} ${actions.join(',')}`)
          return Promise.resolve(as('ci'))
        },
        mask: () => undefined,
        now: () => 0,
        sleep: () => Promise.resolve()
      }
    )
    const read = (name: string, actions: readonly ('pull' | 'push')[]): Promise<Response> => {
      const { repository } = parseReference(`${name}:1`)
      const url = `https://${repository.registry}/v2/${repository.name}/manifests/1`
      return send(requestTo(url, { access: { repository, actions } }))
    }
    for (let time = 0; time < 2; time++) {
      await read('ghcr.io/acme/app', ['pull'])
      await read('ghcr.io/acme/app', ['pull', 'push'])
      await read('ghcr.io/acme/other', ['pull'])
      await read('quay.io/acme/app', ['pull'])
    }
    expect(asked).toEqual([
      'ghcr.io/acme/app pull',
      'ghcr.io/acme/app pull,push',
      'ghcr.io/acme/other pull',
      'quay.io/acme/app pull'
    ])
  })
})

describe('a token with fewer rights than asked', () => {
  test('ends after one more try, and is not tried again', async () => {
    const there = await visit('gitlab.example', named.gitlab(), { credential: as('nobody') })
    const errors = await Promise.allSettled([1, 2, 3].map(() => there.client.getManifest(there.at('1'))))
    expect(
      errors.map(result => result.status === 'rejected' && (result.reason as PromotionError).code)
    ).toEqual(Array(3).fill('DENIED'))
    expect(there.log.filter(line => line.startsWith('Basic'))).toHaveLength(2)
    const requests = there.log.length
    await expect(there.client.getManifest(there.at('1'))).rejects.toMatchObject({ code: 'DENIED' })
    expect(there.log).toHaveLength(requests + 1)
  })

  test('ends as well where the registry does not say why', async () => {
    const there = await visit('quay.io', named.quay(), { credential: as('reader') })
    const image = await there.client.getManifest(there.at('1'))
    const upload = image && there.client.putManifest(there.at('2'), image)
    await expect(upload).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    expect(there.log.filter(line => line.includes(' PUT '))).toHaveLength(3)
    expect(there.log.filter(line => line.startsWith('Basic'))).toHaveLength(2)
    expect(there.slept).toEqual([1000])
  })

  test('ends with the password where Harbor asks for that', async () => {
    const there = await visit('harbor.example', named.harbor(), { credential: as('nobody') })
    await expect(there.client.getManifest(there.at('1'))).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    expect(there.log.map(line => line.replace(/ https.*→/, ''))).toEqual([
      'nothing: GET 401',
      'Basic: GET 200',
      'Bearer: GET 401',
      'Basic: GET 401'
    ])
  })
})

describe('a registry that puts no challenge', () => {
  const isRoot = ({ url }: Request): boolean => url.pathname === '/v2/'
  const silent = { status: 401 }

  test('is asked for it at the API root, whose scope names no repository', async () => {
    const challenge = 'Bearer realm="https://auth.example/token",scope="repository:user/image:pull"'
    const { read, requests } = fakeRegistry(request => {
      if (isToken(request)) return granted
      if (isRoot(request)) return { status: 401, headers: { 'www-authenticate': challenge } }
      return isAuthorized(request) ? {} : silent
    }, anonymous)
    expect((await read()).status).toBe(200)
    expect(requests[2]).toBe('nothing: GET https://auth.example/token?scope=repository%3Aacme%2Fapp%3Apull')
  })

  test.each(['PUT', 'POST'] as const)(
    'is not asked there after a %s: a run has read before',
    async method => {
      const { read, requests } = fakeRegistry(() => silent, as('ci'))
      expect((await read(method)).status).toBe(401)
      expect(requests).toHaveLength(1)
    }
  )

  test('is not taken for the server that its root redirects to', async () => {
    const elsewhere = { ...bearer, from: 'https://evil.example/' }
    const { read, requests } = fakeRegistry(request => (isRoot(request) ? elsewhere : silent), as('ci'))
    expect((await read()).status).toBe(401)
    expect(requests).toHaveLength(2)
  })
})

test('a registry that wants another scope each time is answered twice', async () => {
  const { read, requests } = fakeRegistry((request, count) => {
    const challenge = `Bearer realm="https://auth.example/token",scope="${count % 4 === 1 ? '*' : 'aws'}"`
    return isToken(request) ? granted : { status: 401, headers: { 'www-authenticate': challenge } }
  }, anonymous)
  expect((await read()).status).toBe(401)
  expect(requests).toHaveLength(5)
})

describe('a failure', () => {
  test('to find a credential is that of all requests, and the credential is not looked for again', async () => {
    const unreadable = new PromotionError('CREDENTIALS_UNREADABLE', 'broken')
    const { read, asked } = fakeRegistry(() => bearer, unreadable)
    for (const result of await Promise.allSettled([read(), read(), read()]))
      expect(result).toMatchObject({ reason: unreadable })
    await expect(read()).rejects.toBe(unreadable)
    expect(asked).toHaveLength(1)
  })

  test('of the token server that passes is forgotten', async () => {
    const down = new PromotionError('REGISTRY_UNAVAILABLE', 'down')
    const { read } = fakeRegistry((request, count) => {
      if (isToken(request)) return count === 2 ? down : granted
      return isAuthorized(request) ? {} : bearer
    }, anonymous)
    await expect(read()).rejects.toBe(down)
    expect((await read()).status).toBe(200)
  })

  test('of the first request does not keep the next from being the first', async () => {
    const reset = new PromotionError('REGISTRY_UNAVAILABLE', 'reset')
    const { read } = fakeRegistry((_request, count) => (count === 1 ? reset : {}), anonymous)
    await expect(read()).rejects.toBe(reset)
    expect((await read()).status).toBe(200)
  })

  test('that nobody expected is thrown as it is', async () => {
    const bug = new TypeError('bug')
    const { read } = fakeRegistry(() => bearer, bug)
    await expect(read()).rejects.toBe(bug)
  })
})

describe('a credential', () => {
  test('is not looked for where none is asked for', async () => {
    const { read, asked } = fakeRegistry(() => ({}), as('ci'))
    expect(await read()).not.toHaveProperty('shown')
    expect(asked).toEqual([])
  })

  test('that is shown is noted on the response by its source', async () => {
    const { read } = fakeRegistry(request => (isAuthorized(request) ? {} : basic), as('ci'))
    expect(await read()).toMatchObject({ status: 200, shown: 'the test' })
  })

  test('that is a registry token is shown as it is, and no other is asked for', async () => {
    const { read, requests } = fakeRegistry(() => bearer, { kind: 'bearer', token: 't', origin })
    expect((await read()).status).toBe(401)
    expect(requests.map(request => request.replace(/ https.*/, ''))).toEqual(['nothing: GET', 'Bearer: GET'])
  })

  test.each<Credential>([
    { kind: 'identity', token: 't', origin },
    { kind: 'bearer', token: 't', origin }
  ])('that is a token ($kind) cannot be shown to a registry that wants a password', async credential => {
    const { read, requests } = fakeRegistry(() => basic, credential)
    await expect(read()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: `r.example asks for a user name and password, but the login in ${origin} is a token`
    })
    expect(requests).toHaveLength(1)
  })

  test('that is not there is missed at once, where a password is wanted', async () => {
    const { read, requests } = fakeRegistry(() => basic, anonymous)
    await expect(read()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'r.example asks for a user name and password, but there is none',
      advice: expect.stringContaining('No login for r.example was found')
    })
    expect(requests).toHaveLength(1)
  })

  test.each([
    [
      'its password, with the pair that is sent',
      as('ci'),
      ['secret', 'Y2k6c2VjcmV0', 'token-one-of-the-test']
    ],
    [
      'its identity token',
      { kind: 'identity', token: 'refresh', origin } as const,
      ['refresh', 'token-one-of-the-test']
    ],
    ['itself', { kind: 'bearer', token: 'access', origin } as const, ['access']]
  ])('is masked before anything is shown: %s', async (_what, credential, secrets) => {
    const { read, masked } = fakeRegistry(request => {
      if (isAuthorized(request) || request.method === 'POST') expect(masked.size).toBeGreaterThan(0)
      if (isToken(request)) return granted
      return isAuthorized(request) ? {} : bearer
    }, credential)
    expect((await read()).status).toBe(200)
    expect([...masked]).toEqual(secrets)
  })
})
