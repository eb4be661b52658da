/** What Retag shows a registry to say who it is, and where that comes from. */
import type { Registry } from './registry-host.ts'
import type { Repository } from './reference.ts'

/** What a run wants to do in a repository (distribution, token scope documentation). */
export type Action = 'pull' | 'push'

/** A user's name and password, or nothing. */
export type Credential =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string; readonly origin: string }

/** No credential at all. */
export const anonymous: Credential = { kind: 'anonymous' }

/** Finds the credential for what is to be done in a repository. */
export type Keychain = (repository: Repository, actions: readonly Action[]) => Promise<Credential>

/** A name and password given for one registry. */
export interface Login {
  readonly registry: Registry
  readonly username: string
  readonly password: string
}
