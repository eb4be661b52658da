/** Properties of all that reads bodies of answers but manifests: whatever they hold, it is read or refused by code, and printed safely. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Credential } from '../../src/oci/credential.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { responseError } from '../../src/registry/errors.ts'
import { readErrorBody } from '../../src/registry/http/error-body.ts'
import { fetchToken } from '../../src/registry/auth/token.ts'
import { deep, hostileJson, hostileTexts } from '../../testing/hostile.ts'
import { expectHarmless } from './harmless.ts'
import { type Answered, answerTo, requestTo } from './requests.ts'

const { repository } = parseReference('r.example/acme/app:1')
const access = { repository, actions: ['pull', 'push'] as const }
const request = requestTo('https://r.example/v2/acme/app/manifests/1?a=secret', { access })
const said = hostileJson(
  ['errors', 'code', 'message', 'detail', 'details', 'description', 'token', 'access_token', 'expires_in'],
  ['t', 'DENIED', 300]
)
const bodies = fc.oneof(
  said.map(value => JSON.stringify(value)),
  hostileTexts,
  fc.constantFrom(...deep(4000))
)

describe('a body is read, whatever it is:', () => {
  test('that of an error, as one line', () => {
    fc.assert(
      fc.property(bodies, fc.integer({ min: 400, max: 599 }), (body, status) => {
        const headers = { 'www-authenticate': body }
        expectHarmless(responseError(request, answerTo(request, { status, body, headers })))
      })
    )
  })

  test('that of an error, of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        expect(readErrorBody(bytes)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##\[|^::/u)
      })
    )
  })

  const credentials: readonly Credential[] = [
    { kind: 'anonymous' },
    { kind: 'basic', username: 'anna', password: 'secret', origin: 'a file' },
    { kind: 'identity', token: 'secret', origin: 'a file' }
  ]
  const answers = fc.record({ status: fc.constantFrom(200, 200, 200, 401, 403, 500), body: bodies })

  test('that of a token server, as a token that a header can hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...credentials), answers, async (credential, answer) => {
        const error = await errorOf(async () => {
          const { token, lifetime } = await askFor(credential, answer)
          expect(token).toMatch(/^[\x21-\x7e]+$/)
          expect(lifetime).toBeGreaterThanOrEqual(60_000)
        })
        expectHarmless(error)
      })
    )
  })

  test.each([
    ['with methods of its own', '{"toString":1,"valueOf":1}'],
    ['in lists', '[[[1]]]'],
    ['as a text', '"1e9"'],
    ['below zero', '-1'],
    ['without end', '1e400']
  ])('that of a token server, with a lifetime %s', async (_what, seconds) => {
    const body = `{"token":"token-one-of-the-test","expires_in":${seconds}}`
    const { lifetime } = await askFor({ kind: 'anonymous' }, { body })
    expect(lifetime).toBeGreaterThanOrEqual(60_000)
  })

  test.each(deep().map(json => [json]))('that of a token server, nested too deep to be read', async json => {
    const body = `{"token":"token-one-of-the-test","expires_in":${json}}`
    await expect(askFor({ kind: 'anonymous' }, { body })).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  })
})

function askFor(credential: Credential, answer: Answered): ReturnType<typeof fetchToken> {
  const challenge = { scheme: 'bearer', parameters: { realm: 'https://auth.example/token' } }
  const wanted = { challenge, registryUrl: new URL('https://r.example/v2/'), access, credential }
  return fetchToken(wanted, {
    send: request => Promise.resolve(answerTo(request, answer)),
    sleep: () => Promise.resolve()
  })
}

/** Does some work and gives the `PromotionError` that it ends with; any other error passes. */
async function errorOf(work: () => Promise<void>): Promise<PromotionError | undefined> {
  try {
    await work()
  } catch (error) {
    if (error instanceof PromotionError) return error
    throw error
  }
  return undefined
}
