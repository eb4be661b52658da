/** A run against a public registry: the in-process one answers for its hosts, and only sleeping advances the clock. */
import { type Action, type Credential, anonymous } from '../../src/oci/credential.ts'
import { type Target, asTarget, parseReference } from '../../src/oci/reference.ts'
import { RegistryClient } from '../../src/registry/client.ts'
import type { Send } from '../../src/registry/http/message.ts'
import { LoopbackTls } from '../../src/registry/http/loopback-tls.ts'
import { Secrets } from '../../src/registry/http/redact.ts'
import { registryStack } from '../../src/registry/stack.ts'
import type { Image } from '../../testing/images.ts'
import { image } from '../../testing/images.ts'
import type { Profile } from '../../testing/profiles.ts'
import { openRegistry, openTransport } from './opened.ts'

/** The image at `acme/app:1`. */
export const seeded: Image = image()

/** How a visit differs from an anonymous one. */
export interface VisitOptions {
  readonly credential?: Credential
  /** Pull and push by default. */
  readonly actions?: readonly Action[]
}

/** A run against one registry. */
export interface Visit {
  readonly client: RegistryClient
  readonly send: Send
  /** `acme/app:1` and other tags of it: `at('2')`. */
  readonly at: (tag: string) => Target
  /** Every request: the authentication scheme, method, URL without query, status. */
  readonly log: string[]
  /** The queries of the requests, in the same order. */
  readonly queries: string[]
  readonly masked: string[]
  /** Each sleep, in milliseconds. */
  readonly slept: number[]
  readonly lookups: string[]
  /** Advances the clock. */
  readonly pass: (milliseconds: number) => void
}

/** Starts a registry with a profile, and a run against it under a public name: `ghcr.io`. */
export async function visit(host: string, profile: Profile, options: VisitOptions = {}): Promise<Visit> {
  const registry = await openRegistry({ profile })
  const { credential = anonymous, actions = ['pull', 'push'] } = options
  const log: string[] = []
  const queries: string[] = []
  const masked: string[] = []
  const lookups: string[] = []
  const slept: number[] = []
  registry.seed('acme/app', seeded, ['1'])
  let now = 0
  const pass = (milliseconds: number): void => {
    now += milliseconds
  }
  const led = leading(registry.base, { log, queries })
  const sleep = (duration: number): Promise<void> => {
    slept.push(duration)
    pass(duration)
    return Promise.resolve()
  }
  const loopback = new LoopbackTls()
  const send = registryStack({
    loopback,
    transport: { send: led, preconnect: () => undefined },
    keychain: ({ registry: name }, wanted) =>
      Promise.resolve((lookups.push(`${name} ${wanted.join(',')}`), credential)),
    registryHeaders: () => Promise.resolve({}),
    clock: { now: () => now, date: () => now, sleep },
    random: () => 0,
    secrets: new Secrets(secret => masked.push(secret)),
    ...{ debug: ignore, info: ignore, warning: ignore }
  })
  const client = new RegistryClient(send, {
    insecure: new Set(),
    wantsTls: loopback.wantsTls,
    actionsIn: () => actions,
    pause: () => sleep(0)
  })
  const at = (tag: string): Target => asTarget(parseReference(`${host}/acme/app:${tag}`))
  return { client, send, at, log, queries, masked, slept, lookups, pass }
}

/** Sends what is for any public host to the one server. */
function leading(base: string, { log, queries }: Pick<Visit, 'log' | 'queries'>): Send {
  const { send } = openTransport()
  return async request => {
    const { url, headers, method } = request
    const response = await send({
      ...request,
      url: new URL(url.pathname + url.search, base),
      namedBy: undefined
    })
    const [shown = ''] = (headers.authorization ?? 'nothing').split(' ')
    log.push(`${shown}: ${method} ${url.origin}${url.pathname} → ${response.status.toString()}`)
    queries.push(decodeURIComponent(url.search))
    return { ...response, url }
  }
}

function ignore(): void {
  // The tests look at the requests.
}

/** A name and password of one of the accounts. */
export function as(username: 'ci' | 'reader' | 'nobody' | 'stranger'): Credential {
  return { kind: 'basic', username, password: 'secret', origin: 'the test' }
}

/** Looks at the image and gives it a tag, as a run does. */
export async function promote({ client, at }: Visit): Promise<void> {
  const source = await client.getManifest(at('1'))
  if (source === undefined) throw new Error('the registry has no image')
  await client.putManifest(at('2'), source)
}
