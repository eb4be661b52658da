/** Tests of the inputs that are secret. */
import { expect, test } from '@jest/globals'
import { inputNames, readInputs, secretInputs } from '../../../src/action/inputs/inputs.ts'

const given: Readonly<Record<string, string>> = {
  source: 'ghcr.io/acme/app:1',
  target: 'ghcr.io/acme/app:2',
  'dry-run': 'false',
  referrers: 'true',
  'github-token': 'ghs_secret'
}

test('github-token is read as it is, and may be missing', () => {
  expect(readInputs(name => given[name] ?? '').githubToken).toBe('ghs_secret')
  expect(readInputs(name => (name === 'github-token' ? '' : (given[name] ?? ''))).githubToken).toBe('')
})

test('are the password and the token, each an input by its name', () => {
  expect(secretInputs).toEqual(['password', 'github-token'])
  expect(inputNames).toEqual(expect.arrayContaining([...secretInputs]))
})
