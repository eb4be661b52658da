/** Tests of how registries that have names take an identity token. */
import { expect, test } from '@jest/globals'
import type { Credential } from '../../../src/oci/credential.ts'
import * as named from '../../../testing/credential-profiles.ts'
import { promote, visit } from '../named.ts'

const origin = '/home/ci/.docker/config.json'
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
  expect(there.masked).toEqual(['refresh', 'acr-token-1'])
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
