/** Wires the layers between a promotion and the wire; read from the bottom up, it is the way of a request. */
import type { Action } from '../oci/credential.ts'
import { type Repository, isSameRepository } from '../oci/reference.ts'
import { keychain } from '../credentials/keychain.ts'
import { thisMachine } from '../credentials/machine.ts'
import type { Clock } from '../promote/ports.ts'
import { authorizing } from '../registry/auth/authorize.ts'
import { RegistryClient } from '../registry/client.ts'
import { watchingQuota } from '../registry/http/rate-limit.ts'
import { followingRedirects } from '../registry/http/redirect.ts'
import { backoff, retrying } from '../registry/http/retry.ts'
import { tracing } from '../registry/http/trace.ts'
import type { Transport } from '../registry/http/transport.ts'
import type { Inputs } from './inputs/inputs.ts'

/** What the layers need of the world. */
export interface World {
  readonly pool: Transport
  readonly clock: Clock
  readonly env: NodeJS.ProcessEnv
  /** What hides a secret, and what tells of an exchange, of a wait, and of a rate limit that is nearly used up. */
  readonly mask: (secret: string) => void
  readonly debug: (line: string) => void
  readonly info: (line: string) => void
  readonly warn: (line: string) => void
}

/** Makes the client of all registries of a run. */
export function registryClient(inputs: Inputs, world: World): RegistryClient {
  const { now } = Date
  const { random } = Math
  const sleep = (duration: number): Promise<void> => world.clock.sleep(duration)
  const traced = watchingQuota(tracing(world.pool.send, world.debug), world.warn)
  const patient = retrying(followingRedirects(traced), { now, random, sleep, log: world.info })
  const send = authorizing(patient, {
    keychain: keychain(inputs, thisMachine(world.env)),
    mask: world.mask,
    preconnect: world.pool.preconnect,
    now: () => world.clock.now(),
    sleep
  })
  return new RegistryClient(send, {
    insecure: inputs.insecure,
    actionsIn: actionsOf(inputs),
    pause: failures => sleep(backoff(failures, random()))
  })
}

/** Tells what the whole run does in a repository, so that one token serves it. */
function actionsOf({ request, options }: Inputs): (repository: Repository) => readonly Action[] {
  const isWritten = (repository: Repository): boolean =>
    !options.dryRun &&
    request.promotions.some(({ targets }) =>
      targets.some(target => isSameRepository(target.repository, repository))
    )
  return repository => (isWritten(repository) ? ['pull', 'push'] : ['pull'])
}
