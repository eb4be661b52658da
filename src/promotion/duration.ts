/** Durations, in milliseconds, as people write and read them: `90s`, `10m`, `1h`. */
import { PromotionError } from '../oci/errors.ts'
import { printable } from '../oci/printable.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

// Jobs end after six hours on GitHub's runners, after five days on self-hosted ones.
const MAXIMUM = 5 * 24 * HOUR

/** Reads a duration; a bare number is seconds. Throws `INPUT_INVALID`. */
export function parseDuration(text: string): number {
  const [, number = '', unit] = /^([0-9]{1,9})\s?([smh])?$/.exec(text) ?? []
  const duration = Number(number) * (unit === 'h' ? HOUR : unit === 'm' ? MINUTE : SECOND)
  if (number !== '' && duration <= MAXIMUM) return duration
  throw new PromotionError('INPUT_INVALID', `"${printable(text)}" is not a duration`, {
    advice: 'Write a whole number with s, m or h, as in 90s, 10m or 1h; at most 120h.'
  })
}

/** Prints a duration in its largest units: `1 h 30 min`, `45 s`. */
export function formatDuration(duration: number): string {
  const seconds = Math.ceil(duration / 1000)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's']
  ] as const
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count.toString()} ${unit}`)
  return shown.join(' ') || '0 s'
}
