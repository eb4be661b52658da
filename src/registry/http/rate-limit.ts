/** Logs when a registry's rate limit is nearly used up (IETF draft *RateLimit header fields*, as Docker Hub sends them). */
import type { Response, Send } from './message.ts'

/** How many requests a registry still allows. */
export interface Quota {
  readonly remaining: number
  /** The total; undefined if the registry does not send it. */
  readonly limit: number | undefined
  /** The window in seconds; undefined if the registry does not send it. */
  readonly window: number | undefined
}

// A tenth of the quota, or too few for one more job.
const LOW_SHARE = 0.1
const LOW_COUNT = 10

/** Reads `ratelimit-remaining: 76;w=21600` or its `x-` variant; undefined without one. */
export function readQuota(headers: Response['headers']): Quota | undefined {
  const remaining = readField(headers['ratelimit-remaining'] ?? headers['x-ratelimit-remaining'])
  if (remaining === undefined) return undefined
  const limit = readField(headers['ratelimit-limit'] ?? headers['x-ratelimit-limit'])
  return { remaining: remaining.count, limit: limit?.count, window: remaining.window ?? limit?.window }
}

/** Tells whether a quota is nearly used up. */
export function isLow({ remaining, limit }: Quota): boolean {
  return remaining <= (limit === undefined ? LOW_COUNT : Math.max(1, Math.min(LOW_COUNT, limit * LOW_SHARE)))
}

/** Logs once per origin that its rate limit is nearly used up. */
export function watchingQuota(send: Send, log: (line: string) => void): Send {
  const logged = new Set<string>()
  return async request => {
    const response = await send(request)
    const { origin, host } = request.url
    const quota = logged.has(origin) ? undefined : readQuota(response.headers)
    if (quota !== undefined && isLow(quota)) {
      logged.add(origin)
      log(`${host}: ${describeQuota(quota)} before its rate limit`)
    }
    return response
  }
}

function describeQuota({ remaining, limit, window }: Quota): string {
  const of = limit === undefined ? '' : ` of ${limit.toString()}`
  const span = window === undefined ? '' : ` in ${(window / 3600).toFixed(1).replace('.0', '')} h`
  return `${remaining.toString()}${of} requests are left${span}`
}

function readField(value: string | undefined): { count: number; window: number | undefined } | undefined {
  const [, count, window] = /^\s*(\d{1,9})(?:\s*;\s*w=(\d{1,9}))?\s*(?:[;,].*)?$/.exec(value ?? '') ?? []
  if (count === undefined) return undefined
  return { count: Number(count), window: window === undefined ? undefined : Number(window) }
}
