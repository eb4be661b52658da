/**
 * How named registries let their users in, from recorded facts: profiles for the in-process registry. Addresses in
 * challenges are the public ones.
 */
import { type Entrance, challenge, entrance, scopeOf } from './entrance.ts'
import { errorAnswer } from './registry-exchange.ts'

/** What Docker Hub does; the first use of each token comes too soon for it. */
export function hub(): Entrance {
  const fresh = new Set<string>()
  const house = entrance({
    name: 'hub',
    realm: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
    token: token => {
      fresh.add(`Bearer ${token}`)
      return { token, access_token: token, expires_in: 300, issued_at: new Date().toISOString() }
    }
  })
  return {
    ...house,
    before: (exchange, plain) =>
      fresh.delete(exchange.headers.authorization ?? '')
        ? challenge(
            'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",error="invalid_token"'
          )
        : house.before?.(exchange, plain)
  }
}

/** What GHCR does; its token server denies the first request with good credentials. */
export function ghcr(): Entrance {
  let isMoody = true
  const house = entrance({
    name: 'ghcr',
    realm: 'https://ghcr.io/token',
    service: 'ghcr.io',
    refuse: (exchange, why) =>
      why === 'insufficient'
        ? errorAnswer(403, 'DENIED', 'permission_denied: write_package')
        : challenge(`Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="${scopeOf(exchange)}"`)
  })
  return {
    ...house,
    before: (exchange, plain) => {
      if (!isMoody || exchange.url.pathname !== '/token') return house.before?.(exchange, plain)
      isMoody = false
      return errorAnswer(403, 'DENIED', 'denied')
    }
  }
}

/** What ECR does: passwords only, and 403 without a challenge when they have expired. */
export function ecr(): Entrance {
  const realm = 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/'
  return entrance({
    name: 'ecr',
    takesPasswords: true,
    refuse: (_exchange, why) =>
      why === 'nothing'
        ? challenge(`Basic realm="${realm}",service="ecr.amazonaws.com"`)
        : errorAnswer(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.')
  })
}

/** What ECR Public does: 400 for a token that has expired. */
export function ecrPublic(): Entrance {
  return entrance({
    name: 'ecrpublic',
    realm: 'https://public.ecr.aws/token/',
    service: 'public.ecr.aws',
    scope: () => 'aws',
    refuse: (_exchange, why) =>
      why === 'nothing'
        ? challenge('Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"')
        : errorAnswer(400, 'DENIED', 'Your Authorization Token is invalid.')
  })
}

/** What ACR does: `access_token` alone, the order of actions swapped, and identity tokens (`refresh`, of `ci`). */
export function acr(): Entrance {
  return entrance({
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

/** What Harbor does: Basic alone in answer to any token that it does not like. */
export function harbor(): Entrance {
  const bearer = 'Bearer realm="https://harbor.example/service/token",service="harbor-registry"'
  return entrance({
    name: 'harbor',
    realm: 'https://harbor.example/service/token',
    service: 'harbor-registry',
    takesPasswords: true,
    token: token => ({ token, access_token: '', expires_in: 1800, issued_at: new Date().toISOString() }),
    refuse: (exchange, why) =>
      challenge(why === 'nothing' ? `${bearer},scope="${scopeOf(exchange)}"` : 'Basic realm="harbor"')
  })
}

/** What Quay does: a body that is no object. */
export function quay(): Entrance {
  return entrance({
    name: 'quay',
    realm: 'https://quay.io/v2/auth',
    service: 'quay.io',
    refuse: exchange => ({
      ...challenge(`Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="${scopeOf(exchange)}"`),
      body: 'true'
    })
  })
}

/** What Google does: a challenge at the root alone, without service and scope; no POST to the token server. */
export function google(): Entrance {
  return entrance({
    name: 'google',
    realm: 'https://us-docker.pkg.dev/v2/token',
    refuse: (exchange, why) => {
      const isRoot = exchange.url.pathname === '/v2/'
      if (why === 'insufficient')
        return errorAnswer(403, 'DENIED', 'Permission "artifactregistry.repositories.uploadArtifacts" denied')
      return isRoot
        ? challenge('Bearer realm="https://us-docker.pkg.dev/v2/token"')
        : errorAnswer(401, 'UNAUTHORIZED', "You don't have the needed permissions")
    }
  })
}

/** What Gitea does: two challenges, and a scope that is none. */
export function gitea(): Entrance {
  const bearer = 'Bearer realm="https://gitea.example/v2/token",service="container_registry",scope="*"'
  return entrance({
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

/** What GitLab does. */
export function gitlab(): Entrance {
  return entrance({
    name: 'gitlab',
    realm: 'https://gitlab.example/jwt/auth',
    service: 'container_registry'
  })
}

/** What zot does: a scheme in lower case, a value without quotes, an error that is bare. */
export function zot(): Entrance {
  return entrance({
    name: 'zot',
    takesPasswords: true,
    refuse: () => ({
      ...challenge('basic realm=Authorization Required'),
      body: JSON.stringify({ code: 'UNAUTHORIZED', message: 'authentication required' })
    })
  })
}

/** What Nexus does: a scheme in upper case. */
export function nexus(): Entrance {
  return entrance({
    name: 'nexus',
    takesPasswords: true,
    refuse: () => challenge('BASIC realm="Sonatype Nexus Repository Manager"')
  })
}

/** What Artifactory does: a scope without the first part of the repository, and 401 for a POST to the token server. */
export function artifactory(): Entrance {
  return entrance({
    name: 'artifactory',
    realm: 'https://artifactory.example/v2/token',
    service: 'artifactory.example',
    scope: exchange => scopeOf(exchange).replace('acme/', ''),
    token: token => ({ token, expires_in: 9000 }),
    post: () => errorAnswer(401, 'UNAUTHORIZED', 'Wrong username was used')
  })
}
