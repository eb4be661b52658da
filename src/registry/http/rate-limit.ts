/** Says when a registry's rate limit is nearly used up (IETF draft *RateLimit header fields*, as Docker Hub sends them). */
import type { Response, Send } from './message.ts'

/** How many requests a registry still answers. */
export interface Quota {
  readonly remaining: number
  /** Of how many; undefined where the registry does not say. */
  readonly limit: number | undefined
  /** In how many seconds; undefined where the registry does not say. */
  readonly window: number | undefined
}

// A tenth of the quota, or so few that one more job may not get through.
const LOW_SHARE = 0.1
const LOW_COUNT = 10

/** Reads `ratelimit-remaining: 76;w=21600` and its `x-` twin; undefined where there is none. */
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

/** Tells `tell`, once for each origin, that its rate limit is nearly used up. */
export function watchingQuota(send: Send, tell: (line: string) => void): Send {
  const told = new Set<string>()
  return async request => {
    const response = await send(request)
    const { origin, host } = request.url
    const quota = told.has(origin) ? undefined : readQuota(response.headers)
    if (quota !== undefined && isLow(quota)) {
      told.add(origin)
      tell(`${host}: ${describeQuota(quota)} before its rate limit`)
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
