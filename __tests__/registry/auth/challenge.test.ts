/** Tests of reading `WWW-Authenticate`. */
import { describe, expect, test } from '@jest/globals'
import type { Action } from '../../../src/oci/credential.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import type { Access } from '../../../src/registry/http/message.ts'
import { chooseScope, formatScope } from '../../../src/registry/auth/scope.ts'
import { parseChallenges } from '../../../src/registry/auth/challenge.ts'

const hub = { realm: 'https://auth.docker.io/token', service: 'registry.docker.io' }

describe('parseChallenges reads', () => {
  test.each([
    [
      'Docker Hub’s, with commas in quotes',
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/app:pull,push"',
      [{ scheme: 'bearer', parameters: { ...hub, scope: 'repository:library/app:pull,push' } }]
    ],
    [
      'spaces around commas and equals signs',
      'Bearer  realm = "https://auth.docker.io/token" ,\tservice= "registry.docker.io"',
      [{ scheme: 'bearer', parameters: hub }]
    ],
    [
      'Nexus’s, in upper case',
      'BASIC realm="Sonatype Nexus Repository Manager"',
      [{ scheme: 'basic', parameters: { realm: 'Sonatype Nexus Repository Manager' } }]
    ],
    [
      'names of parameters in any case',
      'bEARER Realm="/token",SERVICE="s"',
      [{ scheme: 'bearer', parameters: { realm: '/token', service: 's' } }]
    ],
    [
      'zot’s, without quotes',
      'bearer realm=zot,service=zot',
      [{ scheme: 'bearer', parameters: { realm: 'zot', service: 'zot' } }]
    ],
    [
      'zot’s, with spaces and no quotes',
      'basic realm=Authorization for zot',
      [{ scheme: 'basic', parameters: { realm: 'Authorization for zot' } }]
    ],
    [
      'an address without quotes',
      'Bearer realm=https://host:5000/token?a,service=s',
      [{ scheme: 'bearer', parameters: { realm: 'https://host:5000/token?a', service: 's' } }]
    ],
    [
      'Gitea’s two in one line',
      'Bearer realm="/v2/token",service="container_registry",scope="*", Basic realm="Gitea"',
      [
        {
          scheme: 'bearer',
          parameters: { realm: '/v2/token', service: 'container_registry', scope: '*' }
        },
        { scheme: 'basic', parameters: { realm: 'Gitea' } }
      ]
    ],
    [
      'two of which the first has no quotes',
      'Bearer a="x,y",b=z, Basic realm="q"',
      [
        { scheme: 'bearer', parameters: { a: 'x,y', b: 'z' } },
        { scheme: 'basic', parameters: { realm: 'q' } }
      ]
    ],
    [
      'schemes with a token or with nothing before the one that is wanted',
      'Negotiate, NTLM TlRMTVNTUAAB==, Basic realm="q"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'ntlm', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'q' } }
      ]
    ],
    ['a scheme alone', 'Basic', [{ scheme: 'basic', parameters: {} }]],
    ['an empty value', 'Bearer scope=""', [{ scheme: 'bearer', parameters: { scope: '' } }]],
    [
      'escapes in quotes',
      String.raw`Basic realm="a \"b\" \\ c"`,
      [{ scheme: 'basic', parameters: { realm: String.raw`a "b" \ c` } }]
    ],
    [
      'equals signs and schemes in quotes',
      'Basic realm="Bearer realm=x, Basic"',
      [{ scheme: 'basic', parameters: { realm: 'Bearer realm=x, Basic' } }]
    ],
    [
      'of a parameter named twice the first',
      'Bearer realm="/mine",realm="/theirs",REALM=/others',
      [{ scheme: 'bearer', parameters: { realm: '/mine' } }]
    ],
    ['stray commas', ', ,Basic realm="q",,', [{ scheme: 'basic', parameters: { realm: 'q' } }]],
    [
      'names that objects are born with',
      'Bearer __proto__=a,constructor=b',
      [{ scheme: 'bearer', parameters: { ['__proto__']: 'a', constructor: 'b' } }]
    ]
  ])('%s', (_what, header, challenges) => {
    expect(plain(parseChallenges(header))).toEqual(plain(challenges))
  })
})

describe('parseChallenges guesses nothing', () => {
  test.each([
    ['of nothing', '', []],
    ['of blanks and commas', ' , \t,', []],
    ['of a value without a name', '="x"', []],
    ['of bytes that are no header', '\u0000\u{1F40B}', []],
    ['without a comma between', 'Bearer realm="/token" service="s"', [{ scheme: 'bearer', parameters: {} }]],
    ['of quotes that are never closed', 'Bearer realm="/token', [{ scheme: 'bearer', parameters: {} }]],
    [
      'behind what it does not understand',
      'Bearer realm="/token",service="s" "?", scope="x"',
      [{ scheme: 'bearer', parameters: { realm: '/token' } }]
    ]
  ])('%s', (_what, header, challenges) => {
    expect(plain(parseChallenges(header))).toEqual(challenges)
  })

  test('behind the first 16 KiB', () => {
    const [bearer, ...others] = parseChallenges(`Bearer realm="/token",${' '.repeat(16 * 1024)}service="s"`)
    expect(plain([bearer])).toEqual([{ scheme: 'bearer', parameters: { realm: '/token' } }])
    expect(others).toEqual([])
  })

  test.each([
    ['blanks', `Bearer a=${' '.repeat(16_000)}"`],
    ['backslashes', `Bearer a="${'\\"'.repeat(8_000)}`],
    ['equals signs', `Bearer a${'='.repeat(16_000)}"`],
    ['words', `Bearer a=${'b '.repeat(8_000)}"`]
  ])('of very many %s, and comes to an end', (_what, header) => {
    expect(plain(parseChallenges(header))[0]).toEqual({ scheme: 'bearer', parameters: {} })
  })
})

/** The challenges as JSON, for the parameters have no prototype. */
function plain(challenges: unknown): Record<string, unknown>[] {
  return JSON.parse(JSON.stringify(challenges)) as Record<string, unknown>[]
}

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

  test.each([
    ['one', 'repository:app:pull,push'],
    ['both', 'repository:app:push,pull repository:base:pull']
  ])('asks for both in Artifactory’s form where the challenge names %s so', (_what, challenged) => {
    expect(chooseScope(challenged, mount)).toBe('repository:app:pull,push repository:base:pull')
  })
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
    ['Gitea', '*', '*'],
    ['ECR Public', 'aws', 'aws'],
    ['Artifactory', 'repository:app:pull', 'repository:app:pull,push'],
    [
      'Azure, to list tags',
      'repository:acme/app:metadata_read',
      'repository:acme/app:pull,push,metadata_read'
    ]
  ])('asks in the form of %s: %s', (_who, challenged, scope) => {
    expect(chooseScope(challenged, access('ghcr.io/acme/app:1', ['pull', 'push']))).toBe(scope)
  })

  test('asks in the form of Cloudsmith, which has one scope for all images', () => {
    const image = access('docker.cloudsmith.io/acme/docker/app:1', ['pull'])
    const both = { ...image, from: parseReference('docker.cloudsmith.io/acme/docker/base:1').repository }
    for (const needed of [image, both])
      expect(chooseScope('repository:acme/docker:any', needed)).toBe('repository:acme/docker:any')
  })

  test.each([
    ['more actions', 'repository:acme/app:pull,push,delete'],
    ['all actions', 'repository:acme/app:*'],
    ['no action', 'repository:acme/app:'],
    ['another repository', 'repository:other/app:pull'],
    ['a repository that begins alike', 'repository:acme/app/extra:pull'],
    ['the owner’s name', 'repository:acme:pull'],
    ['another repository as well', 'repository:acme/app:pull,push repository:acme/base:pull'],
    ['everything as well', '* repository:acme/app:pull'],
    ['the catalog', 'registry:catalog:*'],
    ['another case', 'repository:acme/app:PULL'],
    ['GHCR’s placeholder', 'repository:user/image:pull']
  ])('asks for what the run needs, and for no more, where the challenge names %s', (_what, challenged) => {
    for (const actions of [['pull'], ['pull', 'push']] as const)
      expect(chooseScope(challenged, access('ghcr.io/acme/app:1', actions))).toBe(
        `repository:acme/app:${actions.join(',')}`
      )
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
