/** Properties of all that reads headers of answers: whatever they say, it is read or refused by code, and printed safely. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseDigest } from '../../src/oci/digest.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { parseChallenges } from '../../src/registry/auth/challenge.ts'
import { nextPage } from '../../src/registry/link.ts'
import { parseRealm } from '../../src/registry/auth/realm.ts'
import { nextHop } from '../../src/registry/http/redirect.ts'
import { chooseScope } from '../../src/registry/auth/scope.ts'
import { closingUrl, uploadLocation } from '../../src/registry/upload-location.ts'
import { errorThrownBy } from '../../testing/code-thrown-by.ts'
import { hostileTexts } from '../../testing/hostile.ts'
import { image } from '../../testing/images.ts'
import { expectHarmless } from './harmless.ts'
import { answerTo, requestTo } from './requests.ts'

const { repository } = parseReference('r.example/acme/app:1')
const access = { repository, actions: ['pull', 'push'] as const }
const origins = ['https://r.example', 'http://r.example:5000', 'http://10.0.0.5']
const requests = fc
  .constantFrom(...origins)
  .map(origin =>
    requestTo(`${origin}/v2/acme/app/manifests/1?a=secret`, { access, headers: { authorization: 'secret' } })
  )
const addresses = fc.oneof(
  hostileTexts,
  fc
    .tuple(
      fc.constantFrom('http:', 'https:', 'HTTPS:\t', 'ftp:', '', 'javascript:'),
      fc.constantFrom('//', '/', '\\\\'),
      hostileTexts
    )
    .map(parts => parts.join('')),
  fc
    .tuple(fc.constantFrom(...origins, 'https://10.0.0.1', 'https://user:pw@r.example'), hostileTexts)
    .map(parts => parts.join(''))
)

describe('WWW-Authenticate', () => {
  const token = fc.stringMatching(/^[A-Za-z][\w!#$%&'*+.^`|~-]{0,8}$/)
  const quoted = fc
    .string({ unit: 'binary-ascii', maxLength: 20 })
    .map(text => text.replace(/[^\x20-\x7e]/g, ''))
  const challenges = fc.array(
    fc.record({
      scheme: token,
      parameters: fc.uniqueArray(fc.tuple(token, quoted), {
        minLength: 1,
        maxLength: 4,
        selector: ([name]) => name.toLowerCase()
      })
    }),
    { maxLength: 3 }
  )

  test('is parsed without an error, whatever it is', () => {
    fc.assert(
      fc.property(hostileTexts, header => {
        for (const { scheme, parameters } of parseChallenges(header)) {
          expect(scheme).toBe(scheme.toLowerCase())
          expect(Object.getPrototypeOf(parameters)).toBeNull()
          chooseScope(parameters.scope, access)
        }
      })
    )
  })

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(challenges, written => {
        const header = written.map(({ scheme, parameters }) => {
          const list = parameters.map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
          return `${scheme} ${list.join(', ')}`
        })
        const read = parseChallenges(header.join(', '))
        expect(read.map(({ scheme, parameters }) => [scheme, Object.entries(parameters)])).toStrictEqual(
          written.map(({ scheme, parameters }) => [
            scheme.toLowerCase(),
            Object.entries(Object.fromEntries(parameters.map(([name, value]) => [name.toLowerCase(), value])))
          ])
        )
      })
    )
  })

  test.each([
    ['quotes', '"'],
    ['backslashes', 'Bearer a="\\'],
    ['commas', ','],
    ['blanks', ' '],
    ['words', 'a '],
    ['parameters', 'a=b '],
    ['open texts', 'a="b,'],
    ['schemes', 'Bearer ,']
  ])('takes no time that grows faster than it does: many %s', (_what, piece) => {
    expect(parseChallenges(piece.repeat(100_000)).length).toBeLessThanOrEqual(16 * 1024)
  })
})

describe('an address from a registry is read, or refused by code:', () => {
  test('a realm, to a host that may be a token server', () => {
    fc.assert(
      fc.property(requests, fc.option(addresses, { nil: undefined }), ({ url: asked }, realm) => {
        const error = errorThrownBy(() => {
          const url = parseRealm(realm, asked)
          if (url.protocol !== 'https:')
            expect([url.protocol, url.hostname]).toEqual(['http:', asked.hostname])
          expect([url.username, url.password]).toStrictEqual(['', ''])
        })
        expect([undefined, 'REGISTRY_REJECTED']).toContain(error?.code)
        expectHarmless(error)
      })
    )
  })

  test('a redirect, with the credential within its origin alone', () => {
    fc.assert(
      fc.property(requests, fc.option(addresses, { nil: undefined }), (request, location) => {
        const error = errorThrownBy(() => {
          const next = nextHop(request, answerTo(request, { status: 307, headers: { location } }))
          expect(['https:', request.url.protocol]).toContain(next.url.protocol)
          expect('authorization' in next.headers).toBe(next.url.origin === request.url.origin)
        })
        expect([undefined, 'REGISTRY_REJECTED']).toContain(error?.code)
        expectHarmless(error)
      })
    )
  })

  test('where an upload continues, with access only within its origin', () => {
    const digest = parseDigest(image().digest)
    fc.assert(
      fc.property(requests, fc.option(addresses, { nil: undefined }), (request, location) => {
        const error = errorThrownBy(() => {
          const next = uploadLocation(request, answerTo(request, { status: 202, headers: { location } }))
          expect(['https:', request.url.protocol]).toContain(next.url.protocol)
          expect(next.access !== undefined).toBe(next.url.origin === request.url.origin)
          expect(closingUrl(next, digest).searchParams.getAll('digest').at(-1)).toBe(digest)
        })
        expect([undefined, 'REGISTRY_REJECTED']).toContain(error?.code)
        expectHarmless(error)
      })
    )
  })

  test('the next page, within the origin', () => {
    const links = fc.oneof(
      hostileTexts,
      addresses.map(address => `<${address}>; rel="next"`),
      addresses.map(address => `${address}; rel=next`)
    )
    fc.assert(
      fc.property(requests, links, (request, link) => {
        const error = errorThrownBy(() => {
          const next = nextPage(answerTo(request, { headers: { link } }))
          expect([undefined, request.url.origin]).toContain(next?.origin)
        })
        expect([undefined, 'REGISTRY_REJECTED']).toContain(error?.code)
        expectHarmless(error)
      })
    )
  })

  test.each([['<'], [',<'], [';'], ['a;'], [' '], ['<a>;rel="'], ['<a>; x, ']])(
    'in no time that grows faster than the header: %j',
    piece => {
      const request = requestTo('https://r.example/v2/')
      const link = piece.repeat(16 * 1024).slice(0, 16 * 1024)
      expect([undefined, 'REGISTRY_REJECTED']).toContain(
        errorThrownBy(() => nextPage(answerTo(request, { headers: { link } })))?.code
      )
    }
  )
})
