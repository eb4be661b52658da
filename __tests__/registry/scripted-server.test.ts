/** Tests of the scripted server itself: a script that cannot complain proves nothing. */
import { describe, expect, test } from '@jest/globals'
import { startScript } from '../../testing/scripted-server.ts'

const ok = { method: 'GET', path: '/a', answer: { body: 'a' } }

describe('a script', () => {
  test('that is followed ends without complaint', async () => {
    const script = await startScript([
      { ...ok, times: 2 },
      { ...ok, path: '/b', times: 'any' }
    ])
    expect(await (await fetch(`${script.base}/a`)).text()).toBe('a')
    expect((await fetch(`${script.base}/a`)).status).toBe(200)
    expect(script.requests.map(({ line }) => line)).toEqual(['GET /a → 200', 'GET /a → 200'])
    await script.close()
  })

  test('complains of what was not expected, and of what was not asked', async () => {
    const script = await startScript([ok])
    expect((await fetch(`${script.base}/a?b`)).status).toBe(501)
    expect((await fetch(`${script.base}/a`, { method: 'POST' })).status).toBe(501)
    await expect(script.close()).rejects.toThrow(
      /\nnot expected: GET \/a\?b\nnot expected: POST \/a\nnever asked: GET \/a$/
    )
  })

  test('complains of what was asked once too often', async () => {
    const script = await startScript([ok])
    await fetch(`${script.base}/a`)
    await fetch(`${script.base}/a`)
    await expect(script.close()).rejects.toThrow(/\nnot expected: GET \/a$/)
  })

  test.each([
    ['complains of another order where it is to be kept', true],
    ['takes another order where it is not', false]
  ])('%s', async (_rule, inOrder) => {
    const script = await startScript([ok, { ...ok, path: '/b' }], { inOrder })
    const { status } = await fetch(`${script.base}/b`)
    expect(status).toBe(inOrder ? 501 : 200)
    await fetch(`${script.base}/a`)
    await (inOrder ? expect(script.close()).rejects.toThrow('not expected: GET /b') : script.close())
  })
})
