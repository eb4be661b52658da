/** Credentials for a registry, and where each comes from. */
import type { Registry } from './registry-host.ts'
import type { Repository } from './reference.ts'

/** What a run wants to do in a repository (distribution, token scope documentation). */
export type Action = 'pull' | 'push'

/** Anonymous, or something that a registry or its token server verifies; `origin` then names its source for people. */
export type Credential =
  | { readonly kind: 'anonymous' }
  | BasicCredential
  | IdentityToken
  | { readonly kind: 'bearer'; readonly token: string; readonly origin: string }

/** A user's name and password. */
export interface BasicCredential {
  readonly kind: 'basic'
  readonly username: string
  readonly password: string
  readonly origin: string
}

/** An identity token: a token server gives bearer tokens for it; no registry takes it itself. */
export interface IdentityToken {
  readonly kind: 'identity'
  readonly token: string
  /** Its user, where that is known: some token servers take the token only as this user's password. */
  readonly username?: string
  readonly origin: string
}

/** No credential at all. */
export const anonymous: Credential = { kind: 'anonymous' }

/** Finds the credential for what is to be done in a repository. Throws `CREDENTIALS_UNREADABLE`. */
export type Keychain = (repository: Repository, actions: readonly Action[]) => Promise<Credential>

/** Finds headers that a registry is to be sent, with names in lower case. Throws `CREDENTIALS_UNREADABLE`. */
export type RegistryHeaders = (repository: Repository) => Promise<Readonly<Record<string, string>>>

/** A name and password given for one registry. */
export interface Login {
  readonly registry: Registry
  readonly username: string
  readonly password: string
}

/** Encodes a name and password as HTTP sends them (RFC 7617). */
export function basicPair({ username, password }: Pick<BasicCredential, 'username' | 'password'>): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

/** Lists the secret parts of a credential. */
export function secretsOf(credential: Credential): string[] {
  switch (credential.kind) {
    case 'anonymous':
      return []
    case 'basic':
      return [credential.password, basicPair(credential)].filter(secret => secret !== '')
    case 'identity':
    case 'bearer':
      return [credential.token]
  }
}
