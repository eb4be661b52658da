/** Tests of the inputs that make an index: several images in `source`, `A + B` in `promotions`, `digests` and `annotations`. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAXIMUM_ANNOTATIONS, MAXIMUM_ANNOTATION_LENGTH } from '../../../src/action/inputs/annotations.ts'
import { type Folder, type FolderEntry, listFolder } from '../../../src/action/inputs/folder.ts'
import { type Inputs, readInputs } from '../../../src/action/inputs/inputs.ts'
import { type InputName, inputDefaults } from '../../../src/action/inputs/known-inputs.ts'
import { formatReference } from '../../../src/oci/reference.ts'
import { MAXIMUM_PARTS, formatSource } from '../../../src/promotion/source.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'

type Given = Partial<Record<InputName, string>>

const hexOf = (digit: string): string => digit.repeat(64)
const a = `sha256:${hexOf('a')}`
const b = `sha256:${hexOf('b')}`
const api = 'ghcr.io/acme/api'
const web = 'ghcr.io/acme/web'
const home: Given = { registry: 'ghcr.io', repository: 'acme/api', target: '1' }
const index: Given = { ...home, source: `${a} ${b}` }

const fileOf = (name: string): FolderEntry => ({ name, isFolder: false })
const folderOf = (...names: string[]): Folder => ({ kind: 'folder', entries: names.map(fileOf) })

const readFrom = (given: Given, folder?: Folder): Inputs =>
  readInputs(name => given[name] ?? inputDefaults[name], folder && { listFolder: () => folder })
const linesOf = (given: Given, folder?: Folder): string[] =>
  errorThrownBy(() => readFrom(given, folder))
    ?.message.split('\n')
    .filter(line => !/^\d+ mistakes/.test(line)) ?? []
const print = ({ request }: Inputs): string[] =>
  request.promotions.map(
    ({ source, targets }) =>
      `${source.kind} ${formatSource(source)} -> ${targets.map(formatReference).join(' ')}`
  )
const annotationsIn = (annotations: string): unknown => {
  const [promotion] = readFrom({ ...index, annotations }).request.promotions
  return promotion?.source.kind === 'index' && promotion.source.annotations
}

describe('readInputs makes an index', () => {
  test.each<[string, Given, string[]]>([
    [
      'of several sources',
      { source: 'amd64, arm64\nv7' },
      [`index ${api}:amd64 + ${api}:arm64 + ${api}:v7 -> ${api}:1`]
    ],
    [
      'of sources elsewhere',
      { source: `${a} quay.io/x/y:1` },
      [`index ${api}@${a} + quay.io/x/y:1 -> ${api}:1`]
    ],
    [
      'for each repository',
      { repository: 'acme/api acme/web', source: 'amd64 quay.io/x/{name}:arm64' },
      [
        `index ${api}:amd64 + quay.io/x/api:arm64 -> ${api}:1`,
        `index ${web}:amd64 + quay.io/x/web:arm64 -> ${web}:1`
      ]
    ],
    [
      'of each part once',
      { source: `x y x ${api}:y z@${a} z@${a} ${api}@${a}`.replaceAll('z@', `${api}:z@`) },
      [`index ${api}:x + ${api}:y + ${api}:z@${a} -> ${api}:1`]
    ],
    ['of one source alone: none', { source: `x\n${api}:x` }, [`image ${api}:x -> ${api}:1`]]
  ])('%s', (_what, given, read) => {
    expect(print(readFrom({ ...home, ...given }))).toStrictEqual(read)
  })

  test.each<[string, string, string[]]>([
    ['of parts', `${api}:x + ${web}:y -> 1 ${web}:1`, [`index ${api}:x + ${web}:y -> ${api}:1 ${web}:1`]],
    [
      'of three, by comma',
      `${api}:x + ${api}:y + ${api}:z -> 1,2`,
      [`index ${api}:x + ${api}:y + ${api}:z -> ${api}:1 ${api}:2`]
    ],
    ['of the same image: none', `${api}:x + ${api}:x -> 1`, [`image ${api}:x -> ${api}:1`]],
    [
      'in two lines: one',
      `${api}:x + ${api}:y -> 1\n${api}:x + ${api}:y -> 2`,
      [`index ${api}:x + ${api}:y -> ${api}:1 ${api}:2`]
    ]
  ])('of the lines of promotions, %s', (_what, promotions, read) => {
    expect(print(readFrom({ promotions }))).toStrictEqual(read)
  })

  test.each<[string, readonly [Given, Folder], string[]]>([
    ['in any spelling', [{}, folderOf(hexOf('b'), a)], [`index ${api}@${a} + ${api}@${b} -> ${api}:1`]],
    ['each once', [{}, folderOf(hexOf('a'), a, b)], [`index ${api}@${a} + ${api}@${b} -> ${api}:1`]],
    ['even of one', [{}, folderOf(hexOf('a'))], [`index ${api}@${a} -> ${api}:1`]],
    [
      'for each repository',
      [{ repository: 'acme/api acme/web' }, folderOf(a, b)],
      [`index ${api}@${a} + ${api}@${b} -> ${api}:1`, `index ${web}@${a} + ${web}@${b} -> ${web}:1`]
    ]
  ])('of the digests in a folder, %s', (_what, [given, folder], read) => {
    const inputs = readFrom({ ...home, digests: '/tmp/digests', ...given }, folder)
    expect(print(inputs)).toStrictEqual(read)
    const orders = inputs.request.promotions.map(({ source }) => source.kind === 'index' && source.order)
    expect(new Set(orders)).toStrictEqual(new Set(['platform']))
  })

  test('asks for the folder that is named, and for no more entries than it needs', () => {
    const asked: unknown[] = []
    readInputs(name => ({ ...home, digests: ' x/y ' })[name]?.trim() ?? inputDefaults[name], {
      listFolder: (path, most) => {
        asked.push([path, most])
        return folderOf(a)
      }
    })
    expect(asked).toStrictEqual([['x/y', MAXIMUM_PARTS + 1]])
  })

  test.each<[string, Record<string, string>]>([
    ['', {}],
    ['a.b=c', { 'a.b': 'c' }],
    ['# x=y\n\n  a=b = "c", d  \r\ne/f=\n', { a: 'b = "c", d', 'e/f': '' }],
    ['index:a=1\nmanifest:b=2\nindex-descriptor:c=3\nmanifest-descriptor:d=4', { a: '1' }],
    ['manifest,index:a=1\nindex,manifest:b=2\nmanifest,index-descriptor:c=3', { a: '1', b: '2' }],
    ['manifest[linux/amd64]:a=1\nindex:b=x:y', { b: 'x:y' }],
    ['a=1\nindex:a=2\nmanifest:a=3', { a: '2' }]
  ])('with the annotations %j', (text, annotations) => {
    expect(annotationsIn(text)).toStrictEqual(annotations)
  })

  test('with annotations for each index of a set, but for no image', () => {
    const promotions = `${api}:x + ${api}:y -> 1\n${web}:x -> 1`
    const { request } = readFrom({ promotions, annotations: 'a=b' })
    expect(
      request.promotions.map(({ source }) => source.kind === 'index' && source.annotations)
    ).toStrictEqual([{ a: 'b' }, false])
  })

  test('with the most annotations; the last of a name counts', () => {
    const numbered = (count: number): string =>
      [...Array(count).keys()].map(number => `k${number.toString()}=v`).join('\n')
    expect(linesOf({ ...index, annotations: `${numbered(MAXIMUM_ANNOTATIONS)}\nk0=w` })).toStrictEqual([])
    expect(linesOf({ ...index, annotations: numbered(MAXIMUM_ANNOTATIONS + 1) })).toStrictEqual([
      'annotations: names 101 annotations. Give at most 100.'
    ])
    const long = 'v'.repeat(MAXIMUM_ANNOTATION_LENGTH - 1)
    expect(linesOf({ ...index, annotations: `k=${long}` })).toStrictEqual([])
    expect(linesOf({ ...index, annotations: `k=${long}v` })).toEqual([
      expect.stringMatching(/^annotations: has 65537 characters/)
    ])
  })

  test('with a warning where all annotations are for other levels', () => {
    expect(readFrom({ ...index, annotations: 'manifest:a=b' }).warnings).toEqual([
      expect.stringContaining('DOCKER_METADATA_ANNOTATIONS_LEVELS: index')
    ])
    expect(readFrom({ ...index, annotations: 'manifest:a=b\nindex:a=b' }).warnings).toStrictEqual([])
    expect(readFrom(index).warnings).toStrictEqual([])
  })
})

describe('readInputs refuses', () => {
  const parts = (count: number): string[] =>
    [...Array(count).keys()].map(number => `${api}:t${number.toString()}`)

  test.each<[string, Given, string[]]>([
    ['no source', { source: '' }, ['source: is required. Name the image to tag']],
    ['two bad parts', { source: '.x y .z' }, ['source: ".x" is not a tag', 'source: ".z" is not a tag']],
    ['a part without a host', { source: 'x acme/api:y' }, ['source: "acme/api:y" names no registry']],
    [
      'too many parts',
      { source: parts(MAXIMUM_PARTS + 1).join('\n') },
      ['source: names 101 images. An index is made of at most 100 parts.']
    ],
    [
      'annotations without an index',
      { source: 'x', annotations: 'a=b' },
      ['annotations: are those of an index that is made here, and none is made.']
    ],
    [
      'annotations for other levels without an index',
      { source: 'x', annotations: 'manifest:a=b' },
      ['annotations: are those of an index']
    ],
    [
      'an annotation without =',
      { ...index, annotations: 'a=b\n\nab' },
      ['annotations: line 3: "ab" has no "=". Write KEY=VALUE']
    ],
    [
      'an annotation without a key',
      { ...index, annotations: '=b' },
      ['annotations: line 1: "=b" has no key that an annotation can have.']
    ],
    [
      'an unknown level',
      { ...index, annotations: 'image:a=b' },
      ['annotations: line 1: "image:a=b" has no key that']
    ],
    [
      'blanks around the =',
      { ...index, annotations: 'a = b' },
      ['annotations: line 1: "a = b" has no key that']
    ],
    [
      'digests beside a source',
      { source: 'x', digests: 'd' },
      ['digests: cannot be combined with source. Give one of the two.']
    ],
    [
      'digests beside promotions',
      { ...none(), promotions: `${api}:1 -> 2`, digests: 'd' },
      ['promotions: cannot be combined with digests.']
    ],
    [
      'digests without a repository',
      { repository: '', target: `${api}:1`, source: '', digests: 'd' },
      ['digests: is given without repository.']
    ],
    [
      'a digest for a folder',
      { source: '', digests: `${api}@${a}` },
      ['is not the path of a folder. Write the digests in source, one a line.']
    ]
  ])('%s', (_what, given, mistakes) => {
    expect(linesOf({ ...home, ...given }, folderOf(a))).toEqual(
      mistakes.map(mistake => expect.stringContaining(mistake))
    )
  })

  test.each<[string, string, string[]]>([
    [
      'two images without a plus',
      `${api}:x ${api}:y -> 1`,
      ['names 2 images. Write one image in each line, or + between the parts of an index.']
    ],
    [
      'a plus too many',
      `${api}:x + -> 1`,
      ['does not have one + between each two images. Write the parts of an index as A + B.']
    ],
    ['a plus before', `+ ${api}:x -> 1`, ['does not have one +']],
    ['two plusses', `${api}:x + + ${api}:y -> 1`, ['does not have one +']],
    ['a plus too few', `${api}:x + ${api}:y ${api}:z -> 1`, ['does not have one +']],
    ['a plus without blanks', `${api}:x+${api}:y -> 1`, ['has no spaces around +']],
    ['a bare part', `${api}:x + y -> 1`, ['"y" is not a full reference']],
    [
      'two bad parts, and a bad target',
      `${api}:.x + ${api}:.y -> .z`,
      ['".x" is not a tag', '".y" is not a tag', '".z" is not a tag']
    ],
    [
      'too many parts',
      `${parts(MAXIMUM_PARTS + 1).join(' + ')} -> 1`,
      ['names 101 images. An index is made']
    ],
    [
      'an index and its first part for one tag',
      `${api}:x + ${api}:y -> 1\n${api}:x -> 1`,
      ['is a target of two images']
    ]
  ])('in a line of promotions %s', (_what, promotions, mistakes) => {
    expect(linesOf({ promotions })).toEqual(mistakes.map(mistake => expect.stringContaining(mistake)))
    for (const line of linesOf({ promotions })) expect(line).toMatch(/^promotions: line [12]: /)
  })

  test.each<[string, Folder, string]>([
    [
      'that is not there',
      { kind: 'missing' },
      'there is no folder "d". Give the path that actions/download-artifact wrote to'
    ],
    ['that is a file', { kind: 'file' }, '"d" is a file. Give the folder that holds a file for each digest.'],
    ['that cannot be read', { kind: 'unreadable', reason: 'EACCES' }, '"d" cannot be read (EACCES).'],
    ['that is empty', folderOf(), '"d" is empty. The builds left no digest there'],
    [
      'of folders',
      { kind: 'folder', entries: [fileOf(a), { name: 'digests-linux-amd64', isFolder: true }] },
      '"d" holds a folder, "digests-linux-amd64". With merge-multiple: true,'
    ],
    [
      'of other files',
      folderOf(a, 'x\n::error::', '.keep', hexOf('A'), 'sha256-1'),
      `holds files whose names are no digests: "x ::error::", ".keep", "${hexOf('A')}" and 1 more.`
    ],
    [
      'of one other file',
      folderOf(a, 'README.md'),
      'holds files whose names are no digests: "README.md". The name of each file, hidden ones too'
    ],
    [
      'of too many files',
      folderOf(...Array<string>(MAXIMUM_PARTS + 1).fill('x')),
      '"d" holds more than 100 files.'
    ]
  ])('a folder of digests %s', (_what, folder, mistake) => {
    expect(linesOf({ ...home, digests: 'd' }, folder)).toEqual([expect.stringMatching(/^digests: /)])
    expect(linesOf({ ...home, digests: 'd' }, folder)[0]).toContain(mistake)
  })
})

describe('listFolder', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'retag-digests-'))
    await mkdir(join(directory, 'empty'))
    for (const name of ['a', '.b', 'c']) await writeFile(join(directory, name), '')
  })
  afterAll(() => rm(directory, { recursive: true }))

  test('lists what is in a folder, hidden files too', () => {
    const folder = listFolder(directory, 9)
    const entries = folder.kind === 'folder' ? [...folder.entries] : []
    expect(entries.sort((one, other) => (one.name < other.name ? -1 : 1))).toStrictEqual([
      fileOf('.b'),
      fileOf('a'),
      fileOf('c'),
      { name: 'empty', isFolder: true }
    ])
  })

  test('lists no more entries than are asked for', () => {
    expect(listFolder(directory, 2)).toMatchObject({ entries: { length: 2 } })
  })

  test.each([
    ['empty', { kind: 'folder', entries: [] }],
    ['nowhere', { kind: 'missing' }],
    ['a', { kind: 'file' }],
    ['a\0', { kind: 'unreadable', reason: 'ERR_INVALID_ARG_VALUE' }]
  ])('says what is at a path: %j', (name, folder) => {
    expect(listFolder(join(directory, name), 9)).toStrictEqual(folder)
  })
})

function none(): Given {
  return { repository: '', source: '', target: '' }
}
