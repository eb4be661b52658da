/** Tests of finding the next page of a list. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { nextPage } from '../../src/registry/link.ts'
import { answerTo, requestTo } from './requests.ts'

const page = 'https://registry.example/v2/acme/app/referrers/sha256:a?n=2'

function next(link: string | undefined): string | undefined {
  return nextPage(answerTo(requestTo(page), { headers: { link } }))?.href
}

describe('nextPage', () => {
  test.each([
    ['a path', '</v2/b?last=x&n=2>; rel="next"', 'https://registry.example/v2/b?last=x&n=2'],
    ['an absolute address', '<https://registry.example/v2/b>; rel="next"', 'https://registry.example/v2/b'],
    [
      'a query alone',
      '<?n=2&last=x>; rel=next',
      'https://registry.example/v2/acme/app/referrers/sha256:a?n=2&last=x'
    ],
    [
      'no brackets (Cloudflare)',
      'https://registry.example/v2/b?n=2&last=x; rel=next',
      'https://registry.example/v2/b?n=2&last=x'
    ],
    ['other parameters', '</b>; title="x"; rel="next"; type="y"', 'https://registry.example/b'],
    ['other links before it', '</a>; rel="first", </b>; rel="next"', 'https://registry.example/b'],
    ['other links after it', '</b>; rel="next", </c>; rel="last"', 'https://registry.example/b'],
    [
      'commas and semicolons in the address',
      '</b?x=1,2;3>; rel="next"',
      'https://registry.example/b?x=1,2;3'
    ],
    ['other letter case', '</b>; Rel="Next"', 'https://registry.example/b']
  ])('reads a link with %s', (_what, link, expected) => {
    expect(next(link)).toBe(expected)
  })

  test.each([undefined, '', '</b>', '</b>; rel="prev"', '</b>; rel="nextish"', '; rel="next"'])(
    'finds none in %p',
    link => {
      expect(next(link)).toBeUndefined()
    }
  )

  test.each([
    'https://evil.example/v2/b',
    'https://registry.example:8443/v2/b',
    'http://registry.example/v2/b',
    '//evil.example/b',
    'blob:https://registry.example/v2/b',
    'https://'
  ])('refuses a next page at %s', link => {
    expect(() => next(`<${link}>; rel="next"`)).toThrow(PromotionError)
  })
})
