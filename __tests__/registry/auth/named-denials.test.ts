/** Tests of what a run hears that a registry with a name denies. */
import { describe, expect, test } from '@jest/globals'
import type { Credential } from '../../../src/oci/credential.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import * as named from '../../../testing/credential-profiles.ts'
import type { Entrance } from '../../../testing/entrance.ts'
import { as, promote, visit } from '../named.ts'

interface Case {
  readonly name: string
  readonly host: string
  readonly make: () => Entrance
  readonly credential: Credential
  readonly code: string
  readonly says: string
  readonly advice: RegExp
}

describe('a run that is denied', () => {
  const reader = as('reader')
  test.each<Case>([
    {
      name: 'by GHCR',
      host: 'ghcr.io',
      make: named.ghcr,
      credential: reader,
      code: 'DENIED',
      says: 'DENIED: permission_denied: write_package (PUT https://ghcr.io/v2/acme/app/manifests/2 → status 403)',
      advice: /packages: write/
    },
    {
      name: 'by ECR',
      host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      make: named.ecr,
      credential: reader,
      code: 'DENIED',
      says: 'DENIED: Your authorization token has expired.',
      advice: /Log in again in this job/
    },
    {
      name: 'by ECR Public',
      host: 'public.ecr.aws',
      make: named.ecrPublic,
      credential: reader,
      code: 'DENIED',
      says: 'DENIED: Your Authorization Token is invalid.',
      advice: /registry-type: public/
    },
    {
      name: 'by Docker Hub',
      host: 'docker.io',
      make: named.hub,
      credential: reader,
      code: 'DENIED',
      says: 'UNAUTHORIZED: authentication required',
      advice: /can only pull/
    },
    {
      name: 'by Google',
      host: 'us-docker.pkg.dev',
      make: named.google,
      credential: reader,
      code: 'DENIED',
      says: 'artifactregistry.repositories.uploadArtifacts',
      advice: /artifactregistry\.writer/
    },
    {
      name: 'by ACR',
      host: 'acme.azurecr.io',
      make: named.acr,
      credential: reader,
      code: 'DENIED',
      says: 'UNAUTHORIZED: authentication required',
      advice: /AcrPush/
    },
    {
      name: 'by Quay',
      host: 'quay.io',
      make: named.quay,
      credential: reader,
      code: 'UNAUTHORIZED',
      says: 'the registry refused without a word (PUT https://quay.io/v2/acme/app/manifests/2 → status 401)',
      advice: /permission Write/
    },
    {
      name: 'by Harbor',
      host: 'registry.example',
      make: named.harbor,
      credential: reader,
      code: 'UNAUTHORIZED',
      says: 'UNAUTHORIZED: authentication required',
      advice: /Harbor project/
    },
    {
      name: 'by GitLab',
      host: 'registry.example',
      make: named.gitlab,
      credential: reader,
      code: 'DENIED',
      says: 'UNAUTHORIZED: authentication required',
      advice: /Developer/
    },
    {
      name: 'by the token server of GitLab',
      host: 'registry.example',
      make: named.gitlab,
      credential: as('stranger'),
      code: 'UNAUTHORIZED',
      says: 'incorrect username or password (GET https://gitlab.example/jwt/auth → status 401)',
      advice: /Developer/
    }
  ])('$name hears what to do, and which login was used', async ({ host, make, credential, ...expected }) => {
    const there = await visit(host, make(), { credential })
    const error = await promote(there).catch((thrown: unknown) => thrown as PromotionError)
    expect(error).toMatchObject({ code: expected.code, message: expect.stringContaining(expected.says) })
    const { advice = '' } = error ?? {}
    expect(advice).toMatch(expected.advice)
    expect(advice).toContain('The login came from the test.')
    expect(`${error?.message ?? ''}${advice}`).not.toMatch(/secret|-token-\d/)
  })

  test('without a login hears that none was found', async () => {
    const there = await visit('quay.io', named.quay())
    await expect(there.client.getManifest(there.at('1'))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      advice: expect.stringContaining('No login for quay.io was found')
    })
  })
})
