/** Tests of the protocol of credential helpers. */
import { describe, expect, test } from '@jest/globals'
import type { Credential } from '../../src/oci/credential.ts'
import type { PromotionError } from '../../src/oci/errors.ts'
import { askHelper } from '../../src/credentials/credential-helper.ts'
import type { ProgramResult } from '../../src/credentials/program.ts'
import { machine } from './logins.ts'

const helper = { name: 'ecr-login', origin: '/home/ci/.docker/config.json' }
const origin = 'docker-credential-ecr-login, named in /home/ci/.docker/config.json'
const exited = (output: string, code = 0): ProgramResult => ({ kind: 'exited', code, output })
const login = (fields: object): ProgramResult => exited(JSON.stringify({ ServerURL: 'ghcr.io', ...fields }))

function ask(ending: ProgramResult, name = helper.name): Promise<Credential | undefined> {
  return askHelper({ ...helper, name }, 'ghcr.io', machine({ answer: () => ending }).run)
}

function errorOf(asked: Promise<unknown>): Promise<PromotionError> {
  return asked.then(
    () => {
      throw new Error('there is no error')
    },
    (error: unknown) => error as PromotionError
  )
}

test('is run as the program of its name, and reads the server from its standard input', async () => {
  const watched = machine({ answer: () => login({ Username: 'AWS', Secret: 'secret' }) })
  await askHelper(helper, 'https://index.docker.io/v1/', watched.run)
  expect(watched.runs).toMatchObject([
    { file: 'docker-credential-ecr-login', args: ['get'], input: 'https://index.docker.io/v1/' }
  ])
})

describe('gives', () => {
  test.each<[string, ProgramResult, Credential | undefined]>([
    [
      'a name and password',
      login({ Username: 'AWS', Secret: 's:e' }),
      { kind: 'basic', username: 'AWS', password: 's:e', origin }
    ],
    [
      'an identity token',
      login({ Username: '<token>', Secret: 'refresh' }),
      { kind: 'identity', token: 'refresh', origin }
    ],
    ['nothing where both are empty', login({ Username: '', Secret: '' }), undefined],
    ['nothing where it has none', exited('credentials not found in native keychain\n', 1), undefined]
  ])('%s', async (_what, ending, credential) => {
    expect(await ask(ending)).toEqual(credential)
  })
})

describe('is an error that names it, and quotes nothing that it printed,', () => {
  test.each<[string, ProgramResult, string]>([
    ['when it fails otherwise', exited('secret', 1), 'it failed with exit code 1'],
    ['when it prints no JSON', exited('secret'), 'its output is not a login'],
    ['when it prints other JSON', exited('["secret"]'), 'its output is not a login'],
    ['when it prints null', exited('null'), 'its output is not a login'],
    ['when it prints no secret', login({ Username: 'secret' }), 'its output is not a login'],
    ['when it prints no name', login({ Secret: 'secret' }), 'its output is not a login'],
    [
      'when the sentence comes with success',
      exited('credentials not found in native keychain'),
      'its output is not a login'
    ],
    ['when it cannot be run', { kind: 'broken', reason: 'there is none' }, 'there is none']
  ])('%s', async (_when, ending, why) => {
    const error = await errorOf(ask(ending))
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', advice: expect.stringMatching(/\.$/) })
    expect(error.message).toContain(
      'docker-credential-ecr-login, named in /home/ci/.docker/config.json, gives no login for ghcr.io'
    )
    expect(error.message).toContain(why)
    expect(`${error.message}${error.advice ?? ''}${String(error.cause)}`).not.toContain('secret')
  })

  test.each(['../evil', 'a/b', 'a\\b', '/bin/sh', '', '.', '-rf', 'a b', 'a\nb', 'a\0b', 'ü'])(
    'when its name is %j, which is never run',
    async name => {
      const watched = machine({ answer: () => login({ Username: 'a', Secret: 'b' }) })
      const error = await errorOf(askHelper({ ...helper, name }, 'ghcr.io', watched.run))
      expect(error.code).toBe('CREDENTIALS_UNREADABLE')
      expect(error.message).not.toMatch(/[\n\0]/)
      expect(watched.runs).toEqual([])
    }
  )
})

test.each(['desktop', 'ecr-login', 'gcloud', 'acr-env', 'osxkeychain', 'my.own_helper2'])(
  'may be called %s',
  async name => {
    expect(await ask(login({ Username: 'a', Secret: 'b' }), name)).toMatchObject({ username: 'a' })
  }
)
