/** Tests of reading the inputs from the environment: defaults, misspelt inputs, unknown ones, secrets. */
import { describe, expect, test } from '@jest/globals'
import { type GivenInputs, readEnvironment } from '../../../src/action/inputs/environment.ts'
import { inputDefaults, inputNames, secretInputs } from '../../../src/action/inputs/known-inputs.ts'
import { Mistakes } from '../../../src/action/inputs/mistakes.ts'
import { meantBy } from '../../../src/action/inputs/similar-names.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'

interface Read extends GivenInputs {
  readonly mistakes: string
}

function readFrom(env: Readonly<Record<string, string>>): Read {
  const mistakes = new Mistakes()
  const given = readEnvironment(env, mistakes)
  const error = errorThrownBy(() => {
    mistakes.throwAny()
  })
  return { ...given, mistakes: error?.message ?? '' }
}

/** Names a variable as the runner does. */
const variable = (name: string): string => `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`

describe('readEnvironment', () => {
  test('gives each input its default where there is no variable, as on a machine without a runner', () => {
    const { read, mistakes, unknown } = readFrom({ HOME: '/root', input_tags: 'x', INPUT_: 'x' })
    expect(inputNames.map(read)).toStrictEqual(Object.values(inputDefaults))
    expect(mistakes).toBe('')
    expect(unknown).toStrictEqual([])
  })

  test('gives what a variable holds, without the blanks around it, even if that is empty', () => {
    const { read } = readFrom({
      'INPUT_IF-EXISTS': ' fail\n',
      'INPUT_EXPECT-DIGEST': '',
      INPUT_REFERRERS: ' '
    })
    expect([read('if-exists'), read('expect-digest'), read('referrers')]).toStrictEqual(['fail', '', ''])
  })

  test('finds every input under the name that the runner gives it', () => {
    const env = Object.fromEntries(inputNames.map(name => [variable(name), `of ${name}`]))
    const { read, mistakes } = readFrom(env)
    expect(inputNames.map(read)).toStrictEqual(inputNames.map(name => `of ${name}`))
    expect(mistakes).toBe('')
  })

  test.each([
    ['dry_run', 'dry-run'],
    ['dryrun', 'dry-run'],
    ['dryRun', 'dry-run'],
    ['dry run', 'dry-run'],
    ['dry', 'dry-run'],
    ['if-exist', 'if-exists'],
    ['if_exists', 'if-exists'],
    ['on-exists', 'if-exists'],
    ['overwrite', 'if-exists'],
    ['expected-digest', 'expect-digest'],
    ['require-platform', 'require-platforms'],
    ['required-platforms', 'require-platforms'],
    ['platforms', 'require-platforms'],
    ['keep-previus', 'keep-previous'],
    ['wait-for-sources', 'wait-for-source'],
    ['timeout', 'wait-for-source'],
    ['onfailure', 'on-failure'],
    ['referers', 'referrers'],
    ['insecure-registry', 'insecure-registries'],
    ['repositories', 'repository'],
    ['repo', 'repository'],
    ['registries', 'registry'],
    ['promotion', 'promotions'],
    ['pasword', 'password'],
    ['user-name', 'username'],
    ['github_token', 'github-token'],
    ['souce', 'source'],
    ['targets', 'target'],
    ['tagret', 'target'],
    ['tags', 'target'],
    ['tag', 'target'],
    ['to', 'target']
  ])('takes %s for the mistake of somebody who means %s, and reads its value as that', (name, input) => {
    const { read, mistakes, unknown } = readFrom({ [variable(name)]: ' value ' })
    const shown = name.replaceAll(' ', '_').toLowerCase()
    expect(mistakes).toMatch(
      `${input}: "${shown}" is not an input of Retag. Write ${input}. If the step does not have it, rename the environment variable ${variable(name)}.`
    )
    expect(inputNames.filter(each => read(each) === 'value')).toStrictEqual([input])
    expect(unknown).toStrictEqual([])
  })

  test.each([
    ['image', 'target', 'Write repository for the name of the image, source for'],
    ['images', 'target', 'Write repository for the name of the image, source for'],
    ['digest', 'expect-digest', 'Write source for the image to tag, expect-digest'],
    ['token', 'password', "Write password for a registry's token, or github-token"]
  ])('says of %s what it may mean, and reads it as nothing', (name, input, advice) => {
    const { read, mistakes } = readFrom({ [variable(name)]: 'value' })
    expect(mistakes).toContain(`${input}: "${name}" is not an input of Retag. ${advice}`)
    expect(inputNames.map(read)).not.toContain('value')
  })

  test('says of a variable in lower case how it is written', () => {
    expect(readFrom({ 'INPUT_dry-run': 'true' }).mistakes).toBe(
      'dry-run: the variable INPUT_dry-run is not in upper case. Write INPUT_DRY-RUN.'
    )
  })

  test('prefers what is spelt right', () => {
    const { read, mistakes } = readFrom({ INPUT_TARGET: 'right', INPUT_TARGETS: 'wrong' })
    expect(read('target')).toBe('right')
    expect(mistakes).toContain('target: "targets"')
  })

  test.each(['labels', 'working-directory', 'x', 'constructor', 'context', 'push', '-', 'y'.repeat(100_000)])(
    'knows nothing that %s could mean',
    name => {
      const { mistakes, unknown } = readFrom({ [variable(name)]: 'value' })
      expect(mistakes).toBe('')
      expect(unknown).toHaveLength(1)
      expect(name).toContain(unknown[0]?.replace(/…$/, ''))
    }
  )

  test('lists what nobody may see: the password and the token, misspelt ones too', () => {
    expect(secretInputs).toStrictEqual(['password', 'github-token'])
    const env = { INPUT_PASSWORD: 'a', 'INPUT_GITHUB-TOKEN': ' b ', INPUT_PASSWORDS: 'c', INPUT_TOKEN: 'd' }
    expect(readFrom(env).secrets).toStrictEqual(['a', 'b', 'c', 'd'])
    expect(readFrom({ INPUT_PASSWORD: '' }).secrets).toStrictEqual([])
  })
})

describe('meantBy', () => {
  const slips: readonly ((name: string, at: number) => string)[] = [
    (name, at) => name.slice(0, at) + name.slice(at + 1),
    (name, at) => `${name.slice(0, at)}x${name.slice(at)}`,
    (name, at) => `${name.slice(0, at)}x${name.slice(at + 1)}`,
    (name, at) => name.slice(0, at) + (name[at + 1] ?? '') + (name[at] ?? '') + name.slice(at + 2)
  ]

  test.each(inputNames)('finds %s again after any slip of the pen', name => {
    const spoilt = slips.flatMap(slip => Array.from(name, (_, at) => slip(name, at)))
    expect(spoilt.length).toBeGreaterThan(20)
    // "digest" may mean another input too; what is said of it names them all.
    const lost = spoilt.filter(each => ![name, 'digest'].includes(each) && meantBy(each)?.input !== name)
    expect(lost).toStrictEqual([])
  })
})
