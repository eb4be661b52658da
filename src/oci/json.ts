/** JSON from elsewhere: parsed within bounds, for a small text can need much memory. */

// Of lists and objects: recursive code must not overflow the stack.
const MAXIMUM_DEPTH = 64

// Each value takes some 64 bytes once it is parsed: 4 MiB of `[],[],…` would take 90 MiB.
const MAXIMUM_VALUES = 250_000

/** Tells whether a value is an object, and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Parses JSON. Throws `SyntaxError` for what is no JSON, is nested more than 64 levels deep, or holds more than 250,000 values
 * (counted by its brackets, braces and commas). Bytes that are no UTF-8 are replaced.
 */
export function parseJson(json: string | Uint8Array): unknown {
  const text = typeof json === 'string' ? json : new TextDecoder().decode(json)
  if (isExcessive(text)) throw new SyntaxError('JSON with too many levels or values')
  return JSON.parse(text)
}

/** Finds what comes after the string that begins here. */
export function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}

function isExcessive(json: string): boolean {
  let depth = 0
  let values = 1
  for (let at = 0; at < json.length; at++) {
    const char = json.charAt(at)
    if ('{['.includes(char)) depth++
    else if ('}]'.includes(char)) depth--
    else if (char === '"') at = endOfString(json, at) - 1
    if ('{[,'.includes(char)) values++
    if (depth > MAXIMUM_DEPTH || values > MAXIMUM_VALUES) return true
  }
  return false
}
