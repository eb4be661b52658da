/** Rate limits that are nearly used up. */
import { describe, expect, test } from '@jest/globals'
import type { Response, Send } from '../../../src/registry/http/message.ts'
import { isLow, readQuota, watchingQuota } from '../../../src/registry/http/rate-limit.ts'

describe('readQuota', () => {
  test.each([
    [
      'Docker Hub',
      { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' },
      [76, 100, 21600]
    ],
    ['Cloudsmith', { 'x-ratelimit-limit': '3000', 'x-ratelimit-remaining': '12' }, [12, 3000, undefined]],
    ['a registry that says no more', { 'ratelimit-remaining': '5' }, [5, undefined, undefined]]
  ])('reads the headers of %s', (_, headers, [remaining, limit, window]) => {
    expect(readQuota(headers)).toEqual({ remaining, limit, window })
  })

  test.each([
    [{}],
    [{ 'ratelimit-limit': '100' }],
    [{ 'ratelimit-remaining': 'many' }],
    [{ 'ratelimit-remaining': '' }]
  ])('finds none in %j', headers => {
    expect(readQuota(headers)).toBeUndefined()
  })
})

describe('isLow', () => {
  test.each([
    [10, 100, true],
    [11, 100, false],
    [0, 100, true],
    [11, 5000, false],
    [10, 5000, true],
    [1, 5, true],
    [2, 5, false],
    [10, undefined, true],
    [11, undefined, false]
  ])('says of %d of %s: %s', (remaining, limit, low) => {
    expect(isLow({ remaining, limit, window: undefined })).toBe(low)
  })
})

describe('watchingQuota', () => {
  const request = (url: string): Parameters<Send>[0] => ({
    method: 'GET',
    url: new URL(url),
    headers: {},
    limit: 1
  })
  const answer = (headers: Response['headers']): Send => {
    return ({ url }) =>
      Promise.resolve({ status: 200, headers, body: new Uint8Array(), truncated: false, url })
  }

  test('says once for each origin how many requests are left, of how many, in what time', async () => {
    const told: string[] = []
    const send = watchingQuota(
      answer({ 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '3;w=21600' }),
      line => told.push(line)
    )
    for (const url of ['https://one.example/a', 'https://one.example/b', 'https://two.example/a'])
      await send(request(url))
    expect(told).toEqual([
      'one.example: 3 of 100 requests are left in 6 h before its rate limit',
      'two.example: 3 of 100 requests are left in 6 h before its rate limit'
    ])
  })

  test('says nothing while there are enough', async () => {
    const told: string[] = []
    await watchingQuota(answer({ 'ratelimit-remaining': '76' }), line => told.push(line))(
      request('https://one.example/')
    )
    expect(told).toEqual([])
  })
})
