/** Texts of anything that a text can hold, halves of characters too. */
import fc from 'fast-check'

/** Any UTF-16 code units. fast-check's own `unit: 'binary'` takes a second of each test file to get ready. */
export const wildText: fc.Arbitrary<string> = fc
  .array(fc.nat({ max: 0xff_ff }), { maxLength: 60 })
  .map(units => String.fromCharCode(...units))
