/** Tests of the names in a manifest that two readers may read differently. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { objectionTo } from '../../src/oci/ambiguity.ts'
import { MAXIMUM_MANIFEST_BYTES, readManifest } from '../../src/oci/manifest.ts'
import { OCI_INDEX } from '../../src/oci/media-type.ts'
import { wildText } from '../../testing/wild-text.ts'
import { image, indexOf } from '../../testing/images.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

describe('objectionTo', () => {
  test.each([
    ['a field twice', '{"layers":[1],"layers":[2]}', 'layers'],
    ['a field twice, once in escapes', '{"layers":[1],"l\\u0061yers":[2]}', 'layers'],
    ['a field twice, with blanks', '{ "a" : 1 ,\n"a"\t: 2 }', 'a'],
    ['a field twice behind an escaped quote', '{"a":"\\"{","b":1,"b":2}', 'b'],
    ['a field twice behind an escaped backslash', '{"a":"\\\\","b":1,"b":2}', 'b'],
    ['a field twice far below', '{"a":[[{"b":{"c":1,"d":{},"c":2}}]]}', 'c'],
    ['an annotation twice', '{"annotations":{"a":"1","a":"2"}}', 'a'],
    ['the name of a prototype twice', '{"__proto__":1,"__proto__":2}', '__proto__'],
    ['another letter case', '{"Layers":[]}', 'Layers'],
    ['two letter cases', '{"manifests":[],"MANIFESTS":[]}', 'MANIFESTS'],
    ['a long s', '{"manife\u017fts":[]}', 'manife\u017fts'],
    ['a letter case of schema 1', '{"FSLayers":[]}', 'FSLayers'],
    ['another letter case in a descriptor', '{"config":{"Digest":"x"}}', 'Digest'],
    ['another letter case in one of several', '{"layers":[{"size":1},{"Size":1}]}', 'Size'],
    ['another letter case in a platform', '{"manifests":[{"platform":{"OS":"linux"}}]}', 'OS']
  ])('finds %s', (_what, json, name) => {
    expect(objectionTo(json)).toContain(`"${name}"`)
  })

  test.each([
    ['nothing', '{}'],
    ['one field in several objects', '{"layers":[{"size":1},{"size":2}],"config":{"size":3}}'],
    ['values that are alike', '{"a":"b","b":"b","c":["c","c"]}'],
    ['a value that looks like a field twice', '{"a":"\\"a\\":1","b":"}{\\"b\\":2"}'],
    ['annotations like fields', '{"annotations":{"Layers":"1","layers":"2","LAYERS":"3","config":"4"}}'],
    ['annotations of a descriptor', '{"config":{"annotations":{"Size":"1"}}}'],
    ['an extension with fields of its own', '{"x":{"Size":1,"config":{"Digest":""}},"y":[{"OS":1}]}'],
    [
      'names of platforms with dots',
      '{"manifests":[{"platform":{"os":"w","os.version":"1","os.features":[]}}]}'
    ],
    ['an extension that is called like a field of a part', '{"Size":1,"Os":{},"config":{"Layers":1}}'],
    ['no object', '["a","a"]']
  ])('passes over %s', (_what, json) => {
    expect(objectionTo(json)).toBeUndefined()
  })

  test('finds nothing in what has been written from values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), value => {
        expect(objectionTo(JSON.stringify({ annotations: value }))).toBeUndefined()
      })
    )
  })

  test('finds each name that is written twice, wherever it is', () => {
    fc.assert(
      fc.property(wildText, fc.jsonValue({ maxDepth: 3 }), (name, value) => {
        const [key, inner] = [JSON.stringify(name), JSON.stringify(value)]
        expect(objectionTo(`{"annotations":[{${key}:${inner}, "":{}, ${key} :1}]}`)).toBeDefined()
      })
    )
  })

  test.each([
    ['objects', `[${'{},'.repeat(MAXIMUM_MANIFEST_BYTES / 3)}1]`],
    ['backslashes', `{"a":"${'\\\\'.repeat(MAXIMUM_MANIFEST_BYTES / 2)}"}`],
    ['blanks', `{"a"${' '.repeat(MAXIMUM_MANIFEST_BYTES)}:1}`]
  ])('gets through as many %s as a manifest can have', (_what, json) => {
    expect(objectionTo(json)).toBeUndefined()
  })
})

describe('readManifest', () => {
  const genuine = image({ annotations: { Layers: 'x', layers: 'y' } })

  test('reads a manifest with annotations of any names', () => {
    expect(readManifest({ bytes: genuine.bytes, contentType: genuine.mediaType }).digest).toBe(genuine.digest)
  })

  test.each([
    ['a second list of layers', '"layers":[],'],
    ['layers for Go alone', '"Layers":[],'],
    ['an index for Go alone', '"Manifests":[],'],
    ['schema 1 for Go alone', '"FsLayers":[],']
  ])('refuses an image with %s', (_what, field) => {
    const bytes = Buffer.from(Buffer.from(genuine.bytes).toString().replace('{', `{${field}`))
    expect(codeThrownBy(() => readManifest({ bytes, contentType: genuine.mediaType }))).toBe(
      'MANIFEST_UNSUPPORTED'
    )
  })

  test('refuses an index with the platform of an image in two ways', () => {
    const { bytes } = indexOf([image({ platform: 'linux/amd64' })])
    const text = Buffer.from(bytes).toString().replace('"os":', '"OS":"windows","os":')
    const served = { bytes: Buffer.from(text), contentType: OCI_INDEX }
    expect(codeThrownBy(() => readManifest(served))).toBe('MANIFEST_UNSUPPORTED')
  })
})
