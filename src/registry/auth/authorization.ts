/** What is shown to a registry: a name and a password, or a token. */
import { type BasicCredential, basicPair } from '../../oci/credential.ts'
import { chooseScope } from './scope.ts'
import { type TokenRequest, type Wire, fetchToken } from './token.ts'

/** What was shown to a registry, and what came of it. */
export interface Pass {
  readonly kind: 'password' | 'token'
  /** The value of the `Authorization` header. */
  readonly authorization: string
  /** What a token was asked for; empty for a password. */
  readonly scope: string
  /** When to have another, on the clock of the run. */
  readonly renewAt: number
  /** `new` until it is taken once; `waited` when it was refused as new. */
  readonly standing: 'new' | 'waited' | 'taken'
  /** Whether it comes after one with too few rights. */
  readonly isLast: boolean
}

/** What getting a pass needs of the world. */
export interface World extends Wire {
  /** Is told every secret the moment it is known, so that it can be masked. */
  readonly mask: (secret: string) => void
  /** Milliseconds, on a clock that is never set back. */
  readonly now: () => number
}

/** The part of its lifetime after which a token is renewed. */
const RENEWAL = 0.9

/** Makes a pass of a name and password. */
export function passwordPass(credential: BasicCredential): Pass {
  const authorization = `Basic ${basicPair(credential)}`
  return { kind: 'password', authorization, scope: '', renewAt: Infinity, standing: 'new', isLast: false }
}

/** Gets the token that a challenge invites to. Throws as {@link fetchToken} does. */
export async function tokenPass(wanted: TokenRequest, world: World): Promise<Pass> {
  const { challenge, access, credential } = wanted
  const asked = world.now()
  const { token, lifetime } =
    credential.kind === 'bearer'
      ? { token: credential.token, lifetime: Infinity }
      : await fetchToken(wanted, world)
  world.mask(token)
  return {
    kind: 'token',
    authorization: `Bearer ${token}`,
    scope: chooseScope(challenge.parameters.scope, access),
    renewAt: asked + lifetime * RENEWAL,
    standing: 'new',
    isLast: false
  }
}
