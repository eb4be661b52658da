/** Tests of the scopes that tokens are asked for. */
import { describe, expect, test } from '@jest/globals'
import type { Action } from '../../../src/oci/credential.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import type { Access } from '../../../src/registry/http/message.ts'
import { chooseScope, formatScope } from '../../../src/registry/auth/scope.ts'

describe('formatScope', () => {
  test.each([
    ['ghcr.io/acme/app:1', ['pull'], 'repository:acme/app:pull'],
    ['ghcr.io/acme/app:1', ['pull', 'push'], 'repository:acme/app:pull,push'],
    ['app:1', ['pull'], 'repository:library/app:pull'],
    ['localhost:5000/a/b/c:1', ['pull'], 'repository:a/b/c:pull']
  ] as const)('of %s to %p is %s', (reference, actions, scope) => {
    expect(formatScope(access(reference, actions))).toBe(scope)
  })
})

describe('formatScope, of a mount', () => {
  test('names both repositories, the one to push to first', () => {
    expect(formatScope(mount)).toBe('repository:acme/app:pull,push repository:acme/base:pull')
  })
})

describe('chooseScope, for a mount', () => {
  const needed = 'repository:acme/app:pull,push repository:acme/base:pull'

  test.each([
    ['none', undefined],
    ['both', needed],
    ['both, in another order (Azure)', 'repository:acme/base:pull repository:acme/app:push,pull'],
    ['only the one to push to (Artifactory, Cloudsmith)', 'repository:acme/app:pull,push'],
    ['only the one to pull from', 'repository:acme/base:pull']
  ])('asks for both where the challenge names %s', (_what, challenged) => {
    expect(chooseScope(challenged, mount)).toBe(needed)
  })

  test.each(['*', 'repository:acme/base:pull,push', 'repository:acme/app:pull repository:other:pull'])(
    'sends %s word for word',
    challenged => {
      expect(chooseScope(challenged, mount)).toBe(challenged)
    }
  )
})

describe('chooseScope', () => {
  const needed = 'repository:acme/app:pull,push'

  test.each([
    ['the challenge names none', undefined],
    ['the challenge names an empty one', ''],
    ['the challenge names all of it', needed],
    ['the challenge names it in another order', 'repository:acme/app:push,pull'],
    ['the challenge names a part of it', 'repository:acme/app:pull'],
    ['the challenge names another part of it', 'repository:acme/app:push']
  ])('asks for all that the run needs where %s', (_where, challenged) => {
    expect(chooseScope(challenged, access('ghcr.io/acme/app:1', ['pull', 'push']))).toBe(needed)
  })

  test.each([
    ['of Gitea, which means everything', '*'],
    ['of ECR Public, which is no scope at all', 'aws'],
    ['of Artifactory, which leaves the first part of the name out', 'repository:app:pull'],
    ['of Cloudsmith, which has an action of its own', 'repository:acme/app:any'],
    ['of GHCR for no repository', 'repository:user/image:pull'],
    ['for a repository that only begins alike', 'repository:acme/app/extra:pull'],
    ['for more than is needed', 'repository:acme/app:pull,push,delete'],
    ['for all actions', 'repository:acme/app:*'],
    ['for no action', 'repository:acme/app:'],
    ['for two repositories', 'repository:acme/app:pull,push repository:acme/base:pull'],
    ['in another case', 'repository:acme/app:PULL']
  ])('sends the scope word for word that is %s', (_which, challenged) => {
    expect(chooseScope(challenged, access('ghcr.io/acme/app:1', ['pull', 'push']))).toBe(challenged)
  })

  test('does not widen what is asked for by a challenge to pull', () => {
    const toPull = access('ghcr.io/acme/app:1', ['pull'])
    expect(chooseScope('repository:acme/app:pull', toPull)).toBe('repository:acme/app:pull')
    expect(chooseScope(undefined, toPull)).toBe('repository:acme/app:pull')
  })
})

const mount: Access = {
  ...access('ghcr.io/acme/app:1', ['pull', 'push']),
  from: parseReference('ghcr.io/acme/base:1').repository
}

function access(reference: string, actions: readonly Action[]): Access {
  return { repository: parseReference(reference).repository, actions }
}
