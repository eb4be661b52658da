/** Where credentials come from, in the order in which they are asked for. */
import { type Credential, type Keychain, type Login, anonymous } from '../core/credential.ts'

/** Makes the keychain of a run: the login of the inputs for its own registry, nothing for any other. */
export function keychain(login: Login | undefined): Keychain {
  return ({ registry }) => Promise.resolve(login?.registry === registry ? credentialOf(login) : anonymous)
}

function credentialOf({ username, password }: Login): Credential {
  return { kind: 'basic', username, password, origin: 'the inputs username and password' }
}
