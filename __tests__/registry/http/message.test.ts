/** Tests of how a request is named. */
import { describe, expect, test } from '@jest/globals'
import { describeRequest } from '../../../src/registry/http/message.ts'

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
