/** Tests of where an upload goes on. */
import { describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { parseReference } from '../../src/oci/reference.ts'
import type { Access } from '../../src/registry/http/message.ts'
import { type UploadLocation, closingUrl, uploadLocation } from '../../src/registry/upload-location.ts'
import { answerTo, requestTo } from './requests.ts'

const { repository } = parseReference('registry.example:8443/acme/app:1')
const access: Access = { repository, actions: ['pull', 'push'] }
const asked = 'https://registry.example:8443/v2/acme/app/blobs/uploads/'
const digest = `sha256:${'a'.repeat(64)}` as Digest

function locate(location: string | undefined, from = asked): UploadLocation {
  const request = requestTo(from, { method: 'POST', access })
  return uploadLocation(request, answerTo(request, { status: 202, headers: { location } }))
}

describe('uploadLocation', () => {
  test.each([
    ['an absolute address', `${asked}1?_state=a`, `${asked}1?_state=a`],
    ['a path', '/v2/acme/app/blobs/uploads/1', `${asked}1`],
    ['a relative path', '1?_state=a', `${asked}1?_state=a`],
    ['a host without its scheme', 'registry.example:8443/v2/1?x=y', 'https://registry.example:8443/v2/1?x=y'],
    ['the host in another case', 'https://Registry.Example:8443/1', 'https://registry.example:8443/1']
  ])('reads %s of the same origin, and keeps the access', (_what, location, url) => {
    expect(locate(location)).toEqual({ url: new URL(url), access })
  })

  test('takes the port that https has anyway for the same origin', () => {
    const at = locate('https://registry.example:443/1', 'https://registry.example/v2/')
    expect(at).toEqual({ url: new URL('https://registry.example/1'), access })
  })

  test.each([
    ['another host', 'https://storage.example/1?sig=x'],
    ['another port', 'https://registry.example/1'],
    ['a host below', 'https://cdn.registry.example:8443/1'],
    ['a host behind a name', 'https://registry.example:8443@evil.example/1'],
    ['another host by the same scheme', '//evil.example/1']
  ])('gives %s no access', (_what, location) => {
    const url = new URL(location, asked)
    const isElsewhere = url.hostname !== 'registry.example'
    expect(locate(location)).toEqual({ url, ...(isElsewhere && { namedBy: new URL(asked) }) })
  })

  test('remembers the registry as long as the upload is on another host', () => {
    const registry = new URL(asked)
    const request = requestTo('https://storage.example/1', { method: 'PATCH', namedBy: registry })
    const headers = { location: 'https://storage.example:8443/2' }
    expect(uploadLocation(request, answerTo(request, { status: 202, headers }))).toEqual({
      url: new URL(headers.location),
      namedBy: registry
    })
  })

  test('keeps a query as it is', () => {
    const query = '?_state=a%2Fb+c~d==&_nouploadcache=false&x=%7e'
    expect(locate(`/1${query}`).url.search).toBe(query)
  })

  test.each([
    ['nothing', undefined],
    ['what is no address', 'https://'],
    ['plain http', 'http://registry.example:8443/1'],
    ['another scheme', 'file:///etc/passwd'],
    ['the URL of a blob, which has the origin of the URL inside', `blob:${asked}`]
  ])('refuses %s', (_what, location) => {
    expect(() => locate(location)).toThrow(PromotionError)
  })

  test.each([
    ['an address in a private network', 'https://10.0.0.5/1'],
    ['the metadata of a cloud', 'https://169.254.169.254/latest/'],
    ['this machine', 'https://localhost/1'],
    ['this machine in another notation', 'https://0x7f000001/1'],
    ['this machine by IPv6', 'https://[::1]/1']
  ])('refuses %s, which only the runner can reach', (_what, location) => {
    expect(() => locate(location)).toThrow(PromotionError)
  })

  test("goes to another port of the registry's own host, wherever that is", () => {
    const at = locate('http://10.0.0.5:9000/1', 'http://10.0.0.5:5000/v2/')
    expect(at).toEqual({ url: new URL('http://10.0.0.5:9000/1') })
  })

  test('goes from http to https', () => {
    expect(
      locate('https://registry.example:8443/1', 'http://registry.example:8443/v2/').access
    ).toBeUndefined()
  })
})

describe('closingUrl', () => {
  test.each([
    ['/1', `/1?digest=${digest}`],
    ['/1?_state=a%2Fb+c==&x', `/1?_state=a%2Fb+c==&x&digest=${digest}`]
  ])('adds the digest to %s and changes nothing else', (location, expected) => {
    const { pathname, search } = closingUrl(locate(location), digest)
    expect(pathname + search).toBe(expected)
  })
})
