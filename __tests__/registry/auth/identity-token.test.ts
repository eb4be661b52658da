/** Tests of how identity tokens are exchanged for bearer tokens. */
import { describe, expect, test } from '@jest/globals'
import type { Credential } from '../../../src/oci/credential.ts'
import * as named from '../../../testing/credential-profiles.ts'
import type { Request } from '../../../src/registry/http/message.ts'
import { promote, visit } from '../named.ts'
import { exchange } from '../token-exchange.ts'

const origin = '/home/ci/.docker/config.json'
const zero = '00000000-0000-0000-0000-000000000000'
const identity: Credential = { kind: 'identity', token: 're+fresh', username: zero, origin }
const ownerless: Credential = { kind: 'identity', token: 're+fresh', origin }
const token = 'token-one-of-the-test'
const granted = { body: '{"token":"token-one-of-the-test"}' }
const scope = 'scope=repository%3Aacme%2Fapp%3Apull%2Cpush'
/** Where a token server does not know POST, it takes the token as its user's password. */
const asPassword: Credential = { kind: 'identity', token: 'secret', username: 'ci', origin }

test('ACR exchanges it for a token', async () => {
  const credential: Credential = { kind: 'identity', token: 'refresh', origin }
  const there = await visit('acme.azurecr.io', named.acr(), { credential })
  await promote(there)
  expect(there.log).toEqual([
    'nothing: GET https://acme.azurecr.io/v2/acme/app/manifests/1 → 401',
    'nothing: POST https://acme.azurecr.io/oauth2/token → 200',
    'Bearer: GET https://acme.azurecr.io/v2/acme/app/manifests/1 → 200',
    'Bearer: PUT https://acme.azurecr.io/v2/acme/app/manifests/2 → 201'
  ])
  expect(there.masked).toEqual(['refresh', 'acr-bearer-token-1'])
})

test.each([
  {
    name: 'ACR, where it is not one of its own',
    host: 'acme.azurecr.io',
    make: named.acr,
    tokenServer: 'acme.azurecr.io/oauth2/token',
    status: '400'
  },
  {
    name: 'Artifactory',
    host: 'artifactory.example',
    make: named.artifactory,
    tokenServer: 'artifactory.example/v2/token',
    status: '401'
  },
  {
    name: 'Google',
    host: 'us-docker.pkg.dev',
    make: named.google,
    tokenServer: 'us-docker.pkg.dev/v2/token',
    status: '404'
  }
])('$name takes it as a password', async ({ host, make, tokenServer, status }) => {
  const there = await visit(host, make(), { credential: asPassword })
  await there.client.getManifest(there.at('1'))
  expect(there.log.filter(line => line.includes(tokenServer))).toEqual([
    `nothing: POST https://${tokenServer} → ${status}`,
    `Basic: GET https://${tokenServer} → 200`
  ])
})

test('whose user is not known is an error of its source where the token server does not take it', async () => {
  const credential: Credential = { kind: 'identity', token: 'expired', origin }
  const there = await visit('acme.azurecr.io', named.acr(), { credential })
  await expect(there.client.getManifest(there.at('1'))).rejects.toMatchObject({
    code: 'UNAUTHORIZED',
    advice: expect.stringContaining(origin)
  })
})

describe('an identity token', () => {
  test('is exchanged by POST', async () => {
    const { requests, read } = exchange(identity, [{ body: JSON.stringify({ access_token: token }) }])
    expect(await read()).toBe(token)
    expect(requests.map(({ method, url }) => `${method} ${url.href}`)).toEqual([
      'POST https://auth.example/token'
    ])
    expect(requests[0]?.headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded'
    })
    expect(Object.fromEntries(new URLSearchParams(bodyOf(requests[0] ?? {})))).toEqual({
      grant_type: 'refresh_token',
      service: 'acme',
      client_id: 'retag',
      scope: 'repository:acme/app:pull,push',
      refresh_token: 're+fresh'
    })
  })

  test.each([400, 401, 404, 405])('is sent as a password if a POST is answered with %i', async status => {
    const { requests, read } = exchange(identity, [{ status }, granted])
    expect(await read()).toBe(token)
    expect(requests[1]).toMatchObject({
      method: 'GET',
      headers: { authorization: `Basic ${Buffer.from(`${zero}:re+fresh`).toString('base64')}` }
    })
    expect(requests[1]?.url.search).toBe(`?service=acme&${scope}`)
    expect(requests[1]?.body).toBeUndefined()
  })

  test.each([400, 401, 404, 405])('without a user name is an error after %i', async status => {
    const { requests, read } = exchange(ownerless, [{ status, body: '{"message":"unknown grant"}' }])
    await expect(read()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: `unknown grant (POST https://auth.example/token → status ${status.toString()})`,
      advice: expect.stringContaining(origin)
    })
    expect(requests).toHaveLength(1)
  })

  test('that is refused without a message is an error that says so', async () => {
    await expect(exchange(ownerless, [{ status: 401 }]).read()).rejects.toMatchObject({
      message: expect.stringContaining('the token server gave no error message')
    })
  })

  test('that is refused in both ways is refused', async () => {
    await expect(exchange(identity, [{ status: 400 }, { status: 401 }]).read()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      advice: expect.stringContaining(`The login came from ${origin}.`)
    })
  })

  test.each([
    [503, 'REGISTRY_UNAVAILABLE'],
    [307, 'REGISTRY_REJECTED']
  ])('is not sent again after %i', async (status, code) => {
    const headers = { location: 'https://evil.example/token' }
    const { requests, read } = exchange(identity, [{ status, headers }, granted])
    await expect(read()).rejects.toMatchObject({ code })
    expect(requests).toHaveLength(1)
  })
})

function bodyOf({ body }: Pick<Request, 'body'>): string {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : ''
}
