/** Tests of the table that says what to do when a registry refuses a request: a case for each row. */
import { describe, expect, test } from '@jest/globals'
import { type Credential, anonymous } from '../../../src/oci/credential.ts'
import { parseChallenges } from '../../../src/registry/auth/challenge.ts'
import { type Pass, passwordPass } from '../../../src/registry/auth/authorization.ts'
import { answerTo, isRefused } from '../../../src/registry/auth/refusal.ts'
import { answerTo as respondTo, requestTo } from '../requests.ts'

const basic = { kind: 'basic', username: 'anna', password: 'p', origin: 'the test' } as const
const identity: Credential = { kind: 'identity', token: 't', origin: 'the test' }
const given: Credential = { kind: 'bearer', token: 't', origin: 'the test' }
const password = passwordPass(basic)
const token: Pass = {
  kind: 'token',
  authorization: 'Bearer t',
  scope: 'repository:acme/app:pull,push',
  renewAt: Infinity,
  standing: 'new',
  isLast: false
}
const taken: Pass = { ...token, standing: 'taken' }
const bearer = 'Bearer realm="r"'
const tooWeak = `${bearer},error="insufficient_scope"`

describe('answerTo', () => {
  test.each<[string, Pass | undefined, string, Credential, string]>([
    ['nothing, Bearer', undefined, bearer, anonymous, 'token'],
    ['nothing, Bearer and Basic', undefined, `Basic realm="r", ${bearer}`, basic, 'token'],
    ['a password, Bearer', password, bearer, basic, 'token'],
    ['nothing, Basic', undefined, 'Basic realm="r"', basic, 'password'],
    ['nothing, Basic, and there is no password', undefined, 'Basic realm="r"', anonymous, 'end'],
    ['nothing, Basic, and there is a token', undefined, 'Basic realm="r"', identity, 'end'],
    ['a token, Basic', taken, 'Basic realm="r"', basic, 'password'],
    ['a password, Basic', password, 'Basic realm="r"', basic, 'end'],
    ['a token with too few rights', taken, tooWeak, basic, 'last-token'],
    ['a new token with too few rights', token, tooWeak, basic, 'last-token'],
    ['the token after that', { ...token, isLast: true }, tooWeak, basic, 'end'],
    ['a token taken before, Bearer', taken, bearer, basic, 'token'],
    ['a token taken before, no challenge', taken, '', anonymous, 'token'],
    ['a token taken before, Basic, and there is no password', taken, 'Basic realm="r"', identity, 'token'],
    ['a new token, Bearer', token, bearer, basic, 'wait'],
    ['a new token that was waited for', { ...token, standing: 'waited' }, bearer, basic, 'end'],
    ['a token that was given', token, bearer, given, 'end'],
    ['nothing, no challenge', undefined, '', basic, 'end'],
    ['nothing, a challenge that nobody knows', undefined, 'Negotiate abc', basic, 'end']
  ])('%s', (...[, pass, header, credential, answer]) => {
    expect(answerTo({ pass, challenges: parseChallenges(header), scope: '', credential })).toBe(answer)
  })

  test('asks for another token where another scope is named, even where it is the last', () => {
    const refusal = {
      pass: { ...token, isLast: true },
      challenges: parseChallenges(tooWeak),
      credential: basic
    }
    expect(answerTo({ ...refusal, scope: 'repository:app:pull' })).toBe('token')
    expect(answerTo({ ...refusal, scope: 'repository:acme/app:push,pull' })).toBe('end')
  })
})

describe('isRefused', () => {
  const response = (status: number, body = ''): ReturnType<typeof respondTo> =>
    respondTo(requestTo('https://public.ecr.aws/v2/'), { status, body })
  const expired = JSON.stringify({
    errors: [{ code: 'DENIED', message: 'Your Authorization Token is invalid.' }]
  })

  test.each([
    ['401, whatever was shown', response(401), undefined, true],
    ['400 that speaks of the token that was shown', response(400, expired), token, true],
    ['400 that speaks of a token, when none was shown', response(400, expired), undefined, false],
    ['400 that speaks of a token, when a password was shown', response(400, expired), password, false],
    ['400 for another reason', response(400, 'MANIFEST_INVALID'), token, false],
    ['403', response(403), token, false],
    ['200', response(200), token, false]
  ])('%s: %#', (...[, answer, pass, refused]) => {
    expect(isRefused(answer, pass)).toBe(refused)
  })
})
