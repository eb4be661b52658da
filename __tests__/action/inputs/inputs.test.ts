/** Tests of reading the inputs: what they mean, and that every mistake is told at once. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Inputs, readInputs } from '../../../src/action/inputs/inputs.ts'
import { type InputName, inputDefaults, inputNames } from '../../../src/action/inputs/known-inputs.ts'
import { MAXIMUM_TARGETS } from '../../../src/promotion/request.ts'
import { formatReference } from '../../../src/oci/reference.ts'
import { formatSource } from '../../../src/promotion/source.ts'
import { codeThrownBy, errorThrownBy } from '../../../testing/code-thrown-by.ts'
import { wildText } from '../../../testing/wild-text.ts'

type Given = Partial<Record<InputName, string>>

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`
const home: Given = { registry: 'ghcr.io', repository: 'acme/app' }
const enough: Given = { ...home, source: '1', target: '2' }
const full: Given = { source: 'ghcr.io/acme/app:1', target: 'ghcr.io/acme/app:2' }

const readFrom = (given: Given): Inputs => readInputs(name => given[name] ?? inputDefaults[name])
const codeOf = (given: Given): string | undefined => codeThrownBy(() => readFrom(given))
const linesOf = (given: Given): string[] => errorThrownBy(() => readFrom(given))?.message.split('\n') ?? []
const targetsOf = (given: Given): string[] =>
  (readFrom(given).request.promotions[0]?.targets ?? []).map(formatReference)
const list = (count: number): string =>
  [...Array(count).keys()].map(index => `t${index.toString()}`).join('\n')

describe('readInputs', () => {
  test('asks for no input that action.yml does not know, and for each of them', () => {
    const asked = new Set<string>()
    readInputs(name => {
      asked.add(name)
      return enough[name] ?? inputDefaults[name]
    })
    expect([...asked].sort()).toStrictEqual([...inputNames].sort())
  })

  test.each([
    [home, '1.0', 'ghcr.io/acme/app:1.0'],
    [home, sha256, `ghcr.io/acme/app@${sha256}`],
    [home, 'ghcr.io/acme/app:1', 'ghcr.io/acme/app:1'],
    [home, `ghcr.io/acme/app:1@${sha256}`, `ghcr.io/acme/app:1@${sha256}`],
    [{ ...home, repository: 'Acme/App' }, '1', 'ghcr.io/acme/app:1'],
    [{ ...home, registry: 'GHCR.io' }, '1', 'ghcr.io/acme/app:1'],
    [{ repository: 'acme/app' }, '1', 'docker.io/acme/app:1'],
    [{ repository: 'app' }, '1', 'docker.io/library/app:1'],
    [{ registry: 'index.docker.io', repository: 'app' }, '1', 'docker.io/library/app:1'],
    [
      { registry: 'harbor.example.com', repository: 'ghcr.io/acme/app' },
      '1',
      'harbor.example.com/ghcr.io/acme/app:1'
    ],
    [{}, 'acme/app:1', 'docker.io/acme/app:1'],
    [home, '  1.0\n', 'ghcr.io/acme/app:1.0'],
    [home, '# the one of today\n1.0', 'ghcr.io/acme/app:1.0']
  ])('with %j takes the source %j for %s', (given, source, reference) => {
    const target = reference.replace(/@.*/, '').replace(/(:[^:/]*)?$/, ':target')
    const [promotion] = readFrom({ ...given, source, target }).request.promotions
    expect(promotion && formatSource(promotion.source)).toBe(reference)
  })

  test.each([
    ['2', ['ghcr.io/acme/app:2']],
    ['2\n3', ['ghcr.io/acme/app:2', 'ghcr.io/acme/app:3']],
    ['3,2 4', ['ghcr.io/acme/app:3', 'ghcr.io/acme/app:2', 'ghcr.io/acme/app:4']],
    ['ghcr.io/acme/app:2\nghcr.io/acme/app:latest', ['ghcr.io/acme/app:2', 'ghcr.io/acme/app:latest']],
    ['\n# those of today\n2\n\n', ['ghcr.io/acme/app:2']],
    ['2\n3\n2\nghcr.io/Acme/app:3', ['ghcr.io/acme/app:2', 'ghcr.io/acme/app:3']],
    [
      '2 ghcr.io/acme/prod:2 acme/app:2',
      ['ghcr.io/acme/app:2', 'ghcr.io/acme/prod:2', 'docker.io/acme/app:2']
    ]
  ])('takes the target %j for %j', (target, targets) => {
    expect(targetsOf({ ...enough, target })).toStrictEqual(targets)
  })

  test('needs no repository for full references', () => {
    expect(targetsOf({ source: 'ghcr.io/acme/app:1', target: 'ghcr.io/acme/app:2' })).toStrictEqual([
      'ghcr.io/acme/app:2'
    ])
  })

  test.each([
    [
      { username: 'ci', password: 'secret' },
      { registry: 'ghcr.io', username: 'ci', password: 'secret' }
    ],
    [{}, undefined]
  ])('takes %j for the login', (given, login) => {
    expect(readFrom({ ...enough, ...given }).login).toStrictEqual(login)
  })

  test.each([
    ['', []],
    ['10.0.0.1:5000', ['10.0.0.1:5000']],
    ['a.example, B.example:80\n# c\na.example', ['a.example', 'b.example:80']]
  ])('takes %j for the insecure registries', (hosts, insecure) => {
    expect([...readFrom({ ...enough, 'insecure-registries': hosts }).insecure]).toStrictEqual(insecure)
  })

  test('takes a thousand targets; duplicates count once', () => {
    expect(MAXIMUM_TARGETS).toBe(1000)
    expect(targetsOf({ ...enough, target: list(1000) })).toHaveLength(1000)
    expect(targetsOf({ ...enough, target: `${list(1000)}\nt0` })).toHaveLength(1000)
  })

  test('hands on an error that is no mistake of the user', () => {
    const broken = (): never => {
      throw new TypeError('bug')
    }
    expect(() => readInputs(broken)).toThrow(TypeError)
  })
})

describe('readInputs refuses', () => {
  const expectMistake = (code: string, input: string, given: Given): void => {
    expect(codeOf({ ...enough, ...given })).toBe(code)
    const lines = linesOf({ ...enough, ...given })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.startsWith(`${input}: `)).toBe(true)
  }

  test.each<[string, string, Given]>([
    ['no source', 'source', { source: '' }],
    ['no target', 'target', { target: '' }],
    ['nothing but comments', 'target', { target: '# none\n' }],
    ['too many targets', 'target', { target: list(1001) }],
    ['a bare source without a repository', 'source', { repository: '', target: 'ghcr.io/a/b:1' }],
    ['a bare target without a repository', 'target', { repository: '', source: 'ghcr.io/a/b:1' }],
    ['the registry in the repository', 'repository', { ...full, repository: 'ghcr.io/acme/app' }],
    ['the registry in other letters there', 'repository', { ...full, repository: 'GHCR.io/acme/app' }],
    ['a registry with a port there', 'repository', { ...full, repository: 'localhost:5000/app' }],
    [
      'another registry there, and none given',
      'repository',
      { ...full, registry: '', repository: 'ghcr.io/a/b' }
    ],
    ['a user name alone', 'username', { username: 'ci' }],
    ['a password alone', 'username', { password: 'secret' }]
  ])('%s', (_what, input, given) => {
    expectMistake('INPUT_INVALID', input, given)
  })

  test.each<[string, string, Given]>([
    ['a source that is no tag', 'source', { source: '.x' }],
    ['a source without its tag', 'source', { source: 'ghcr.io/acme/app' }],
    ['a target that is no tag', 'target', { target: '2+3' }],
    ['a digest as target', 'target', { target: sha256 }],
    ['a target by digest', 'target', { target: `ghcr.io/acme/app:2@${sha256}` }],
    ['a scheme', 'registry', { ...full, registry: 'https://ghcr.io' }],
    ['a repository that is none', 'repository', { ...full, repository: 'acme/app!' }],
    ['a repository with a tag', 'repository', { ...full, repository: 'acme/app:1' }],
    ['an insecure registry that is none', 'insecure-registries', { 'insecure-registries': 'http://a' }]
  ])('%s', (_what, input, given) => {
    expectMistake('REFERENCE_INVALID', input, given)
  })

  test.each(['ghcr.io', 'Docker.io', 'b.example, 123456789012.dkr.ecr.eu-central-1.amazonaws.com'])(
    'plain HTTP to a public registry: %s',
    hosts => {
      expectMistake('INPUT_INVALID', 'insecure-registries', { 'insecure-registries': hosts })
    }
  )

  test('every mistake at once, each on a line that begins with its input', () => {
    const lines = linesOf({
      ...home,
      source: '.1',
      target: '.x 3 ghcr.io/acme/app',
      username: 'ci',
      'insecure-registries': 'http://a, b, c/d'
    })
    expect(lines[0]).toContain('6 mistakes')
    expect(lines.slice(1).map(line => line.split(':')[0])).toStrictEqual([
      'source',
      'target',
      'target',
      'username',
      'insecure-registries',
      'insecure-registries'
    ])
  })

  test.each<[string, string, Given]>([
    ['references alone', 'REFERENCE_INVALID', { source: '.x', target: '.y' }],
    ['other things too', 'INPUT_INVALID', { source: '.x', username: 'ci' }]
  ])('with the code of mistakes in %s', (_what, code, given) => {
    expect(codeOf({ ...enough, ...given })).toBe(code)
  })

  test.each<[string, Given]>([
    ['registry', { registry: 'https://ghcr.io' }],
    ['repository', { repository: 'acme/app!' }]
  ])('a %s that is wrong once: it is given, so nothing else is said to lack it', (input, given) => {
    const lines = linesOf({ ...enough, ...given })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.startsWith(`${input}: `)).toBe(true)
  })

  test.each<[string, Given, string[]]>([
    [
      'a URL',
      { registry: 'https://ghcr.io/v2/', repository: 'acme/app!', target: '.x acme/app:1', username: 'ci' },
      ['registry', 'username', 'repository', 'target', 'target']
    ],
    [
      'no host at all',
      { registry: 'ghcr!', repository: 'acme/app! a/b:1', target: '.x acme/app:1', 'dry-run': '' },
      ['registry', 'repository', 'repository', 'target', 'dry-run']
    ],
    [
      'a host with a path',
      { registry: 'ghcr.io/acme', repository: 'app', promotions: 'acme/app:1 -> .x' },
      ['registry', 'promotions', 'promotions', 'promotions']
    ]
  ])('all other mistakes beside a registry that is %s', (_what, given, inputs) => {
    const [, ...lines] = linesOf({ ...enough, ...given })
    expect(lines.map(line => line.split(':')[0]).sort()).toStrictEqual(inputs.sort())
  })

  test('what is wrong with full references beside a wrong registry', () => {
    const given = {
      registry: 'https://ghcr.io',
      source: 'ghcr.io/acme/app:1',
      target: '.x ghcr.io/acme/app@2'
    }
    expect(linesOf({ ...enough, ...given })[0]).toContain('3 mistakes')
  })

  test('a password without showing it', () => {
    expect(linesOf({ ...enough, password: 'hunter2' }).join()).not.toContain('hunter2')
  })
})

describe('readInputs, whatever it is given,', () => {
  const word = fc.constantFrom(
    'ghcr.io',
    'acme',
    'app',
    '/',
    ':',
    '@',
    '.',
    '1',
    ' ',
    '\n',
    '::error::',
    '##[x]',
    sha256,
    'X',
    '#'
  )
  const text = fc.oneof(fc.string({ unit: word, maxLength: 8 }), wildText, fc.constant(''))
  const anything = fc.record(Object.fromEntries(inputNames.map(name => [name, text])))

  test('reads it, or tells every mistake by one of two codes, a line each', () => {
    fc.assert(
      fc.property(anything, given => {
        const trimmed = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()]))
        expect([undefined, 'INPUT_INVALID', 'REFERENCE_INVALID']).toContain(codeOf(trimmed))
        const lines = linesOf(trimmed)
        for (const line of lines.length > 1 ? lines.slice(1) : lines)
          expect(inputNames).toContain(line.split(': ')[0])
        expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]|##\[/u)
      })
    )
  })
})
