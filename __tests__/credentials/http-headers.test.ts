/** Tests of `HttpHeaders` in Docker's config.json. */
import { describe, expect, test } from '@jest/globals'
import { parseDockerConfig } from '../../src/credentials/docker-config.ts'
import { MAXIMUM_HEADERS, MAXIMUM_HEADERS_LENGTH, headersIn } from '../../src/credentials/http-headers.ts'
import { keychain, registryHeaders } from '../../src/credentials/keychain.ts'
import { LoginFiles } from '../../src/credentials/login-files.ts'
import { errorThrownBy } from '../../testing/code-thrown-by.ts'
import { entry, machine, nodeError, repository } from './logins.ts'

const path = '/home/ci/.docker/config.json'
const headers = { 'CF-Access-Client-Id': 'retag.access', 'X-Team': 'a b\tc' }
const read = (file: object, name = 'ghcr.io/acme/app'): Readonly<Record<string, string>> =>
  headersIn(parseDockerConfig(JSON.stringify(file), path), repository(name))
const withHeaders = (HttpHeaders: unknown): object => ({ auths: { 'ghcr.io': {} }, HttpHeaders })

describe('headersIn', () => {
  test.each<[string, object, string]>([
    ['an entry', { auths: { 'ghcr.io': entry('ci') } }, 'ghcr.io/acme/app'],
    ['an empty entry', { auths: { 'ghcr.io': {} } }, 'ghcr.io/acme/app'],
    ['a credential helper', { credHelpers: { 'ghcr.io': 'cloud' } }, 'ghcr.io/acme/app'],
    ['an entry of Docker Hub', { auths: { 'https://index.docker.io/v1/': {} } }, 'acme/app']
  ])('gives the headers for a registry that has %s', (_what, file, name) => {
    expect(read({ ...file, HttpHeaders: headers }, name)).toEqual({
      'cf-access-client-id': 'retag.access',
      'x-team': 'a b\tc'
    })
  })

  test.each([
    ['another host', 'quay.io/acme/app'],
    ['another port', 'ghcr.io:8443/acme/app'],
    ['a host below', 'a.ghcr.io/acme/app']
  ])('gives none for %s', (_what, name) => {
    expect(read(withHeaders(headers), name)).toEqual({})
    expect(read({ credsStore: 'desktop', HttpHeaders: headers }, name)).toEqual({})
  })

  test('gives none where the file has none', () => {
    expect(read(withHeaders(undefined))).toEqual({})
    expect(read(withHeaders(null))).toEqual({})
  })

  test.each([
    ...['Authorization', 'authorization', 'Proxy-Authorization', 'Proxy-Connection', 'User-Agent', 'Host'],
    ...['Accept', 'Accept-Encoding', 'Content-Type', 'Content-Length', 'Range', 'If-Match', 'Expect'],
    ...['Connection', 'Keep-Alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade']
  ])('ignores %s', name => {
    expect(read(withHeaders({ [name]: 'x', 'X-Other': 'y' }))).toEqual({ 'x-other': 'y' })
  })

  test.each<[string, unknown, string]>([
    ['a list', ['x'], '"HttpHeaders" is not an object'],
    ['a text', 'x', '"HttpHeaders" is not an object'],
    ['a name with a space', { 'X Y': '1' }, '"HttpHeaders", "X Y" is not a header name'],
    ['no name', { '': '1' }, '"HttpHeaders", "" is not a header name'],
    ['a name with a line break', { 'X\r\nY': '1' }, 'is not a header name'],
    ['a number', { 'X-A': 1 }, '"HttpHeaders", "X-A" is not a text'],
    ['a value with a line break', { 'X-A': '1\r\nHost: evil' }, '"HttpHeaders", "X-A" is not a header value'],
    ['a value with a blank at its end', { 'X-A': '1 ' }, '"HttpHeaders", "X-A" is not a header value'],
    ['no value', { 'X-A': '' }, '"HttpHeaders", "X-A" is not a header value'],
    ['a value that is not ASCII', { 'X-A': 'é' }, '"HttpHeaders", "X-A" is not a header value'],
    [
      'too long a value',
      { 'X-A': 'x'.repeat(MAXIMUM_HEADERS_LENGTH) },
      'more than 32 headers or 8192 characters'
    ],
    [
      'too many headers',
      Object.fromEntries(
        Array.from({ length: MAXIMUM_HEADERS + 1 }, (_, index) => [`x-${index.toString()}`, '1'])
      ),
      'more than 32 headers or 8192 characters'
    ]
  ])('refuses %s', (_what, given, message) => {
    const error = errorThrownBy(() => read(withHeaders(given)))
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE' })
    expect(error?.message).toContain(message)
    expect(error?.message).not.toContain('evil')
  })

  test('takes as many and as long as it may', () => {
    const most = Array.from({ length: MAXIMUM_HEADERS }, (_, index) => [`x-${(index + 10).toString()}`, '1'])
    expect(Object.keys(read(withHeaders(Object.fromEntries(most))))).toHaveLength(MAXIMUM_HEADERS)
    const value = 'x'.repeat(MAXIMUM_HEADERS_LENGTH - 3)
    expect(read(withHeaders({ 'X-A': value }))).toEqual({ 'x-a': value })
  })
})

describe('registryHeaders', () => {
  test('reads the file that the keychain reads, once', async () => {
    const file = { auths: { 'ghcr.io': entry('ci') }, HttpHeaders: headers }
    const watched = machine({ files: { [path]: file } })
    const files = new LoginFiles(watched)
    const find = registryHeaders(watched, files)
    expect(Object.keys(await find(repository('ghcr.io/acme/app')))).toHaveLength(2)
    await keychain({ login: undefined, githubToken: '' }, watched, files)(repository('ghcr.io/a/b'), ['pull'])
    expect(watched.reads.filter(each => each === path)).toHaveLength(1)
  })

  test.each<[string, unknown]>([
    ['is not there', undefined],
    ['cannot be read', nodeError('EACCES')],
    ['is not JSON', '{']
  ])('gives none where the file %s: the keychain says so where a login is needed', async (_what, file) => {
    const watched = machine({ files: { [path]: file } })
    const find = registryHeaders(watched, new LoginFiles(watched))
    expect(await find(repository('ghcr.io/acme/app'))).toEqual({})
  })
})
