/** Tests of registry hosts: the grammar, Docker Hub's names, and how a registry is spoken to. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { apiOrigin, dockerHub, isAlwaysTls, isLoopback, parseRegistry } from '../../src/oci/registry-host.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'
import { wildText } from '../../testing/wild-text.ts'

const none = new Set<never>()

describe('parseRegistry', () => {
  test.each([
    ['ghcr.io'],
    ['registry.example.com:5000'],
    ['localhost'],
    ['localhost:5000'],
    ['a.localhost:1'],
    ['127.0.0.1:65535'],
    ['[::1]'],
    ['[::1]:5000'],
    ['[2001:db8::1]:443'],
    ['[::ffff:a00:1]'],
    ['registry'],
    ['xn--bcher-kva.example'],
    ['1234.dkr.ecr.eu-central-1.amazonaws.com'],
    ['us-docker.pkg.dev']
  ])('reads %s', host => {
    expect(parseRegistry(host)).toBe(host)
  })

  test.each([
    ['GHCR.io', 'ghcr.io'],
    ['Registry.Example.COM:5000', 'registry.example.com:5000'],
    ['[2001:DB8::1]', '[2001:db8::1]'],
    ['docker.io', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['Index.Docker.IO', 'docker.io']
  ])('reads %s as %s', (text, host) => {
    expect(parseRegistry(text)).toBe(host)
  })

  test.each([
    ['nothing', ''],
    ['a scheme', 'https://ghcr.io'],
    ['a path', 'ghcr.io/acme'],
    ['a slash at the end', 'ghcr.io/'],
    ['a query', 'ghcr.io?a'],
    ['a fragment', 'ghcr.io#a'],
    ['a user', 'me@ghcr.io'],
    ['a blank', 'ghcr .io'],
    ['a line end', 'ghcr.io\n'],
    ['an empty label', 'ghcr..io'],
    ['a dot at the start', '.io'],
    ['a dot at the end', 'ghcr.io.'],
    ['a hyphen at the start', '-ghcr.io'],
    ['a hyphen at the end of a label', 'ghcr-.io'],
    ['an underscore', 'my_registry'],
    ['letters of other scripts', 'bücher.example'],
    ['a percent sign', 'ghcr%2eio'],
    ['a backslash', 'ghcr\\io'],
    ['an empty port', 'ghcr.io:'],
    ['a port that is a word', 'ghcr.io:http'],
    ['port 0', 'ghcr.io:0'],
    ['port 0 in more digits', 'ghcr.io:000'],
    ['a port that does not exist', 'ghcr.io:65536'],
    ['a port of six digits', 'ghcr.io:100000'],
    ['two ports', 'ghcr.io:1:2'],
    ['an address with a number too large', '256.0.0.1'],
    ['an IPv6 address without brackets', '::1'],
    ['an open bracket', '[::1'],
    ['nothing in brackets', '[]'],
    ['no address in brackets', '[:::]'],
    ['an address in two numbers', '127.1'],
    ['an address in one number', '2130706433'],
    ['an address with a hexadecimal number', '0x7f.0.0.1'],
    ['an address with an octal number', '0177.0.0.1'],
    ['an address with leading zeros', '127.0.0.01'],
    ['a number that is an address', '1.2'],
    ['a port with leading zeros', 'ghcr.io:0443'],
    ['an IPv6 address at full length', '[0:0:0:0:0:0:0:1]'],
    ['an IPv6 address with IPv4 in it', '[::ffff:10.0.0.1]'],
    ['a Kelvin sign for a k', 'doc\u212aer.io'],
    ['a long s', 'regi\u017ftry.example'],
    ['a full-width letter', '\uff47hcr.io'],
    ['an ideographic full stop', 'ghcr\u3002io'],
    ['a zone', '[fe80::1%25eth0]']
  ])('refuses %s', (_what, text) => {
    expect(codeThrownBy(() => parseRegistry(text))).toBe('REFERENCE_INVALID')
  })

  test('asks the host that it names, whatever the text', () => {
    fc.assert(
      fc.property(texts, text => {
        fc.pre(codeThrownBy(() => parseRegistry(text)) === undefined)
        const host = parseRegistry(text)
        const asked = new URL(apiOrigin(host, new Set([host]))).host
        expect([host.replace(/:80$/, ''), 'registry-1.docker.io']).toContain(asked)
      })
    )
  })

  const alphabet = fc.constantFrom('a', 'Z', '0', '9', '.', '-', ':', '[', ']', '/', '@', '_', ' ', 'é')
  const texts = fc.oneof(fc.string({ unit: alphabet, maxLength: 12 }), wildText, fc.domain())

  test('refuses by code what it does not read, and reads what it gives', () => {
    fc.assert(
      fc.property(texts, text => {
        const code = codeThrownBy(() => parseRegistry(text))
        if (code !== undefined) expect(code).toBe('REFERENCE_INVALID')
        else expect(parseRegistry(parseRegistry(text))).toBe(parseRegistry(text))
      })
    )
  })

  test('returns the host of an address unchanged, and contacts no other', () => {
    fc.assert(
      fc.property(fc.domain(), fc.option(fc.integer({ min: 1, max: 65535 })), (domain, port) => {
        const host = parseRegistry(port === null ? domain : `${domain}:${port}`)
        const { origin, port: urlPort } = new URL(apiOrigin(host, none))
        expect(origin).toBe(`https://${host}`.replace(/:443$/, ''))
        expect(urlPort).toBe(port === null || port === 443 ? '' : port.toString())
      })
    )
  })
})

describe('isLoopback', () => {
  test.each([
    ['localhost', true],
    ['localhost:5000', true],
    ['registry.localhost', true],
    ['a.b.localhost:80', true],
    ['127.0.0.1', true],
    ['127.255.255.254:5000', true],
    ['[::1]', true],
    ['[::1]:5000', true],
    ['localhost.example.com', false],
    ['notlocalhost', false],
    ['local', false],
    ['127.0.0.1.example.com', false],
    ['128.0.0.1', false],
    ['10.127.0.0', false],
    ['[::2]', false],
    ['[fe80::1]', false],
    ['192.168.0.1:5000', false],
    ['ghcr.io', false],
    ['docker.io', false]
  ])('%s: %p', (host, expected) => {
    expect(isLoopback(parseRegistry(host))).toBe(expected)
  })
})

describe('isAlwaysTls', () => {
  test.each([
    'docker.io',
    'index.docker.io',
    'ghcr.io',
    'ghcr.io:80',
    'quay.io',
    'gcr.io',
    'eu.gcr.io',
    'europe-west1-docker.pkg.dev',
    'public.ecr.aws',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    '123456789012.dkr-ecr.us-east-1.on.aws',
    'acme.azurecr.io',
    'registry.gitlab.com'
  ])('%s is', host => {
    expect(isAlwaysTls(parseRegistry(host))).toBe(true)
  })

  test.each([
    'localhost:5000',
    'registry.example.com',
    'ghcr.io.example.com',
    'my-ghcr.io',
    'notgcr.io',
    'azurecr.io',
    'registry.gitlab.com.internal',
    '10.0.0.1:5000'
  ])('%s is not', host => {
    expect(isAlwaysTls(parseRegistry(host))).toBe(false)
  })
})

describe('apiOrigin', () => {
  const listed = new Set(['10.0.0.1:5000', 'docker.io'].map(parseRegistry))

  test.each([
    ['docker.io', none, 'https://registry-1.docker.io'],
    ['index.docker.io', none, 'https://registry-1.docker.io'],
    ['docker.io', listed, 'https://registry-1.docker.io'],
    ['ghcr.io', none, 'https://ghcr.io'],
    ['ghcr.io', listed, 'https://ghcr.io'],
    ['10.0.0.1:5000', none, 'https://10.0.0.1:5000'],
    ['10.0.0.1:5000', listed, 'http://10.0.0.1:5000'],
    ['10.0.0.1:5001', listed, 'https://10.0.0.1:5001'],
    ['10.0.0.1', listed, 'https://10.0.0.1'],
    ['localhost:5000', none, 'http://localhost:5000'],
    ['[::1]', none, 'http://[::1]']
  ])('of %s', (host, insecure, origin) => {
    expect(apiOrigin(parseRegistry(host), insecure)).toBe(origin)
  })

  test('Docker Hub is one registry', () => {
    expect(parseRegistry('registry-1.docker.io')).toBe(dockerHub)
  })
})
