/** One read of a registry that asks for a token and takes any, with a token server that answers by a list. */
import type { Credential } from '../../src/oci/credential.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { authorizing } from '../../src/registry/auth/authorize.ts'
import type { Request, Send } from '../../src/registry/http/message.ts'
import { followingRedirects } from '../../src/registry/http/redirect.ts'
import { type Answered, answerTo, requestTo } from './requests.ts'

const { repository } = parseReference('r.example/acme/app:1')
/** What is done in `r.example/acme/app`. */
export const access = { repository, actions: ['pull', 'push'] } as const
const challenge = 'Bearer realm="https://auth.example/token",service="acme"'

/** What a test sees of it. */
export interface Exchanged {
  /** The requests that are not to the registry. */
  readonly requests: Request[]
  readonly slept: number[]
  readonly masked: string[]
  /** Reads, and gives the token that the registry was sent. */
  readonly read: () => Promise<string | undefined>
  /** Lets time pass. */
  readonly pass: (milliseconds: number) => void
}

/** Makes one, of `r.example/acme/app`. */
export function exchange(
  credential: Credential,
  answers: readonly Answered[],
  header = challenge
): Exchanged {
  const requests: Request[] = []
  const slept: number[] = []
  const masked: string[] = []
  let now = 0
  let sent: string | undefined
  const send: Send = request => {
    const { url, headers } = request
    if (url.host === 'r.example' && url.pathname.startsWith('/v2/')) {
      sent = headers.authorization?.replace('Bearer ', '')
      return Promise.resolve(
        answerTo(request, sent ? {} : { status: 401, headers: { 'www-authenticate': header } })
      )
    }
    requests.push(request)
    return Promise.resolve(answerTo(request, answers[requests.length - 1] ?? { status: 418 }))
  }
  const authorized = authorizing(followingRedirects(send), {
    keychain: () => Promise.resolve(credential),
    mask: secret => masked.push(secret),
    now: () => now,
    sleep: milliseconds => Promise.resolve(slept.push(milliseconds))
  })
  return {
    requests,
    slept,
    masked,
    read: async () => {
      await authorized(requestTo('https://r.example/v2/acme/app/manifests/1', { access }))
      return sent
    },
    pass: milliseconds => {
      now += milliseconds
    }
  }
}
