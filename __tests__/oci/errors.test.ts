/** Tests of the one error class and of what is put before its message. */
import { TagChangedError } from '../../src/oci/tag-changed.ts'
import { otherDigest } from '../../testing/samples.ts'
import { describe, expect, test } from '@jest/globals'
import { PromotionError, during, errorCodes, isUnavailable } from '../../src/oci/errors.ts'

test('there are fourteen codes, each once', () => {
  expect(errorCodes).toHaveLength(14)
  expect(new Set(errorCodes).size).toBe(14)
})

describe('PromotionError', () => {
  test.each(errorCodes)('bears the code %s', code => {
    expect(new PromotionError(code, 'x')).toMatchObject({ name: 'PromotionError', code, message: 'x' })
  })

  test('is an error like any other', () => {
    expect(new PromotionError('DENIED', 'x')).toBeInstanceOf(Error)
  })

  test('carries the advice and the error behind it', () => {
    const cause = new Error('socket')
    expect(new PromotionError('TIMED_OUT', 'x', { advice: 'wait', cause })).toMatchObject({
      advice: 'wait',
      cause
    })
  })

  test('has no advice when there is none to give', () => {
    expect(new PromotionError('DENIED', 'x').advice).toBeUndefined()
  })
})

describe('during', () => {
  test('puts what was being done before the message', () => {
    expect(during('reading', new PromotionError('DENIED', 'no'))).toMatchObject({ message: 'reading: no' })
  })

  test.each([['advice'], [undefined]])('keeps the code and the advice %s', advice => {
    const error = new PromotionError('DENIED', 'no', advice === undefined ? {} : { advice })
    expect(during('reading', error)).toMatchObject({ code: 'DENIED', advice, cause: error })
  })

  test.each([true, false])('keeps whether content is missing: %s', isContentMissing => {
    const error = new PromotionError('REGISTRY_REJECTED', 'no', { isContentMissing })
    expect(during('copying', error)).toMatchObject({ isContentMissing })
  })

  test.each([[new TypeError('bug')], ['text'], [undefined]])('hands on what is none of ours: %p', error => {
    expect(during('reading', error)).toBe(error)
  })
})

test.each(errorCodes)('isUnavailable knows what it says of %s', code => {
  const isMeant = ['REGISTRY_UNAVAILABLE', 'TIMED_OUT'].includes(code)
  expect(isUnavailable(new PromotionError(code, ''))).toBe(isMeant)
  expect(isUnavailable(Object.assign(new Error(''), { code }))).toBe(false)
})

test.each([
  [undefined, 'the tag now holds nothing'],
  [otherDigest, `the tag now holds ${otherDigest}`]
])('TagChangedError says what the tag holds: %s', (found, message) => {
  expect(new TagChangedError(found)).toMatchObject({ name: 'TagChangedError', found, message })
})
