/** Tests of the credential of a session: when it is looked for, what is masked, and to whom it is never shown. */
import { describe, expect, test } from '@jest/globals'
import { type Credential, anonymous } from '../../../src/oci/credential.ts'
import { as } from '../named.ts'
import { basic, bearer, granted, isShown, isToken, played } from '../played.ts'

const origin = '/home/ci/.docker/config.json'

describe('a credential', () => {
  test('is not looked for where none is asked for', async () => {
    const { read, asked } = played(() => ({}), as('ci'))
    expect(await read()).not.toHaveProperty('shown')
    expect(asked).toEqual([])
  })

  test('that is shown is noted on the response by its source', async () => {
    const { read } = played(request => (isShown(request) ? {} : basic), as('ci'))
    expect(await read()).toMatchObject({ status: 200, shown: 'the test' })
  })

  test('that is a registry token is shown as it is, and no other is asked for', async () => {
    const { read, requests } = played(() => bearer, { kind: 'bearer', token: 't', origin })
    expect((await read()).status).toBe(401)
    expect(requests.map(request => request.replace(/ https.*/, ''))).toEqual(['nothing: GET', 'Bearer: GET'])
  })

  test.each<Credential>([
    { kind: 'identity', token: 't', origin },
    { kind: 'bearer', token: 't', origin }
  ])('that is a token ($kind) cannot be shown to a registry that wants a password', async credential => {
    const { read, requests } = played(() => basic, credential)
    await expect(read()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: `r.example wants a name and a password, and the login in ${origin} is a token`
    })
    expect(requests).toHaveLength(1)
  })

  test('that is not there is missed at once, where a password is wanted', async () => {
    const { read, requests } = played(() => basic, anonymous)
    await expect(read()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'r.example wants a name and a password, and there is none for it',
      advice: expect.stringContaining('No login for r.example was found')
    })
    expect(requests).toHaveLength(1)
  })

  test.each([
    ['its password, with the pair that is sent', as('ci'), ['secret', 'Y2k6c2VjcmV0', 't']],
    ['its identity token', { kind: 'identity', token: 'refresh', origin } as const, ['refresh', 't']],
    ['itself', { kind: 'bearer', token: 'access', origin } as const, ['access']]
  ])('is masked before anything is shown: %s', async (_what, credential, secrets) => {
    const { read, masked } = played(request => {
      if (isShown(request) || request.method === 'POST') expect(masked.size).toBeGreaterThan(0)
      if (isToken(request)) return granted
      return isShown(request) ? {} : bearer
    }, credential)
    expect((await read()).status).toBe(200)
    expect([...masked]).toEqual(secrets)
  })
})
