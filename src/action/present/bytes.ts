/** Sizes in words. */

const units = ['kB', 'MB', 'GB', 'TB']
const STEP = 1000
// What would be rounded up to a thousand belongs to the next unit.
const NEXT_UNIT = 999.5

/** Writes a number of bytes for people, with as many digits as say something: `512 bytes`, `1.2 kB`, `345 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < STEP) return `${bytes.toString()} ${bytes === 1 ? 'byte' : 'bytes'}`
  let value = bytes
  let unit = ''
  for (const next of units) {
    if (value < NEXT_UNIT) break
    value /= STEP
    unit = next
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`
}
