/** Wires up the registry client of a run. */
import type { Action } from '../oci/credential.ts'
import { type Repository, isSameRepository } from '../oci/reference.ts'
import { keychain, registryHeaders } from '../credentials/keychain.ts'
import { LoginFiles } from '../credentials/login-files.ts'
import { thisMachine } from '../credentials/machine.ts'
import type { Clock } from '../promote/ports.ts'
import { RegistryClient } from '../registry/client.ts'
import { LoopbackTls } from '../registry/http/loopback-tls.ts'
import { backoff } from '../registry/http/retry.ts'
import type { Transport } from '../registry/http/transport.ts'
import { type StackDependencies, registryStack } from '../registry/stack.ts'
import type { Inputs } from './inputs/inputs.ts'

/** Dependencies of a run. */
export interface Dependencies extends Pick<StackDependencies, 'secrets' | 'debug' | 'info' | 'warning'> {
  readonly transport: Transport
  readonly clock: Clock
  readonly env: NodeJS.ProcessEnv
}

/** Creates the client for all registries of a run. */
export function registryClient(inputs: Inputs, { clock, env, ...rest }: Dependencies): RegistryClient {
  const sleep = (duration: number): Promise<void> => clock.sleep(duration)
  const loopback = new LoopbackTls()
  const machine = thisMachine(env)
  const files = new LoginFiles(machine)
  const send = registryStack({
    ...rest,
    loopback,
    keychain: keychain(inputs, machine, files),
    registryHeaders: registryHeaders(machine, files),
    clock: { now: () => clock.now(), date: Date.now, sleep },
    random: Math.random
  })
  return new RegistryClient(send, {
    insecure: inputs.insecure,
    wantsTls: loopback.wantsTls,
    actionsIn: actionsOf(inputs),
    pause: failures => sleep(backoff(failures, Math.random()))
  })
}

/** Returns the actions that the whole run needs in a repository, so that one token covers them. */
function actionsOf({ request, options }: Inputs): (repository: Repository) => readonly Action[] {
  const isWritten = (repository: Repository): boolean =>
    !options.dryRun &&
    request.promotions.some(({ targets }) =>
      targets.some(target => isSameRepository(target.repository, repository))
    )
  return repository => (isWritten(repository) ? ['pull', 'push'] : ['pull'])
}
