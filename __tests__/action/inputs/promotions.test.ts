/** Tests of several images in one step: `promotions`, and several repositories with placeholders. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readInputs } from '../../../src/action/inputs/inputs.ts'
import { type InputName, inputDefaults } from '../../../src/action/inputs/known-inputs.ts'
import { formatReference } from '../../../src/oci/reference.ts'
import type { Promotion } from '../../../src/promotion/request.ts'
import { formatSource } from '../../../src/promotion/source.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'

type Given = Partial<Record<InputName, string>>

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`
const other = `sha256:${'fedcba9876543210'.repeat(4)}`
const api = 'ghcr.io/acme/api'
const web = 'ghcr.io/acme/web'
const both: Given = {
  registry: 'ghcr.io',
  repository: 'acme/api\nacme/web',
  source: 'sha-1',
  target: '1.4.0'
}

const readFrom = (given: Given): Promotion[] => [
  ...readInputs(name => given[name] ?? inputDefaults[name]).request.promotions
]

/** Prints promotions as the input takes them. */
const print = (promotions: readonly Promotion[]): string[] =>
  promotions.map(
    ({ source, targets }) => `${formatSource(source)} -> ${targets.map(formatReference).join(' ')}`
  )
const linesOf = (given: Given): string[] => {
  const message = errorThrownBy(() => readFrom(given))?.message ?? ''
  return message.split('\n').filter(line => !/^\d+ mistakes/.test(line))
}

describe('readInputs takes for promotions', () => {
  test.each<[string, string, string[]]>([
    ['one line', `${api}:1 -> 2`, [`${api}:1 -> ${api}:2`]],
    ['spaces and commas', `${api}:1 -> 2, 3,4  5`, [`${api}:1 -> ${api}:2 ${api}:3 ${api}:4 ${api}:5`]],
    ['no spaces', `${api}:1->2`, [`${api}:1 -> ${api}:2`]],
    ['a tag that ends in a dash', `${api}:1-->2`, [`${api}:1- -> ${api}:2`]],
    ['a digest', `${api}@${sha256} -> 2`, [`${api}@${sha256} -> ${api}:2`]],
    ['Docker Hub', 'acme/api:1 -> 2', ['docker.io/acme/api:1 -> docker.io/acme/api:2']],
    ['full targets', `${api}:1 -> ${web}:2 quay.io/a/b:3`, [`${api}:1 -> ${web}:2 quay.io/a/b:3`]],
    ['comments, blank lines and CRLF', `# a -> b\r\n\r\n  ${api}:1 -> 2\r\n`, [`${api}:1 -> ${api}:2`]],
    ['a comment among the targets', `${api}:1 -> 2\n  # ${web}:1 -> 2`, [`${api}:1 -> ${api}:2`]],
    [
      'several lines, in their order',
      `${web}:1 -> 2\n${api}:1 -> 2`,
      [`${web}:1 -> ${web}:2`, `${api}:1 -> ${api}:2`]
    ],
    ['one image twice', `${api}:1 -> 2 3\n${api}:1 -> 3 4`, [`${api}:1 -> ${api}:2 ${api}:3 ${api}:4`]],
    [
      'one image twice, by its digest',
      `${api}:1@${sha256} -> 2\n${api}@${sha256} -> 2 3`,
      [`${api}:1@${sha256} -> ${api}:2 ${api}:3`]
    ],
    [
      'the repository of the source in a placeholder',
      `${api}:1 -> docker.io/hub/{name}:1 quay.io/{repository}:1`,
      [`${api}:1 -> docker.io/hub/api:1 quay.io/acme/api:1`]
    ]
  ])('%s', (_what, promotions, read) => {
    expect(print(readFrom({ promotions }))).toStrictEqual(read)
  })
})

describe('readInputs takes for several repositories', () => {
  test.each<[string, Given, string[]]>([
    ['bare names', {}, [`${api}:sha-1 -> ${api}:1.4.0`, `${web}:sha-1 -> ${web}:1.4.0`]],
    [
      'commas and other letters',
      { repository: 'Acme/API, acme/web acme/api' },
      [`${api}:sha-1 -> ${api}:1.4.0`, `${web}:sha-1 -> ${web}:1.4.0`]
    ],
    [
      'placeholders in the source',
      { source: 'quay.io/stage/{name}:1' },
      [`quay.io/stage/api:1 -> ${api}:1.4.0`, `quay.io/stage/web:1 -> ${web}:1.4.0`]
    ],
    [
      'placeholders in targets, and in their tags',
      { target: '1 quay.io/{repository}:2 quay.io/acme/all:{name}-2' },
      [
        `${api}:sha-1 -> ${api}:1 quay.io/acme/api:2 quay.io/acme/all:api-2`,
        `${web}:sha-1 -> ${web}:1 quay.io/acme/web:2 quay.io/acme/all:web-2`
      ]
    ],
    [
      'one image for all',
      { source: 'quay.io/acme/base:1' },
      [`quay.io/acme/base:1 -> ${api}:1.4.0 ${web}:1.4.0`]
    ],
    [
      'a placeholder for one repository',
      { repository: 'acme/api', target: 'quay.io/a/{name}:1' },
      [`${api}:sha-1 -> quay.io/a/api:1`]
    ]
  ])('%s', (_what, given, read) => {
    expect(print(readFrom({ ...both, ...given }))).toStrictEqual(read)
  })

  test('a thousand tags in all', () => {
    const repository = [...Array(500).keys()].map(index => `a/r${index.toString()}`).join('\n')
    expect(readFrom({ ...both, repository, target: '1 2' })).toHaveLength(500)
    expect(linesOf({ ...both, repository, target: '1 2 3' })).toEqual([
      expect.stringMatching(/^target: names 3 tags in each of 500 repositories/)
    ])
  })
})

describe('readInputs refuses', () => {
  const many = [...Array(1001).keys()].map(index => `t${index.toString()}`).join(' ')

  test.each<[string, string, RegExp[]]>([
    ['a line without an arrow', `${api}:1 2`, [/^promotions: line 1: ".*:1 2" has no arrow/]],
    ['another arrow', `${api}:1 => 2`, [/line 1: .* has no arrow/]],
    ['two arrows', `${api}:1 -> 2 -> 3`, [/line 1: .* more than one arrow/]],
    ['no source', `${api}:1 -> 2\n\n-> 2`, [/line 3: .* has no source/]],
    ['no target', `# none\n${api}:1 ->`, [/line 2: .* has no target/]],
    ['a bare source', '1 -> 2', [/line 1: "1" is not a full reference/]],
    ['a bare digest', `${sha256} -> 2`, [/line 1: .* is not a full reference/]],
    ['a source without its tag', `${api} -> 2`, [/line 1: .* no tag and no digest/]],
    ['two sources', `${api}:1 ${web}:1 -> 2`, [/line 1: .* names 2 images/]],
    ['a placeholder in the source', 'ghcr.io/{name}:1 -> 2', [/line 1: .* no repository to take it from/]],
    ['a placeholder in a bare tag', `${api}:1 -> {name}-2`, [/line 1: .* is not a full reference/]],
    ['an unknown placeholder', `${api}:1 -> quay.io/a/{tag}:2`, [/line 1: .* has an unknown placeholder/]],
    [
      'a list in JSON',
      `[\n"${api}:1 -> 2", "${web}:1 -> .x"]`,
      [/^promotions: is a list in JSON\. Write a line/]
    ],
    ['nothing but comments', '# none', [/^promotions: has no line/]],
    ['too many tags', `${api}:1 -> ${many}`, [/^promotions: names 1001 tags/]],
    [
      'each mistake, by its line',
      `${api}:1 -> .x 2+3\n1 -> 2\n${web}:1`,
      [/line 1: "\.x"/, /line 1: "2\+3"/, /line 2: /, /line 3: /]
    ],
    [
      'a tag for two images',
      `${api}:1 -> 2\n${web}:1 -> 2 ${api}:2`,
      [/line 2: "ghcr.io\/acme\/api:2" is a target of two images, .*api:1 \(line 1\) and .*web:1\. Remove/]
    ],
    [
      'a tag for two digests',
      `${api}@${sha256} -> 2\n${api}@${other} -> 2`,
      [/line 2: .* is a target of two images/]
    ]
  ])('%s', (_what, promotions, mistakes) => {
    expect(linesOf({ promotions })).toEqual(mistakes.map(mistake => expect.stringMatching(mistake)))
  })

  test.each<[string, Given, RegExp]>([
    [
      'promotions beside others',
      { ...both, promotions: `${api}:1 -> 2` },
      /^promotions: cannot be combined with repository, source, target/
    ],
    [
      'promotions beside one other',
      { target: '1', promotions: `${api}:1 -> 2` },
      /^promotions: cannot be combined with target/
    ],
    ['a tag for all repositories', { ...both, target: 'quay.io/a/b:1' }, /^target: .* two images.*\{name\}/],
    ['an unknown placeholder', { ...both, target: 'quay.io/a/{nam}:1' }, /^target: .* unknown placeholder/],
    ['a placeholder in a bare tag', { ...both, target: '{name}' }, /^target: .* is not a full reference/],
    [
      'a placeholder without a repository',
      { source: `${api}:1`, target: 'quay.io/{name}:1' },
      /^target: .* no repository to take it from/
    ],
    ['one bad tag once, for all repositories', { ...both, target: '.x' }, /^target: "\.x" is not a tag/],
    ['a bad source once, for all repositories', { ...both, source: '.x' }, /^source: "\.x" is not a tag/],
    ['a repository among others', { ...both, repository: 'a/b\nc/d!' }, /^repository: "c\/d!"/],
    [
      'a repository, whose tags are not compared with those of others',
      { ...both, repository: 'a/b\nc/d!', target: 'quay.io/a/b:1' },
      /^repository: "c\/d!"/
    ],
    [
      'a digest to expect of two images',
      { ...both, 'expect-digest': sha256 },
      /^expect-digest: is for one image, and there are 2/
    ],
    [
      'a kept tag that is a target of another image',
      { promotions: `${api}:1 -> main\n${web}:1 -> ${api}:main-1`, 'keep-previous': 'main=1' },
      /^keep-previous: line 1: "ghcr.io\/acme\/api:main-1" is both a target/
    ],
    [
      'a kept tag that is the source of another image',
      { promotions: `${api}:main-1 -> ${web}:1\n${web}:1 -> ${api}:main`, 'keep-previous': 'main=1' },
      /^keep-previous: line 2: "ghcr.io\/acme\/api:main-1" is both the source/
    ],
    [
      'more than a thousand tags with those that are kept',
      { ...both, 'keep-previous': '500' },
      /^keep-previous: makes 1002 tags/
    ]
  ])('%s', (_what, given, mistake) => {
    expect(linesOf(given)).toEqual([expect.stringMatching(mistake)])
  })

  test('lets one image have a digest to expect, whatever lines name it', () => {
    const promotions = `${api}:1 -> 2\n${api}:1 -> 3`
    expect(linesOf({ promotions, 'expect-digest': sha256 })).toEqual([''])
  })
})

describe('what is printed as promotions', () => {
  const repository = fc.constantFrom(
    'ghcr.io/acme/api',
    'docker.io/acme/web',
    'localhost:5000/a',
    '[::1]:5/b'
  )
  const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,9}$/)
  const line = fc.tuple(
    repository,
    fc.boolean(),
    fc.array(fc.tuple(repository, tag), { minLength: 1, maxLength: 4 })
  )
  const gap = fc.constantFrom(' ', ', ', ',', '  ')
  const end = fc.constantFrom('\n', '\r\n', '\n\n', '\n# a -> b\n', ' \n  ')

  test('is read back, however it is spaced', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), gap, end, (lines, between, after) => {
        // Each target once: two images cannot have the same.
        const taken = new Set<string>()
        const set = lines.map(([name, isDigest, to], index) => {
          // Each image once: its lines would become one.
          const number = index.toString()
          const from = isDigest ? `${name}@sha256:${number.padStart(64, '0')}` : `${name}:s${number}`
          const targets = to.map(([place, label]) => `${place}:${label}`)
          return [from, targets.filter(target => !taken.has(target) && taken.add(target))] as const
        })
        const filled = set.filter(([, to]) => to.length > 0)
        const promotions = filled.map(([from, to]) => `${from} -> ${to.join(between)}`).join(after)
        expect(print(readFrom({ promotions }))).toStrictEqual(
          filled.map(([from, to]) => `${from} -> ${to.join(' ')}`)
        )
      })
    )
  })
})
