/** What a run knows about a registry as a whole: its token server, and which logins it accepts. */
import { type Credential, secretsOf } from '../../oci/credential.ts'
import { formatScope } from './scope.ts'
import { LoginTrial } from './login-trial.ts'
import type { TokenRequest } from './token.ts'

/** How to request a token: by the latest challenge that was met. */
export type TokenServer = Pick<TokenRequest, 'challenge' | 'registryUrl'>

/** One registry, by its origin. */
export class KnownRegistry {
  readonly #trials = new Map<string, LoginTrial>()
  #tokenServer: TokenServer | undefined

  /** The trial of a login, shared by all repositories; undefined for a credential that cannot be refused as a login. */
  trialOf(credential: Credential): LoginTrial | undefined {
    if (credential.kind !== 'basic' && credential.kind !== 'identity') return undefined
    const key = JSON.stringify([credential.kind, credential.username, secretsOf(credential)])
    const trial = this.#trials.get(key) ?? new LoginTrial()
    this.#trials.set(key, trial)
    return trial
  }

  /**
   * Remembers a challenge that a token was fetched and accepted for, so that the next repository's first request need not be
   * refused first. Not if the registry writes scopes in a form of its own: it then has to be asked for each.
   */
  remember({ challenge, registryUrl, access }: TokenRequest, scope: string): void {
    if (scope !== formatScope(access)) return
    const { scheme, parameters } = challenge
    this.#tokenServer = {
      registryUrl,
      challenge: { scheme, parameters: { ...parameters, scope: undefined } }
    }
  }

  /** What is known about the registry's token server. */
  get tokenServer(): TokenServer | undefined {
    return this.#tokenServer
  }
}
