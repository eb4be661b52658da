/** Tests of references: Docker's grammar, case by case. */
import { describe, expect, test } from '@jest/globals'
import { parseDigest } from '../../src/oci/digest.ts'
import {
  asTarget,
  formatReference,
  formatRepository,
  isFullReference,
  isSameRepository,
  parseImage,
  parseReference,
  parseRepository,
  parseTag
} from '../../src/oci/reference.ts'
import { parseRegistry } from '../../src/oci/registry-host.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`
const sha512 = `sha512:${'0123456789abcdef'.repeat(8)}`
const ghcr = parseRegistry('ghcr.io')
const hub = parseRegistry('docker.io')
const home = parseRepository(ghcr, 'acme/app')

interface Parts {
  readonly name: string
  readonly tag?: string
  readonly digest?: string
}

describe('parseReference', () => {
  test.each<[string, string, Parts]>([
    ['acme/app:1', 'docker.io', { name: 'acme/app', tag: '1' }],
    ['app:1', 'docker.io', { name: 'library/app', tag: '1' }],
    ['docker.io/app:1', 'docker.io', { name: 'library/app', tag: '1' }],
    ['index.docker.io/acme/app:1', 'docker.io', { name: 'acme/app', tag: '1' }],
    ['ghcr.io/acme/app:1', 'ghcr.io', { name: 'acme/app', tag: '1' }],
    ['ghcr.io/app:1', 'ghcr.io', { name: 'app', tag: '1' }],
    ['localhost/app:1', 'localhost', { name: 'app', tag: '1' }],
    ['localhost:5000/app:1', 'localhost:5000', { name: 'app', tag: '1' }],
    ['registry:5000/a/b/c/d:1', 'registry:5000', { name: 'a/b/c/d', tag: '1' }],
    ['[::1]:5000/app:1', '[::1]:5000', { name: 'app', tag: '1' }],
    ['[2001:db8::1]/app:1', '[2001:db8::1]', { name: 'app', tag: '1' }],
    [`localhost:5000/app@${sha256}`, 'localhost:5000', { name: 'app', digest: sha256 }],
    [`ghcr.io/acme/app@${sha512}`, 'ghcr.io', { name: 'acme/app', digest: sha512 }],
    [`ghcr.io/acme/app:1@${sha256}`, 'ghcr.io', { name: 'acme/app', tag: '1', digest: sha256 }],
    [`app@${sha256}`, 'docker.io', { name: 'library/app', digest: sha256 }],
    ['GHCR.io/Acme/App:V1', 'ghcr.io', { name: 'acme/app', tag: 'V1' }],
    ['App:1', 'docker.io', { name: 'library/app', tag: '1' }],
    ['localhost:5000', 'docker.io', { name: 'library/localhost', tag: '5000' }],
    ['a__b/c--d/e.f_g:1', 'docker.io', { name: 'a__b/c--d/e.f_g', tag: '1' }],
    ['md5:abc', 'docker.io', { name: 'library/md5', tag: 'abc' }]
  ])('reads %s', (text, registry, { name, ...end }) => {
    expect(parseReference(text)).toStrictEqual({ repository: { registry, name }, ...end })
  })

  test.each([
    ['nothing', ''],
    ['neither tag nor digest', 'ghcr.io/acme/app'],
    ['a port for a tag', 'localhost:5000/app'],
    ['an empty tag', 'ghcr.io/acme/app:'],
    ['an empty digest', 'ghcr.io/acme/app@'],
    ['an empty tag before a digest', `ghcr.io/acme/app:@${sha256}`],
    ['a tag alone', ':1'],
    ['a digest alone', `@${sha256}`],
    ['a digest cut off', `ghcr.io/acme/app@${sha256.slice(0, -1)}`],
    ['a digest without its algorithm', `ghcr.io/acme/app@${sha256.slice(7)}`],
    ['a tag behind the digest', `ghcr.io/acme/app@${sha256}:1`],
    ['two digests', `ghcr.io/acme/app@${sha256}@${sha256}`],
    ['two tags', 'ghcr.io/acme/app:1:2'],
    ['a scheme', 'https://ghcr.io/acme/app:1'],
    ['a user', 'me@ghcr.io/acme/app:1'],
    ['a registry alone', 'ghcr.io/:1'],
    ['an empty part', 'ghcr.io//app:1'],
    ['an empty first part', '/acme/app:1'],
    ['a part that is a dot', 'ghcr.io/../app:1'],
    ['a dot at the end of a part', 'ghcr.io/acme./app:1'],
    ['a hyphen at the start of a part', 'ghcr.io/-acme/app:1'],
    ['three underscores', 'ghcr.io/a___b:1'],
    ['a dot beside a hyphen', 'ghcr.io/a.-b:1'],
    ['a percent sign', 'ghcr.io/a%2fb:1'],
    ['a question mark', 'ghcr.io/a?b:1'],
    ['letters of other scripts', 'ghcr.io/büro/app:1'],
    ['a blank', 'ghcr.io/acme/my app:1'],
    ['a line end', 'ghcr.io/acme/app:1\n'],
    ['an upper-case first part, which Docker takes for a host', 'Acme/app:1'],
    ['a bad host', 'ghcr..io/acme/app:1'],
    ['a name that is too long', `ghcr.io/${'a'.repeat(256)}:1`]
  ])('refuses %s', (_what, text) => {
    expect(codeThrownBy(() => parseReference(text))).toBe('REFERENCE_INVALID')
  })
})

describe('parseTag', () => {
  test.each([['1'], ['latest'], ['_'], ['V1.2.3-rc.1_x'], ['a'.repeat(128)], ['0123456789abcdef'.repeat(4)]])(
    'reads %s',
    text => {
      expect(parseTag(text)).toBe(text)
    }
  )

  test.each([
    [''],
    ['.a'],
    ['-a'],
    ['a'.repeat(129)],
    ['a+b'],
    ['a b'],
    ['a\n'],
    ['ä'],
    ['a/b'],
    ['a:b'],
    ['..'],
    ['a/../b'],
    ['a%2fb'],
    ['a?b'],
    ['a#b'],
    ['a\0'],
    ['a\u202e'],
    ['a@b']
  ])('refuses %p', text => {
    expect(codeThrownBy(() => parseTag(text))).toBe('REFERENCE_INVALID')
  })
})

describe('parseRepository', () => {
  test.each([
    [ghcr, 'acme/app', 'acme/app'],
    [ghcr, 'app', 'app'],
    [ghcr, 'Acme/App', 'acme/app'],
    [hub, 'app', 'library/app'],
    [hub, 'App', 'library/app'],
    [hub, 'acme/app', 'acme/app'],
    [ghcr, 'a'.repeat(255), 'a'.repeat(255)]
  ])('in %s reads %s', (registry, text, name) => {
    expect(parseRepository(registry, text)).toStrictEqual({ registry, name })
  })

  test.each([
    [''],
    ['/'],
    ['acme/'],
    ['/app'],
    ['acme//app'],
    ['acme/app:1'],
    ['acme/app!'],
    ['acme/../app'],
    ['..'],
    ['acme/..%2fapp'],
    ['acme%2fapp'],
    ['acme/app?a=b'],
    ['acme/app#a'],
    ['acme\\app'],
    ['acme/app\n'],
    ['acme/a\0pp'],
    ['acme/\u202eapp'],
    ['doc\u212aer/app'],
    ['a'.repeat(256)]
  ])('refuses %p', text => {
    expect(codeThrownBy(() => parseRepository(ghcr, text))).toBe('REFERENCE_INVALID')
  })

  test('counts the "library/" that Docker Hub has before a name', () => {
    expect(codeThrownBy(() => parseRepository(hub, 'a'.repeat(248)))).toBe('REFERENCE_INVALID')
  })
})

describe('a bare tag or digest belongs to the repository that is given', () => {
  test.each([
    ['1.0', { tag: '1.0' }],
    [sha256, { digest: sha256 }],
    [sha512, { digest: sha512 }]
  ])('%s', (text, part) => {
    expect(isFullReference(text)).toBe(false)
    expect(parseImage(text, home)).toStrictEqual({ repository: home, ...part })
  })

  test.each([
    ['app:1'],
    ['acme/app:1'],
    [`app@${sha256}`],
    ['md5:abc'],
    ['sha256:5000/app:1'],
    ['my-sha256:1']
  ])('but not %s', text => {
    expect(isFullReference(text)).toBe(true)
    expect(parseImage(text, home)).toStrictEqual(parseReference(text))
  })

  test.each([['sha256:'], ['sha256:1.0'], [sha256.toUpperCase()], ['.hidden'], [''], ['a b']])(
    'refuses %p',
    text => {
      expect(isFullReference(text)).toBe(false)
      expect(codeThrownBy(() => parseImage(text, home))).toBe('REFERENCE_INVALID')
    }
  )
})

describe('asTarget', () => {
  test('takes what ends in a tag', () => {
    expect(asTarget(parseReference('ghcr.io/acme/app:1'))).toStrictEqual({ repository: home, tag: '1' })
  })

  test.each([[`ghcr.io/acme/app@${sha256}`], [`ghcr.io/acme/app:1@${sha256}`]])('refuses %s', text => {
    expect(codeThrownBy(() => asTarget(parseReference(text)))).toBe('REFERENCE_INVALID')
  })

  test('refuses a repository alone', () => {
    expect(codeThrownBy(() => asTarget({ repository: home }))).toBe('REFERENCE_INVALID')
  })
})

test.each([
  [{ repository: home }, 'ghcr.io/acme/app'],
  [{ repository: home, tag: parseTag('1') }, 'ghcr.io/acme/app:1'],
  [{ repository: home, digest: parseDigest(sha256) }, `ghcr.io/acme/app@${sha256}`]
])('formatReference: %j is %s', (reference, text) => {
  expect(formatReference(reference)).toBe(text)
})

test('formatRepository prints registry and name', () => {
  expect(formatRepository(parseRepository(hub, 'app'))).toBe('docker.io/library/app')
})

test.each([
  ['ghcr.io/acme/app:1', 'ghcr.io/Acme/app:2', true],
  ['app:1', 'registry-1.docker.io/library/app:1', true],
  ['ghcr.io/acme/app:1', 'ghcr.io/acme/ape:1', false],
  ['ghcr.io/acme/app:1', 'docker.io/acme/app:1', false],
  ['ghcr.io/acme/app:1', 'ghcr.io:444/acme/app:1', false]
])('isSameRepository: %s and %s: %p', (one, other, expected) => {
  expect(isSameRepository(parseReference(one).repository, parseReference(other).repository)).toBe(expected)
})
