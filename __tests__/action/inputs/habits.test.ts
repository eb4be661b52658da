/** Tests of what is said of the mistakes that people make: what they wrote, and what to write instead. */
import { describe, expect, test } from '@jest/globals'
import { type Inputs, readInputs } from '../../../src/action/inputs/inputs.ts'
import { type InputName, inputDefaults } from '../../../src/action/inputs/known-inputs.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'

type Given = Partial<Record<InputName, string>>

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`
const enough: Given = { registry: 'ghcr.io', repository: 'acme/app', source: '1', target: '2' }
const none: Given = { repository: '', source: '', target: '' }

const readFrom = (given: Given): Inputs => readInputs(name => given[name] ?? inputDefaults[name])
const linesOf = (given: Given): string[] => errorThrownBy(() => readFrom(given))?.message.split('\n') ?? []

describe('readInputs says of', () => {
  const branch = (text: string, tag: string): string =>
    `"${text}" is no tag, because a tag cannot hold "/", and no image, because it has no tag and no digest. ` +
    `For a branch, write ${tag}, as docker/metadata-action does. For an image, add its tag: ${text}:TAG.`
  const gitRef = 'is a Git ref, not a tag.'
  const metadata =
    'docker/metadata-action makes tags of branches and pull requests, such as feature-login and pr-1.'
  const shell =
    'holds a variable of a shell. No shell reads the inputs. Write an expression, such as ${{ env.TAG }}.'
  const unset = 'An expression in it has no value, such as the output of a job that is not in "needs".'
  const noHost = (text: string): string =>
    `"${text}" names no registry, and registry is ghcr.io. Write ghcr.io/${text}; or docker.io/${text}, if Docker Hub is meant.`

  test.each<[InputName, string, string]>([
    ['target', 'feature/login', branch('feature/login', 'feature-login')],
    ['target', 'a/b+c', branch('a/b+c', 'a tag without "/"')],
    ['target', 'refs/heads/main', `"refs/heads/main" ${gitRef} Write main: github.ref_name has it.`],
    ['target', 'refs/tags/v1.0', `"refs/tags/v1.0" ${gitRef} Write v1.0: github.ref_name has it.`],
    ['target', 'refs/heads/a/b', `"refs/heads/a/b" ${gitRef} ${metadata}`],
    ['source', 'refs/pull/1/merge', `"refs/pull/1/merge" ${gitRef} ${metadata}`],
    [
      'target',
      '1.4.0+build.5',
      '"1.4.0+build.5" holds "+", and a tag cannot. Write "-" for it: 1.4.0-build.5.'
    ],
    ['target', 'ghcr.io/a/b:1+2', '"ghcr.io/a/b:1+2" holds "+", and a tag cannot. Write "-" for it: 1-2.'],
    [
      'source',
      'docker://ghcr.io/a/b:1',
      '"docker://ghcr.io/a/b:1" begins with docker://. Write ghcr.io/a/b:1.'
    ],
    ['target', 'https://ghcr.io/a/b:1', '"https://ghcr.io/a/b:1" begins with https://. Write ghcr.io/a/b:1.'],
    ['target', 'https://', '"https://" begins with https://. Write it without a scheme.'],
    ['target', '$TAG', `"$TAG" ${shell}`],
    ['source', 'ghcr.io/a/b:${TAG}', `"ghcr.io/a/b:\${TAG}" ${shell}`],
    ['target', 'ghcr.io/a/b:', `"ghcr.io/a/b:" ends where its tag should be. ${unset}`],
    ['source', 'ghcr.io/a/b@', `"ghcr.io/a/b@" ends where its digest should be. ${unset}`],
    ['source', 'sha256:', `"sha256:" ends where its digest should be. ${unset}`],
    ['source', 'ghcr.io/a/b@sha256:', `"ghcr.io/a/b@sha256:" ends where its digest should be. ${unset}`],
    [
      'target',
      '"1.0"',
      '""1.0"" holds quotation marks. Remove them: within an input they are part of the value.'
    ],
    [
      'target',
      '- 1.0\n- 2.0',
      '"- 1.0" begins with a dash. The input is a text, not a YAML list: write the values alone, one a line.'
    ],
    [
      'target',
      '1.0 # the new one',
      '"1.0 # the new one" has a comment after the value. Write the comment on a line of its own.'
    ],
    [
      'target',
      '["1.0", "2.0"]',
      "is a list in JSON. Write one value a line; an expression makes that of JSON: join(fromJSON(…), ' ')."
    ],
    ['target', 'acme/app:1', noHost('acme/app:1')],
    ['source', 'app:1', noHost('app:1')],
    ['target', '{repository}:1', noHost('{repository}:1')],
    ['target', '2 acme/app:1', noHost('acme/app:1')],
    ['registry', 'https://ghcr.io', '"https://ghcr.io" begins with https://. Write ghcr.io.'],
    ['registry', 'https://ghcr.io/v2/', '"https://ghcr.io/v2/" begins with https://. Write ghcr.io.'],
    ['registry', '$REGISTRY.io', '"$REGISTRY.io" is not a registry host. Write the host alone'],
    [
      'registry',
      'ghcr.io/acme',
      '"ghcr.io/acme" holds more than a host. Write ghcr.io here, and acme at the beginning of repository.'
    ],
    ['repository', 'acme/app:1', '"acme/app:1" holds a tag. Write acme/app here, and 1 in source.'],
    [
      'repository',
      `acme/app@${sha256}`,
      `"acme/app@${sha256}" holds a digest. Write acme/app here, and ${sha256} in source.`
    ],
    ['repository', 'acme/app:', '"acme/app:" holds a tag. Write acme/app here.'],
    [
      'repository',
      'ghcr.io/acme/app:1',
      '"ghcr.io/acme/app:1" holds a registry. Write acme/app here, ghcr.io in registry, and 1 in source.'
    ],
    [
      'repository',
      'GHCR.io/acme/app',
      '"GHCR.io/acme/app" holds a registry. Write acme/app here, GHCR.io in registry.'
    ],
    ['repository', 'https://ghcr.io/a/b', '"https://ghcr.io/a/b" begins with https://. Write ghcr.io/a/b.'],
    [
      'insecure-registries',
      'true',
      '"true" is not a host. The input is a list: name the hosts, such as registry.internal:5000.'
    ],
    ['insecure-registries', 'http://a.b:5000', '"http://a.b:5000" begins with http://. Write a.b:5000.'],
    [
      'require-platforms',
      '["linux/amd64"]',
      "is a list in JSON. Write one value a line; an expression makes that of JSON: join(fromJSON(…), ' ')."
    ],
    [
      'if-exists',
      'latest: forward\n*: fail',
      '"latest: forward" is written with a colon. Write = between pattern and value, as in latest=forward.'
    ],
    [
      'if-exists',
      '- latest=forward # always',
      '"- latest=forward # always" begins with a dash. The input is a text'
    ],
    ['if-exists', '', `is empty. ${unset} Write move, if any tag may be moved.`],
    ['if-exists', '# none', `is empty. ${unset} Write move, if any tag may be moved.`],
    ['expect-digest', '', `is empty. ${unset} Write any, if the source may have any digest.`],
    ['require-platforms', ' ', `is empty. ${unset} Write any, if the source may have any platforms.`],
    [
      'keep-previous',
      'nightly: 3',
      '"nightly: 3" is written with a colon. Write = between pattern and value, as in latest=forward.'
    ],
    [
      'keep-previous',
      '100000',
      '"100000" is not a number of images. Write a whole number from 0 to 999, such as 3.'
    ],
    ['referrers', 'no', '"no" is neither true nor false. Write true or false.'],
    ['referrers', '', 'is empty, which is neither true nor false. Leave the input out for true.'],
    ['dry-run', 'on', '"on" is neither true nor false. Write true or false.'],
    [
      'dry-run',
      '',
      'is empty, which is neither true nor false. Give the expression a default, as in ${{ inputs.dry-run || false }}.'
    ],
    [
      'target',
      'latest;1.0|2',
      '"latest;1.0|2" holds a separator that is none. Separate values by line breaks, commas or spaces.'
    ],
    [
      'if-exists',
      'latest => forward\nv* -> fail',
      '"latest => forward" is written with an arrow. Write = between pattern and value, as in latest=forward.'
    ],
    [
      'registry',
      'https://hub.docker.com/',
      '"https://hub.docker.com/" is a website, not a registry. Write docker.io.'
    ],
    ['registry', 'GitHub.com', '"GitHub.com" is a website, not a registry. Write ghcr.io.']
  ])('%s: %j what helps', (input, text, message) => {
    const given = { ...enough, [input]: text }
    const lines = linesOf(given)
    expect(lines.find(line => line.startsWith(`${input}: `))).toContain(`${input}: ${message}`)
    expect(lines.length).toBeLessThanOrEqual(text.includes('- latest') ? 3 : 1)
  })

  test.each<[string, Given]>([
    ['a list that names hosts too', { target: 'acme/app:1.0\nghcr.io/acme/app:1.0' }],
    ['Docker Hub', { registry: 'index.docker.io', target: 'acme/app:1.0' }],
    ['no reference of that kind', { target: `1.0 2.0` }],
    ['a line that names hosts too', { ...none, promotions: 'ghcr.io/acme/app:1 -> acme/app:1 2' }],
    ['localhost', { registry: 'localhost', target: 'localhost/acme/app:1' }]
  ])('no missing host in %s', (_what, given) => {
    expect(linesOf({ ...enough, ...given })).toStrictEqual([])
  })

  test('each line of promotions that names no host', () => {
    const promotions = 'acme/app:1 -> 2 acme/web:3\nghcr.io/acme/app:2 -> 4\nacme/app:5 -> 6'
    expect(linesOf({ ...enough, ...none, promotions }).slice(1)).toStrictEqual([
      `promotions: line 1: ${noHost('acme/app:1')}`,
      `promotions: line 1: ${noHost('acme/web:3')}`,
      `promotions: line 3: ${noHost('acme/app:5')}`
    ])
  })

  test('each line of promotions that has a dash, a comment or quotation marks', () => {
    const line = 'ghcr.io/acme/app:1 ->'
    const promotions = `- ${line} 1\n\n${line} 2 # new\n"${line} 3"\n- ${line} .x`
    expect(linesOf({ ...enough, ...none, promotions }).slice(1)).toEqual([
      expect.stringMatching(/^promotions: line 1: ".*" begins with a dash/),
      expect.stringMatching(/^promotions: line 3: ".*" has a comment after the value/),
      expect.stringMatching(/^promotions: line 4: ".*" holds quotation marks/),
      expect.stringMatching(/^promotions: line 5: ".*" begins with a dash/),
      expect.stringMatching(/^promotions: line 5: "\.x" is not a tag/)
    ])
  })

  test('all mistakes what to do: to change the workflow, for the old one would run again', () => {
    const advice = errorThrownBy(() => readFrom({ ...enough, target: '' }))?.advice
    expect(advice).toMatch(/^No registry was contacted\. Change the workflow, .* start a new run/)
  })
})
