/** Holds the in-process registry's accounts to what the real one does: every case runs against both. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { image } from '../testing/images.ts'
import { type Running, accounts, registries } from '../testing/registries.ts'

describe.each(registries)('$name with passwords', ({ withPasswords }) => {
  let registry: Running
  beforeAll(async () => {
    registry = await withPasswords()
  })
  afterAll(() => registry.close())
  const enter = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${registry.base}/v2/acme/app/manifests/absent`, { headers })

  test.each([
    ['no password', {}],
    ['a wrong password', { authorization: basic('anna', 'wrong') }],
    ['an unknown name', { authorization: basic('otto', accounts.anna) }]
  ])('challenges a client with %s for Basic credentials', async (_what, headers) => {
    const response = await enter(headers)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="[^"]+"$/)
    expect(await response.text()).toContain('"code":"UNAUTHORIZED"')
  })

  test('accepts the right password', async () => {
    expect((await enter({ authorization: basic('anna', accounts.anna) })).status).toBe(404)
  })
})

describe.each(registries)('$name with tokens', ({ withTokens }) => {
  let registry: Running
  beforeAll(async () => {
    registry = await withTokens()
  })
  afterAll(() => registry.close())
  const enter = (init: RequestInit = {}): Promise<Response> =>
    fetch(`${registry.base}/v2/acme/app/manifests/absent`, init)
  const fetchToken = async (scope: string): Promise<string> => {
    const { realm = '', service = '' } = challengeOf(await enter())
    const query = new URLSearchParams({ service, scope }).toString()
    const headers = { authorization: basic('anna', accounts.anna) }
    const { token } = (await (await fetch(`${realm}?${query}`, { headers })).json()) as { token: string }
    return `Bearer ${token}`
  }

  test('asks for a token that may do what the request wants', async () => {
    const [reading, writing] = [await enter(), await enter({ method: 'PUT' })]
    expect([reading.status, writing.status]).toEqual([401, 401])
    expect(challengeOf(reading)).toEqual({
      realm: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//),
      service: expect.stringMatching(/./),
      scope: 'repository:acme/app:pull'
    })
    // distribution names the actions in no order.
    expect(challengeOf(writing).scope).toMatch(/^repository:acme\/app:(?:pull,push|push,pull)$/)
    expect(await reading.text()).toContain('"code":"UNAUTHORIZED"')
  })

  test('lets a token do what it is for, and no more', async () => {
    const authorization = await fetchToken('repository:acme/app:pull')
    expect((await enter({ headers: { authorization } })).status).toBe(404)
    const refused = await enter({ method: 'PUT', headers: { authorization } })
    expect([refused.status, challengeOf(refused).error]).toEqual([401, 'insufficient_scope'])
  })

  test('lets a token push that is for pushing', async () => {
    const authorization = await fetchToken('repository:acme/app:pull,push')
    const { mediaType, bytes } = image()
    const headers = { authorization, 'content-type': mediaType }
    // The registry itself may reject the upload, but only authentication answers 401.
    expect((await enter({ method: 'PUT', headers, body: bytes })).status).not.toBe(401)
  })

  test('lets nobody in with a token that it did not issue', async () => {
    const refused = await enter({ headers: { authorization: 'Bearer forged' } })
    expect([refused.status, challengeOf(refused).error]).toEqual([401, 'invalid_token'])
  })
})

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** The parameters of a Bearer challenge. */
function challengeOf({ headers }: Response): Partial<Record<string, string>> {
  const header = headers.get('www-authenticate') ?? ''
  expect(header).toMatch(/^Bearer /)
  const parameters = header.matchAll(/(\w+)="([^"]*)"/g)
  return Object.fromEntries([...parameters].map(([, name = '', value]) => [name, value]))
}
