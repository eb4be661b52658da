/** Tests of what in a credential nobody may see. */
import { expect, test } from '@jest/globals'
import { type Credential, anonymous, basicPair, secretsOf } from '../../src/oci/credential.ts'

const origin = 'the test'

test.each<[string, Credential, string[]]>([
  ['nothing of nobody', anonymous, []],
  [
    'a password and the pair that HTTP sends',
    { kind: 'basic', username: 'anna', password: 'pass:wörd', origin },
    ['pass:wörd', 'YW5uYTpwYXNzOnfDtnJk']
  ],
  [
    'no empty password, which would mask everything',
    { kind: 'basic', username: 'token', password: '', origin },
    ['dG9rZW46']
  ],
  ['an identity token', { kind: 'identity', token: 'refresh', username: 'anna', origin }, ['refresh']],
  ['a bearer token', { kind: 'bearer', token: 'access', origin }, ['access']]
])('secretsOf lists %s', (_what, credential, secrets) => {
  expect(secretsOf(credential)).toEqual(secrets)
})

test('basicPair keeps every byte of a name and password', () => {
  const pair = basicPair({ username: 'robot$a+b', password: 'ü:\u0000' })
  expect(Buffer.from(pair, 'base64').toString()).toBe('robot$a+b:ü:\u0000')
})
