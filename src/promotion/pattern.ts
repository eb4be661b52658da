/** Patterns of tags (`*` and `?`), and rules that give a value to the tags of a pattern: `latest=forward`, `v*=fail`. */
import type { Tag } from '../oci/reference.ts'

/** Gives a value to every tag that its pattern matches. */
export interface Rule<T> {
  readonly pattern: string
  readonly value: T
}

/** Finds the value of the first rule whose pattern matches a tag; undefined when there is none. */
export function firstMatch<T>(rules: readonly Rule<T>[], tag: Tag): T | undefined {
  return rules.find(({ pattern }) => matches(pattern, tag))?.value
}

/**
 * Tells whether a pattern matches the whole of a text: `*` matches any number of characters, `?` one.
 * A mismatch goes back to the last `*` alone, so that no pattern takes more steps than its length times the text's.
 */
export function matches(pattern: string, text: string): boolean {
  let [at, position] = [0, 0]
  let [star, resumed] = [-1, 0]
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = at++
      resumed = position
    } else if (pattern[at] === '?' || pattern[at] === text[position]) {
      at++
      position++
    } else if (star !== -1) {
      at = star + 1
      position = ++resumed
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}
