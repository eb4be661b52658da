/** Tests of where token servers may be. */
import { describe, expect, test } from '@jest/globals'
import { parseRealm } from '../../../src/registry/auth/realm.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'

const secure = new URL('https://registry.example/v2/acme/app/manifests/1')
const plain = new URL('http://registry.example:5000/v2/acme/app/manifests/1')
const local = new URL('http://127.0.0.1:5000/v2/acme/app/manifests/1')

describe('a realm', () => {
  test.each([
    ['on another host', 'https://auth.docker.io/token', secure, 'https://auth.docker.io/token'],
    ['with a query', 'https://auth.example/token?a=b', secure, 'https://auth.example/token?a=b'],
    ['that is a path', '/token2', secure, 'https://registry.example/token2'],
    ['that is relative', 'token2', secure, 'https://registry.example/v2/acme/app/manifests/token2'],
    ['on another port', 'https://registry.example:8443/t', secure, 'https://registry.example:8443/t'],
    ['at a public address', 'https://8.8.8.8/token', secure, 'https://8.8.8.8/token'],
    ['at a public address of IPv6', 'https://[2606:4700::1]/t', secure, 'https://[2606:4700::1]/t'],
    ['at a public address of IPv4 in IPv6', 'https://[::ffff:8.8.8.8]/', secure, 'https://[::ffff:808:808]/'],
    [
      'without TLS on the own host of a registry without it',
      'http://registry.example/t',
      plain,
      'http://registry.example/t'
    ],
    ['with TLS, where the registry has none', 'https://auth.example/t', plain, 'https://auth.example/t'],
    ['on the registry’s own host', 'http://127.0.0.1:5001/token', local, 'http://127.0.0.1:5001/token'],
    ['on the registry’s own host, in another notation', 'http://2130706433/t', local, 'http://127.0.0.1/t'],
    ['whose name only looks local', 'https://localhost.example/t', secure, 'https://localhost.example/t']
  ])('%s is fine', (...[, realm, asked, url]) => {
    expect(parseRealm(realm, asked).href).toBe(url)
  })

  test.each([
    ['that is missing', undefined],
    ['that is no address', 'https://'],
    ['without TLS', 'http://auth.example/token'],
    ['without TLS on the registry’s own host', 'http://registry.example/token'],
    ['in a blob: URL of the registry', 'blob:https://registry.example/token'],
    ['that is a file', 'file:///etc/passwd'],
    ['that is data', 'data:application/json,{"token":"x"}'],
    ['with a user', 'https://anna@auth.example/token'],
    ['with a password', 'https://:secret@auth.example/token']
  ])('%s is refused', (_which, realm) => {
    const error = errorThrownBy(() => parseRealm(realm, secure))
    expect(error).toMatchObject({ code: 'REGISTRY_REJECTED', advice: expect.stringMatching(/\.$/) })
    expect(error?.message).not.toContain('secret')
  })

  test.each([
    'localhost',
    'localhost.',
    'localhost..',
    'localhost6',
    'localhost.localdomain',
    'ip6-localhost',
    'ip6-loopback',
    'host.docker.internal',
    'host.containers.internal',
    'metadata',
    'instance-data.ec2.internal',
    'LOCALHOST',
    'a.localhost',
    'metadata.google.internal',
    '127.0.0.1',
    '127.1',
    '127.0.0.1.',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '１２７.0.0.1',
    '0.0.0.0',
    '0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '169.254.169.254',
    '0xa9fea9fe',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]'
  ])('at %s is refused', host => {
    for (const asked of [secure, plain, local].filter(
      ({ hostname }) => new URL(`http://${host}`).hostname !== hostname
    ))
      expect(errorThrownBy(() => parseRealm(`https://${host}/token`, asked))?.code).toBe('REGISTRY_REJECTED')
  })

  // A registry on loopback is spoken to without TLS: its token server elsewhere is not.
  test.each([
    'http://auth.example/token',
    'http://127.0.0.2:5001/token',
    'http://registry.example.evil.example/t'
  ])('without TLS on another host than the registry’s is refused: %s', realm => {
    for (const registry of [plain, local])
      expect(errorThrownBy(() => parseRealm(realm, registry))).toMatchObject({
        code: 'REGISTRY_REJECTED',
        message: expect.stringContaining('it does not use https')
      })
  })

  test.each(['169.254.169.254', '168.63.129.16', '[fd00:ec2::254]', '[fe80::1]', 'metadata.google.internal'])(
    'at %s is refused even if that is the registry’s own host',
    host => {
      const error = errorThrownBy(() => parseRealm('/token', new URL(`http://${host}/v2/`)))
      expect(error?.message).toContain('link-local, or the metadata service of a cloud')
    }
  )

  test('repeats nothing of a bad realm that the runner would obey', () => {
    const error = errorThrownBy(() => parseRealm('https://##[error]x\r\n::error::', secure))
    expect(error?.message).not.toMatch(/[\r\n]|##\[/)
  })
})
