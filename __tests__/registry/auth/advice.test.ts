/** Tests of the advice for denied requests, by registry. */
import { describe, expect, test } from '@jest/globals'
import type { Action, Credential } from '../../../src/oci/credential.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { parseRegistry } from '../../../src/oci/registry-host.ts'
import { type Denial, denialAdvice } from '../../../src/registry/auth/advice.ts'
import { responseError } from '../../../src/registry/errors.ts'
import * as named from '../../../testing/credential-profiles.ts'
import type { AuthProfile } from '../../../testing/auth-profile.ts'
import { as, promote, visit } from '../named.ts'
import { answerTo, requestTo } from '../requests.ts'

const origin = '/home/ci/.docker/config.json'

function adviceFor(host: string, rest: Partial<Denial> = {}): string {
  const denied = { actions: ['pull', 'push'] as const, said: '', shown: origin, traces: '' }
  return denialAdvice({ registry: parseRegistry(host), ...denied, ...rest })
}

describe('advice for a denied request', () => {
  test.each([
    ['ghcr.io', /"permissions: packages: write".*"Manage Actions access".*role Write.*write:packages/],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      /amazon-ecr-login.*12 hours.*ecr:PutImage.*To copy.*ecr:InitiateLayerUpload, ecr:UploadLayerPart and ecr:CompleteLayerUpload on the target, and ecr:GetDownloadUrlForLayer on the source/
    ],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', /amazon-ecr-login/],
    ['123456789012.dkr-ecr.eu-west-1.on.aws', /amazon-ecr-login/],
    ['public.ecr.aws', /registry-type: public.*us-east-1.*12 hours.*ecr-public:PutImage/],
    ['docker.io', /docker\/login-action.*"Read & Write".*runners can only pull/],
    ['europe-west1-docker.pkg.dev', /oauth2accesstoken.*one hour.*roles\/artifactregistry\.writer/],
    ['eu.gcr.io', /roles\/artifactregistry\.writer/],
    ['gcr.io', /roles\/artifactregistry\.writer/],
    ['acme.azurecr.io', /az acr login.*three hours.*AcrPush/],
    ['quay.io', /permission Write.*NAMESPACE\+NAME/],
    ['registry.gitlab.com', /read_registry and write_registry.*Developer/],
    ['registry.example.com:5000', /may pull from and push to this repository/]
  ])('to push to %s', (host, advice) => {
    expect(adviceFor(host)).toMatch(advice)
  })

  test.each([
    ['ghcr.io', /packages: read".*role Read.*read:packages/],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      /needs ecr:BatchGetImage.*To copy.*it also needs ecr:GetDownloadUrlForLayer on the source/
    ],
    ['public.ecr.aws', /12 hours\.$/],
    ['docker.io', /may pull from this repository\.$/],
    ['europe-west1-docker.pkg.dev', /artifactregistry\.reader/],
    ['acme.azurecr.io', /AcrPull/],
    ['quay.io', /permission Read/],
    ['registry.gitlab.com', /scope read_registry,.*Reporter/],
    ['registry.example.com', /may pull from this repository\.$/]
  ])('to pull from %s asks for no more rights', (host, advice) => {
    const text = adviceFor(host, { actions: ['pull'] })
    expect(text).toMatch(advice)
    expect(text).not.toMatch(/write|push|PutImage|LayerUpload|Developer/i)
  })

  test.each([
    ['Harbor', 'https://registry.example/v2/ Basic realm="harbor"', /Harbor project.*pull and push.*\$/],
    ['Harbor', 'https://registry.example/service/token?service=harbor-registry&scope=x', /Harbor project/],
    [
      'GitLab',
      'https://registry.example/v2/ Bearer realm="https://gitlab.example/jwt/auth"',
      /write_registry/
    ],
    ['GitLab', 'https://gitlab.example/jwt/auth?service=container_registry', /write_registry/],
    ['(none)', 'https://registry.example/v2/acme/harbor/manifests/1', /^(?!.*Harbor)/]
  ])('recognizes a self-hosted %s: %s', (_product, traces, advice) => {
    expect(adviceFor('registry.example', { traces })).toMatch(advice)
  })

  test('for ECR distinguishes an expired login from missing rights', () => {
    const said = 'DENIED: Your authorization token has expired. Reauthenticate and try again.'
    const text = adviceFor('123456789012.dkr.ecr.eu-west-1.amazonaws.com', { said })
    expect(text).toMatch(/this one has expired\. Log in again/)
    expect(text).not.toContain('PutImage')
  })

  test.each([
    'evil-ghcr.io',
    'ghcr.io.evil.example',
    'ghcr.io:8443',
    'my-docker.pkg.dev.example',
    'notgcr.io'
  ])('for %s is not that of the registry it resembles', host => {
    expect(adviceFor(host)).toMatch(/valid for this registry/)
  })

  test('for Harbor mentions a wrong robot password if a login was sent', () => {
    const traces = 'https://registry.example/v2/ Basic realm="harbor"'
    const hint = 'Harbor treats a robot account with a wrong password as anonymous'
    expect(adviceFor('registry.example', { traces })).toContain(hint)
    expect(adviceFor('registry.example', { traces, shown: undefined })).not.toContain(hint)
  })

  test('names the source of the login, or says that there was none', () => {
    expect(adviceFor('ghcr.io')).toContain(`The login came from ${origin}.`)
    expect(adviceFor('ghcr.io', { shown: undefined })).toContain(
      'No login for ghcr.io was found, so the request was anonymous: the inputs username and password are for the input registry only.'
    )
  })
})

describe('responseError', () => {
  const access = { repository: { registry: parseRegistry('ghcr.io'), name: 'acme/app' }, actions: ['push'] }
  const request = requestTo('https://ghcr.io/v2/acme/app/manifests/1', {
    access: access as { repository: typeof access.repository; actions: Action[] }
  })
  const weak = { 'www-authenticate': 'Bearer realm="r",error="insufficient_scope"' }

  test('of a 401 for insufficient scope has the code DENIED if a login was sent', () => {
    const response = answerTo(request, { status: 401, headers: weak })
    expect(responseError(request, { ...response, shown: origin }).code).toBe('DENIED')
    expect(responseError(request, response).code).toBe('UNAUTHORIZED')
  })

  test('of ECR Public’s 400 has the code DENIED', () => {
    const body = '{"errors":[{"code":"DENIED","message":"Your Authorization Token is invalid."}]}'
    expect(responseError(request, answerTo(request, { status: 400, body })).code).toBe('DENIED')
  })

  test('of a server that the registry redirected to names that server, and gives no advice on logins', () => {
    const response = {
      ...answerTo(request, { status: 403 }),
      url: new URL('https://s3.example/x?sig=secret')
    }
    const { message, advice } = responseError(request, response)
    expect(message).toContain('(GET https://s3.example/x → status 403)')
    expect(advice).toMatch(/sends no credentials/)
  })
})

interface Case {
  readonly name: string
  readonly host: string
  readonly make: () => AuthProfile
  readonly credential: Credential
  readonly code: string
  readonly says: string
  readonly advice: RegExp
}

describe('a denied run', () => {
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
      says: 'the registry gave no error message (PUT https://quay.io/v2/acme/app/manifests/2 → status 401)',
      advice: /permission Write/
    },
    {
      name: 'by Harbor',
      host: 'registry.example',
      make: named.harbor,
      credential: reader,
      code: 'UNAUTHORIZED',
      says: 'UNAUTHORIZED: authentication required',
      advice: /Harbor project.*wrong password/
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
  ])('$name says what to do and which login was used', async ({ host, make, credential, ...expected }) => {
    const there = await visit(host, make(), { credential })
    const error = await promote(there).catch((thrown: unknown) => thrown as PromotionError)
    expect(error).toMatchObject({ code: expected.code, message: expect.stringContaining(expected.says) })
    const { advice = '' } = error ?? {}
    expect(advice).toMatch(expected.advice)
    expect(advice).toContain('The login came from the test.')
    expect(`${error?.message ?? ''}${advice}`).not.toMatch(/secret|-token-\d/)
  })

  test('without a login says that none was found', async () => {
    const there = await visit('quay.io', named.quay())
    await expect(there.client.getManifest(there.at('1'))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      advice: expect.stringContaining('No login for quay.io was found')
    })
  })
})
