/** The in-process registry and the real one side by side, to run the same cases against both. */
import { startDistribution } from './distribution.ts'
import { startRegistry } from './registry-server.ts'
import { startTokenServer } from './token-server.ts'

/** A running registry. */
export interface Running {
  /** `http://127.0.0.1:PORT` */
  readonly base: string
  close(): Promise<void>
}

/** The accounts: passwords by user name. */
export const accounts = { anna: 'pass:word' }

/** Both registries, and how to start them. */
export const registries = [
  {
    name: 'the in-process registry',
    open: (): Promise<Running> => startRegistry(),
    withPasswords: (): Promise<Running> => startRegistry({ auth: { kind: 'basic', accounts } }),
    withTokens: (): Promise<Running> => startRegistry({ auth: { kind: 'bearer', accounts } })
  },
  {
    name: 'distribution',
    open: (): Promise<Running> => startDistribution(),
    withPasswords: (): Promise<Running> => startDistribution({ auth: { kind: 'htpasswd', accounts } }),
    withTokens: async (): Promise<Running> => {
      const server = await startTokenServer({ accounts })
      const { realm, service, issuer, rootCertBundle } = server
      const auth = { kind: 'token', realm, service, issuer, rootCertBundle } as const
      const registry = await startDistribution({ auth })
      return { base: registry.base, close: () => registry.close().finally(() => server.close()) }
    }
  }
]
