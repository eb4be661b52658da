/** The action's own stack of layers, with a clock that nobody waits for, and what is logged and masked kept for the test. */
import { type Action, type Credential, anonymous } from '../../src/oci/credential.ts'
import { type Reference, type Target, asTarget, parseReference } from '../../src/oci/reference.ts'
import { RegistryClient } from '../../src/registry/client.ts'
import type { Deadline } from '../../src/registry/http/deadline.ts'
import type { Preconnect, Send } from '../../src/registry/http/message.ts'
import { LoopbackTls } from '../../src/registry/http/loopback-tls.ts'
import type { Machine } from '../../src/registry/http/pools.ts'
import { Secrets } from '../../src/registry/http/redact.ts'
import { type StackDependencies, registryStack } from '../../src/registry/stack.ts'
import { openTransport } from './opened.ts'

/** What a test may set. */
export interface Wiring {
  /** Anonymous when it is not given. */
  readonly credential?: Credential
  /** Pull and push when it is not given. */
  readonly actions?: readonly Action[]
  /** Headers that the user's configuration has for every registry. */
  readonly headers?: Readonly<Record<string, string>>
  readonly deadline?: Deadline
  readonly machine?: Partial<Machine>
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
  /** The lines of the log. */
  readonly info: readonly string[]
  readonly warnings: readonly string[]
  /** How long was slept, in milliseconds. */
  readonly slept: readonly number[]
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
  const { credential = anonymous, actions = ['pull', 'push'], headers = {} } = wiring
  const { deadline, machine, preconnect } = wiring
  const [log, info, warnings]: [string[], string[], string[]] = [[], [], []]
  const masked: string[] = []
  const lookups: string[] = []
  const slept: number[] = []
  const transport = openTransport(deadline, machine)
  const loopback = new LoopbackTls()
  const send = registryStack({
    loopback,
    transport: { send: transport.send, preconnect: preconnect ?? (() => undefined) },
    keychain: ({ registry, name }, wanted) => {
      lookups.push(`${registry}/${name} ${wanted.join(',')}`)
      return Promise.resolve(credential)
    },
    registryHeaders: () => Promise.resolve(headers),
    clock: skipping(slept),
    random: () => 0,
    secrets: new Secrets(secret => masked.push(secret)),
    debug: line => log.push(line),
    info: line => info.push(line),
    warning: line => warnings.push(line)
  })
  const pause = (): Promise<void> => Promise.resolve()
  const client = new RegistryClient(send, {
    insecure: new Set(),
    wantsTls: loopback.wantsTls,
    actionsIn: () => actions,
    pause
  })
  return { client, send, log, info, warnings, slept, masked, lookups }
}

/** A clock on which sleeping takes no time; it records each sleep. */
function skipping(slept: number[]): StackDependencies['clock'] {
  let skipped = 0
  return {
    now: () => performance.now() + skipped,
    date: () => Date.now() + skipped,
    sleep: duration => {
      slept.push(duration)
      skipped += duration
      return Promise.resolve()
    }
  }
}

/** Refers to an image in `acme/app` of a server: `at(server, ':1')`, `at(server, '@sha256:…')`. */
export function at({ host }: { readonly host: string }, tagOrDigest: string): Reference {
  return parseReference(`${host}/acme/app${tagOrDigest}`)
}

/** Names a tag in `acme/app` of a server. */
export function tagAt(server: { readonly host: string }, tag: string): Target {
  return asTarget(at(server, `:${tag}`))
}
