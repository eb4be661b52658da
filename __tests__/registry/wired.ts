/** All layers of `src/registry/` wired together as the action wires them, with what they log and mask kept for the test. */
import { type Action, type Credential, anonymous } from '../../src/oci/credential.ts'
import { type Reference, type Target, asTarget, parseReference } from '../../src/oci/reference.ts'
import { authorizing } from '../../src/registry/auth/authorize.ts'
import { RegistryClient } from '../../src/registry/client.ts'
import type { Deadline } from '../../src/registry/http/deadline.ts'
import type { Preconnect, Send } from '../../src/registry/http/message.ts'
import { followingRedirects } from '../../src/registry/http/redirect.ts'
import { tracing } from '../../src/registry/http/trace.ts'
import { openTransport } from './opened.ts'

/** What a test may set. */
export interface Wiring {
  /** Anonymous when it is not given. */
  readonly credential?: Credential
  /** Pull and push when it is not given. */
  readonly actions?: readonly Action[]
  readonly deadline?: Deadline
  /** Is told of requests that wait; by default nothing is done about them. */
  readonly preconnect?: Preconnect
}

/** The wired layers. */
export interface Wired {
  readonly client: RegistryClient
  /** The outermost layer, which authorizes. */
  readonly send: Send
  /** The lines of the debug log. */
  readonly log: readonly string[]
  /** What was masked, in order. */
  readonly masked: readonly string[]
  /** For which repositories the keychain was asked, as `registry/name action,action`. */
  readonly lookups: readonly string[]
}

/** A name and password. */
export const anna: Credential = {
  kind: 'basic',
  username: 'anna',
  password: 'pass:wörd',
  origin: 'the test'
}

/** What the client sends to show anna's name and password. */
export const annaBasic = `Basic ${Buffer.from('anna:pass:wörd').toString('base64')}`

/** Wires the layers for one test. */
export function wire(wiring: Wiring = {}): Wired {
  const { credential = anonymous, actions = ['pull', 'push'], deadline, preconnect } = wiring
  const log: string[] = []
  const masked: string[] = []
  const lookups: string[] = []
  const inner = followingRedirects(tracing(openTransport(deadline).send, line => log.push(line)))
  const send = authorizing(inner, {
    keychain: ({ registry, name }, wanted) => {
      lookups.push(`${registry}/${name} ${wanted.join(',')}`)
      return Promise.resolve(credential)
    },
    ...(preconnect && { preconnect }),
    mask: secret => masked.push(secret),
    now: () => performance.now(),
    sleep: () => Promise.resolve()
  })
  const pause = (): Promise<void> => Promise.resolve()
  const client = new RegistryClient(send, { insecure: new Set(), actionsIn: () => actions, pause })
  return { client, send, log, masked, lookups }
}

/** Refers to an image in `acme/app` of a server: `at(server, ':1')`, `at(server, '@sha256:…')`. */
export function at({ host }: { readonly host: string }, tagOrDigest: string): Reference {
  return parseReference(`${host}/acme/app${tagOrDigest}`)
}

/** Names a tag in `acme/app` of a server. */
export function tagAt(server: { readonly host: string }, tag: string): Target {
  return asTarget(at(server, `:${tag}`))
}
