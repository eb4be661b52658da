/** Tests of credentials as values. */
import { expect, test } from '@jest/globals'
import { anonymous } from '../../src/oci/credential.ts'

test('anonymous shows nothing but that it is anonymous', () => {
  expect(anonymous).toStrictEqual({ kind: 'anonymous' })
})
