/** Tests of authentication at public registries and products: the fewest requests possible, each with the right credential. */
import { describe, expect, test } from '@jest/globals'
import * as named from '../../testing/credential-profiles.ts'
import type { AuthProfile } from '../../testing/auth-profile.ts'
import { as, promote, visit } from './named.ts'

interface TokenRegistry {
  readonly name: string
  readonly host: string
  readonly make: () => AuthProfile
  readonly tokenServer: string
  readonly query: string
}

describe.each<TokenRegistry>([
  {
    name: 'ACR',
    host: 'acme.azurecr.io',
    make: named.acr,
    tokenServer: 'acme.azurecr.io/oauth2/token',
    query: '?service=acme.azurecr.io&scope=repository:acme/app:pull,push'
  },
  {
    name: 'Artifactory',
    host: 'artifactory.example',
    make: named.artifactory,
    tokenServer: 'artifactory.example/v2/token',
    query: '?service=artifactory.example&scope=repository:app:pull,push'
  },
  {
    name: 'ECR Public',
    host: 'public.ecr.aws',
    make: named.ecrPublic,
    tokenServer: 'public.ecr.aws/token/',
    query: '?service=public.ecr.aws&scope=aws'
  },
  {
    name: 'Gitea',
    host: 'gitea.example',
    make: named.gitea,
    tokenServer: 'gitea.example/v2/token',
    query: '?service=container_registry&scope=*'
  },
  {
    name: 'GitLab',
    host: 'gitlab.example',
    make: named.gitlab,
    tokenServer: 'gitlab.example/jwt/auth',
    query: '?service=container_registry&scope=repository:acme/app:pull,push'
  },
  {
    name: 'Harbor',
    host: 'harbor.example',
    make: named.harbor,
    tokenServer: 'harbor.example/service/token',
    query: '?service=harbor-registry&scope=repository:acme/app:pull,push'
  },
  {
    name: 'Quay',
    host: 'quay.io',
    make: named.quay,
    tokenServer: 'quay.io/v2/auth',
    query: '?service=quay.io&scope=repository:acme/app:pull,push'
  }
])('$name', ({ host, make, tokenServer, query }) => {
  test('lets in with one token, asked for in its own words', async () => {
    const there = await visit(host, make(), { credential: as('ci') })
    await there.client.getManifest(there.at('1'))
    expect(there.log).toEqual([
      `nothing: GET https://${host}/v2/acme/app/manifests/1 → 401`,
      `Basic: GET https://${tokenServer} → 200`,
      `Bearer: GET https://${host}/v2/acme/app/manifests/1 → 200`
    ])
    expect(there.queries[1]).toBe(query)
    expect(there.slept).toEqual([])
  })

  test('takes an upload', async () => {
    const there = await visit(host, make(), { credential: as('ci') })
    await promote(there)
    expect(there.log.at(-1)).toBe(`Bearer: PUT https://${host}/v2/acme/app/manifests/2 → 201`)
  })

  test('is shown a wrong password once, however often it is asked', async () => {
    const there = await visit(host, make(), { credential: as('stranger') })
    for (let time = 0; time < 3; time++)
      await expect(there.client.headManifest(there.at('1'))).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    expect(there.log.filter(line => line.includes(tokenServer))).toHaveLength(1)
  })
})

describe.each([
  ['ECR', '123456789012.dkr.ecr.eu-west-1.amazonaws.com', named.ecr],
  ['zot', 'zot.example', named.zot],
  ['Nexus', 'nexus.example', named.nexus]
])('%s', (_name, host, make) => {
  test('lets in with a name and password', async () => {
    const there = await visit(host, make(), { credential: as('ci') })
    await promote(there)
    expect(there.log).toEqual([
      `nothing: GET https://${host}/v2/acme/app/manifests/1 → 401`,
      `Basic: GET https://${host}/v2/acme/app/manifests/1 → 200`,
      `Basic: PUT https://${host}/v2/acme/app/manifests/2 → 201`
    ])
  })
})

test('Docker Hub may find a token too new: after a pause it is sent again', async () => {
  const there = await visit('docker.io', named.hub(), { credential: as('ci') })
  await promote(there)
  expect(there.log).toEqual([
    'nothing: GET https://registry-1.docker.io/v2/acme/app/manifests/1 → 401',
    'Basic: GET https://auth.docker.io/token → 200',
    'Bearer: GET https://registry-1.docker.io/v2/acme/app/manifests/1 → 401',
    'Bearer: GET https://registry-1.docker.io/v2/acme/app/manifests/1 → 200',
    'Bearer: PUT https://registry-1.docker.io/v2/acme/app/manifests/2 → 201'
  ])
  expect(there.slept).toEqual([1000])
})

test('GHCR may deny a token that it grants a moment later', async () => {
  const there = await visit('ghcr.io', named.ghcr(), { credential: as('ci') })
  await promote(there)
  expect(there.log).toEqual([
    'nothing: GET https://ghcr.io/v2/acme/app/manifests/1 → 401',
    'Basic: GET https://ghcr.io/token → 403',
    'Basic: GET https://ghcr.io/token → 200',
    'Bearer: GET https://ghcr.io/v2/acme/app/manifests/1 → 200',
    'Bearer: PUT https://ghcr.io/v2/acme/app/manifests/2 → 201'
  ])
  expect(there.slept).toEqual([1000])
})

test('Google is asked at its root for the challenge that it does not put', async () => {
  const there = await visit('us-docker.pkg.dev', named.google(), { credential: as('ci') })
  await promote(there)
  expect(there.log).toEqual([
    'nothing: GET https://us-docker.pkg.dev/v2/acme/app/manifests/1 → 401',
    'nothing: GET https://us-docker.pkg.dev/v2/ → 401',
    'Basic: GET https://us-docker.pkg.dev/v2/token → 200',
    'Bearer: GET https://us-docker.pkg.dev/v2/acme/app/manifests/1 → 200',
    'Bearer: PUT https://us-docker.pkg.dev/v2/acme/app/manifests/2 → 201'
  ])
  expect(there.queries[2]).toBe('?scope=repository:acme/app:pull,push')
})

test('Artifactory’s own name for the repository is kept, and one token serves the run', async () => {
  const there = await visit('artifactory.example', named.artifactory(), { credential: as('ci') })
  await promote(there)
  expect(there.queries.filter(query => query !== '')).toEqual([
    '?service=artifactory.example&scope=repository:app:pull,push'
  ])
})

describe('in mid-run', () => {
  test('Harbor’s change to Basic is answered with the password', async () => {
    const harbor = named.harbor()
    const there = await visit('harbor.example', harbor, { credential: as('ci') })
    await there.client.getManifest(there.at('1'))
    harbor.expire('tokens')
    await there.client.getManifest(there.at('1'))
    await there.client.getManifest(there.at('1'))
    expect(there.log.slice(3)).toEqual([
      'Bearer: GET https://harbor.example/v2/acme/app/manifests/1 → 401',
      'Basic: GET https://harbor.example/v2/acme/app/manifests/1 → 200',
      'Basic: GET https://harbor.example/v2/acme/app/manifests/1 → 200'
    ])
  })

  test.each([
    { name: 'Quay', host: 'quay.io', make: named.quay, status: '401', tokenServer: 'quay.io/v2/auth' },
    {
      name: 'ECR Public, which does not say 401',
      host: 'public.ecr.aws',
      make: named.ecrPublic,
      status: '400',
      tokenServer: 'public.ecr.aws/token/'
    }
  ])('an expired token is renewed: $name', async ({ host, make, status, tokenServer }) => {
    const profile = make()
    const there = await visit(host, profile, { credential: as('ci') })
    await there.client.getManifest(there.at('1'))
    profile.expire('tokens')
    await there.client.getManifest(there.at('1'))
    expect(there.log.slice(3)).toEqual([
      `Bearer: GET https://${host}/v2/acme/app/manifests/1 → ${status}`,
      `Basic: GET https://${tokenServer} → 200`,
      `Bearer: GET https://${host}/v2/acme/app/manifests/1 → 200`
    ])
    expect(there.slept).toEqual([])
  })

  test.each([
    { what: 'what Docker Hub says', host: 'docker.io', make: named.hub, age: 270_000 },
    { what: 'what Harbor says', host: 'harbor.example', make: named.harbor, age: 1_620_000 },
    { what: 'a minute, where nothing is said', host: 'quay.io', make: named.quay, age: 54_000 }
  ])('a token is renewed before it expires: after nine tenths of $what', async ({ host, make, age }) => {
    const there = await visit(host, make(), { credential: as('ci') })
    await there.client.getManifest(there.at('1'))
    const requests = there.log.length
    there.pass(age - 1 - there.slept.reduce((sum, time) => sum + time, 0))
    await there.client.getManifest(there.at('1'))
    expect(there.log).toHaveLength(requests + 1)
    there.pass(1)
    await Promise.all([there.client.getManifest(there.at('1')), there.client.getManifest(there.at('1'))])
    const tokens = there.log.slice(requests + 1).filter(line => line.startsWith('Basic'))
    expect(tokens).toHaveLength(1)
    expect(there.masked.filter(secret => secret.includes('-token-'))).toHaveLength(2)
  })
})
