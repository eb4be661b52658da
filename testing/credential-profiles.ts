/**
 * How public registries and products authenticate, from recorded exchanges: profiles for the in-process registry. URLs in
 * challenges are the public ones.
 */
import { type AuthProfile, authProfile, challenge, scopeOf } from './auth-profile.ts'
import { errorAnswer } from './registry-exchange.ts'

/** Docker Hub: refuses each token once, because its servers' clocks differ. */
export function hub(): AuthProfile {
  const fresh = new Set<string>()
  const profile = authProfile({
    name: 'hub',
    realm: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
    token: token => {
      fresh.add(`Bearer ${token}`)
      return { token, access_token: token, expires_in: 300, issued_at: new Date().toISOString() }
    }
  })
  return {
    ...profile,
    before: (exchange, plain) =>
      fresh.delete(exchange.headers.authorization ?? '')
        ? challenge(
            'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",error="invalid_token"'
          )
        : profile.before?.(exchange, plain)
  }
}

/** GHCR: its token server denies the first request even with valid credentials. */
export function ghcr(): AuthProfile {
  let isFirst = true
  const profile = authProfile({
    name: 'ghcr',
    realm: 'https://ghcr.io/token',
    service: 'ghcr.io',
    refuse: (exchange, reason) =>
      reason === 'insufficient'
        ? errorAnswer(403, 'DENIED', 'permission_denied: write_package')
        : challenge(`Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="${scopeOf(exchange)}"`)
  })
  return {
    ...profile,
    before: (exchange, plain) => {
      if (!isFirst || exchange.url.pathname !== '/token') return profile.before?.(exchange, plain)
      isFirst = false
      return errorAnswer(403, 'DENIED', 'denied')
    }
  }
}

/** ECR: Basic only, and 403 without a challenge for an expired password. */
export function ecr(): AuthProfile {
  const realm = 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/'
  return authProfile({
    name: 'ecr',
    acceptsBasic: true,
    refuse: (_exchange, reason) =>
      reason === 'nothing'
        ? challenge(`Basic realm="${realm}",service="ecr.amazonaws.com"`)
        : errorAnswer(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.')
  })
}

/** ECR Public: 400 for an expired token. */
export function ecrPublic(): AuthProfile {
  return authProfile({
    name: 'ecrpublic',
    realm: 'https://public.ecr.aws/token/',
    service: 'public.ecr.aws',
    scope: () => 'aws',
    refuse: (_exchange, reason) =>
      reason === 'nothing'
        ? challenge('Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"')
        : errorAnswer(400, 'DENIED', 'Your Authorization Token is invalid.')
  })
}

/** ACR: `access_token` only, actions in the order push,pull, and identity tokens (`refresh` is that of `ci`). */
export function acr(): AuthProfile {
  return authProfile({
    name: 'acr',
    realm: 'https://acme.azurecr.io/oauth2/token',
    service: 'acme.azurecr.io',
    scope: exchange => scopeOf(exchange).replace('pull,push', 'push,pull'),
    token: token => ({ access_token: token }),
    post: form =>
      form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === 'refresh'
        ? 'ci'
        : errorAnswer(400, 'UNSUPPORTED', 'grant_type not supported')
  })
}

/** Harbor: a Basic challenge for any token that it rejects. */
export function harbor(): AuthProfile {
  const bearer = 'Bearer realm="https://harbor.example/service/token",service="harbor-registry"'
  return authProfile({
    name: 'harbor',
    realm: 'https://harbor.example/service/token',
    service: 'harbor-registry',
    acceptsBasic: true,
    token: token => ({ token, access_token: '', expires_in: 1800, issued_at: new Date().toISOString() }),
    refuse: (exchange, reason) =>
      challenge(reason === 'nothing' ? `${bearer},scope="${scopeOf(exchange)}"` : 'Basic realm="harbor"')
  })
}

/** Quay: an error body that is not an object. */
export function quay(): AuthProfile {
  return authProfile({
    name: 'quay',
    realm: 'https://quay.io/v2/auth',
    service: 'quay.io',
    refuse: exchange => ({
      ...challenge(`Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="${scopeOf(exchange)}"`),
      body: 'true'
    })
  })
}

/** Google: a challenge only at the API root, without service and scope; no POST to the token server. */
export function google(): AuthProfile {
  return authProfile({
    name: 'google',
    realm: 'https://us-docker.pkg.dev/v2/token',
    refuse: (exchange, reason) => {
      const isRoot = exchange.url.pathname === '/v2/'
      if (reason === 'insufficient')
        return errorAnswer(403, 'DENIED', 'Permission "artifactregistry.repositories.uploadArtifacts" denied')
      return isRoot
        ? challenge('Bearer realm="https://us-docker.pkg.dev/v2/token"')
        : errorAnswer(401, 'UNAUTHORIZED', "You don't have the needed permissions")
    }
  })
}

/** Gitea: two challenges, and the scope `*`. */
export function gitea(): AuthProfile {
  const bearer = 'Bearer realm="https://gitea.example/v2/token",service="container_registry",scope="*"'
  return authProfile({
    name: 'gitea',
    realm: 'https://gitea.example/v2/token',
    service: 'container_registry',
    scope: () => '*',
    refuse: () => ({
      ...challenge(''),
      headers: { 'www-authenticate': [bearer, 'Basic realm="https://gitea.example"'] }
    })
  })
}

/** GitLab. */
export function gitlab(): AuthProfile {
  return authProfile({
    name: 'gitlab',
    realm: 'https://gitlab.example/jwt/auth',
    service: 'container_registry'
  })
}

/** zot: a lower-case scheme, an unquoted value, a bare error object. */
export function zot(): AuthProfile {
  return authProfile({
    name: 'zot',
    acceptsBasic: true,
    refuse: () => ({
      ...challenge('basic realm=Authorization Required'),
      body: JSON.stringify({ code: 'UNAUTHORIZED', message: 'authentication required' })
    })
  })
}

/** Nexus: an upper-case scheme. */
export function nexus(): AuthProfile {
  return authProfile({
    name: 'nexus',
    acceptsBasic: true,
    refuse: () => challenge('BASIC realm="Sonatype Nexus Repository Manager"')
  })
}

/** Artifactory: a scope without the first part of the repository, and 401 for a POST to the token server. */
export function artifactory(): AuthProfile {
  return authProfile({
    name: 'artifactory',
    realm: 'https://artifactory.example/v2/token',
    service: 'artifactory.example',
    scope: exchange => scopeOf(exchange).replace('acme/', ''),
    token: token => ({ token, expires_in: 9000 }),
    post: () => errorAnswer(401, 'UNAUTHORIZED', 'Wrong username was used')
  })
}
