/** Tests of what messages are compared and named by. */
import { describe, expect, test } from '@jest/globals'
import { describeRequest, isSameOrigin } from '../../../src/registry/http/message.ts'

describe('describeRequest', () => {
  test.each([
    [
      'names method and address',
      'https://ghcr.io/v2/acme/app/manifests/1',
      'https://ghcr.io/v2/acme/app/manifests/1'
    ],
    ['keeps a port', 'http://127.0.0.1:5000/v2/', 'http://127.0.0.1:5000/v2/'],
    ['leaves out a query', 'https://s3.example/blob?X-Amz-Signature=secret', 'https://s3.example/blob'],
    ['leaves out a name and password', 'https://anna:secret@ghcr.io/v2/', 'https://ghcr.io/v2/'],
    ['leaves out a fragment', 'https://ghcr.io/v2/#secret', 'https://ghcr.io/v2/'],
    ['keeps to one line', 'https://ghcr.io/a\n::error::b\u2028c', 'https://ghcr.io/a::error::b%E2%80%A8c']
  ])('%s', (_rule, url, said) => {
    expect(describeRequest({ method: 'GET', url: new URL(url) })).toBe(`GET ${said}`)
    expect(describeRequest({ method: 'PUT', url: new URL(url) })).toBe(`PUT ${said}`)
  })
})

test('describeRequest bounds a path, for a redirect may lead to any', () => {
  const url = new URL(`https://ghcr.io/${'x'.repeat(16_000)}`)
  expect(describeRequest({ method: 'GET', url })).toHaveLength(304)
})

describe('isSameOrigin', () => {
  const registry = 'https://registry.example:8443/v2/'

  test.each([
    ['another path', 'https://registry.example:8443/?x', true],
    ['other letter case', 'HTTPS://Registry.Example:8443/', true],
    ['a user', 'https://anna@registry.example:8443/', true],
    ['another scheme', 'http://registry.example:8443/', false],
    ['another port', 'https://registry.example/', false],
    ['another host', 'https://evil.example:8443/', false],
    ['a blob URL, whose origin is that of the URL inside', `blob:${registry}`, false]
  ])('%s: %s is %p', (_what, url, expected) => {
    expect(isSameOrigin(new URL(url), new URL(registry))).toBe(expected)
    expect(isSameOrigin(new URL(registry), new URL(url))).toBe(expected)
  })

  test('takes the port that a scheme has anyway for the same', () => {
    expect(isSameOrigin(new URL('https://a.example:443'), new URL('https://a.example'))).toBe(true)
  })
})
