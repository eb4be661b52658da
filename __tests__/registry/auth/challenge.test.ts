/** Tests of reading `WWW-Authenticate`. */
import { describe, expect, test } from '@jest/globals'
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
