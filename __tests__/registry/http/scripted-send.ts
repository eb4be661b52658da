/** A fake clock, and a wire that answers by a script, for the layers that wait. */
import { PromotionError } from '../../../src/oci/errors.ts'
import type { Response, Send } from '../../../src/registry/http/message.ts'
import type { RetryOptions } from '../../../src/registry/http/retry.ts'
import { answerTo } from '../requests.ts'

/** Options that keep what they are told. */
export interface FakeOptions extends RetryOptions {
  readonly slept: number[]
  readonly logged: string[]
}

/** Options with a clock that only sleeping moves. */
export function fakeOptions(): FakeOptions {
  let clock = Date.UTC(2026, 0, 1)
  const slept: number[] = []
  const logged: string[] = []
  return {
    now: () => clock,
    random: () => 0,
    isExhausted: () => false,
    sleep: ms => {
      slept.push(ms)
      clock += ms
      return Promise.resolve()
    },
    log: line => logged.push(line),
    slept,
    logged
  }
}

/** Sends by a script: each entry is one answer or error; the last is given again and again. */
export function script(...endings: (Response | PromotionError)[]): { send: Send; count: () => number } {
  let sent = 0
  const send: Send = request => {
    const ending = endings[Math.min(sent++, endings.length - 1)] ?? answerTo(request, { status: 500 })
    return ending instanceof PromotionError ? Promise.reject(ending) : Promise.resolve(ending)
  }
  return { send, count: () => sent }
}
