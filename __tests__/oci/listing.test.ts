/** Tests of lists in messages. */
import { describe, expect, test } from '@jest/globals'
import { listFirst } from '../../src/oci/listing.ts'

describe('listFirst', () => {
  test.each<[string[], string]>([
    [[], ''],
    [['a', 'b'], 'a, b'],
    [['a', 'b', 'c', 'd'], 'a, b and 2 more']
  ])('lists %j as "%s"', (names, listed) => {
    expect(listFirst(names, 2)).toBe(listed)
  })

  test('joins by another separator', () => {
    expect(listFirst(['a', 'b', 'c'], 2, ' + ')).toBe('a + b and 1 more')
  })
})
