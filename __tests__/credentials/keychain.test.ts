/** Tests of where credentials come from. */
import { describe, expect, test } from '@jest/globals'
import { anonymous } from '../../src/core/credential.ts'
import { parseReference } from '../../src/core/reference.ts'
import { parseRegistry } from '../../src/core/registry-host.ts'
import { keychain } from '../../src/credentials/keychain.ts'

const login = { registry: parseRegistry('docker.io'), username: 'ci', password: 'secret' }
const { repository: onHub } = parseReference('registry-1.docker.io/acme/app:1')

describe('keychain', () => {
  test('gives the login of the inputs to their own registry, by whichever of its names', async () => {
    expect(await keychain(login)(onHub, ['pull', 'push'])).toEqual({
      kind: 'basic',
      username: 'ci',
      password: 'secret',
      origin: expect.stringContaining('inputs')
    })
  })

  test.each([
    ['ghcr.io/acme/app:1'],
    ['docker.io.example.com/acme/app:1'],
    ['docker.io:443/acme/app:1'],
    ['localhost/docker.io/app:1']
  ])('shows it to no other: %s', async text => {
    expect(await keychain(login)(parseReference(text).repository, ['pull'])).toBe(anonymous)
  })

  test('is anonymous without a login', async () => {
    expect(await keychain(undefined)(onHub, ['pull'])).toBe(anonymous)
  })
})
