/** A token server whose tokens the real registry verifies: RS256, with the certificate of their key in `x5c`. */
import { SignJWT, importPKCS8 } from 'jose'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, makeCertificate } from './certificate.ts'
import { listen } from './loopback.ts'
import { type Answer, errorAnswer, jsonAnswer } from './registry-exchange.ts'
import type { LoggedRequest } from './registry-server.ts'

/** Who may do what. */
export interface TokenServerOptions {
  /** Passwords by user name. */
  readonly accounts: Readonly<Record<string, string>>
  /** The only service that it issues tokens for. */
  readonly service?: string
  /**
   * The actions, with commas between them, that a user (undefined: nobody in particular) may do in a scope; of these a token
   * grants what was asked for. By default each account may do all, and nobody in particular nothing.
   */
  readonly grants?: (user: string | undefined, scope: string) => string
  /** Is awaited before each answer. */
  readonly ready?: () => Promise<unknown>
}

/** A running token server, and what a registry has to know of it. */
export interface TokenServer {
  readonly realm: string
  readonly service: string
  readonly issuer: string
  /** The path of a PEM file: the certificate of the key that signs. */
  readonly rootCertBundle: string
  /** All requests so far. */
  readonly log: readonly LoggedRequest[]
  /** Issues a token without a request, for all that a scope asks for. */
  tokenFor(scope: string): Promise<string>
  close(): Promise<void>
}

const ISSUER = 'token-server.test'
const LIFETIME_SECONDS = 300

/** Starts a token server on a free port of 127.0.0.1 (distribution, token authentication specification). */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const service = options.service ?? 'registry.test'
  const certificate = await makeCertificate(ISSUER)
  const sign = await signer(certificate, service)
  const issue = issuer({ ...options, service }, sign)
  const log: LoggedRequest[] = []
  const server = createServer((request, response) => {
    const ready = options.ready?.() ?? Promise.resolve()
    void ready
      .then(() => issue(request))
      .then(({ status = 200, headers = {}, body }) => {
        log.push(logged(request, status))
        response.writeHead(status, headers).end(body)
      })
  })
  const folder = await mkdtemp(join(tmpdir(), 'retag-token-server-'))
  const rootCertBundle = join(folder, 'certificate.pem')
  await writeFile(rootCertBundle, certificate.certificate)
  const listening = await listen(server)
  return {
    realm: `http://${listening.host}/token`,
    service,
    issuer: ISSUER,
    rootCertBundle,
    log,
    tokenFor: scope => sign('', [granted(scope, scope.slice(scope.lastIndexOf(':') + 1))]),
    close: async () => {
      await listening.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Signs a token for a user with some access. */
type Sign = (user: string, access: readonly object[]) => Promise<string>

async function signer({ key, base64 }: Certificate, service: string): Promise<Sign> {
  const privateKey = await importPKCS8(key, 'RS256')
  return (user, access) =>
    new SignJWT({ access })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', x5c: [base64] })
      .setIssuer(ISSUER)
      .setSubject(user)
      .setAudience(service)
      .setIssuedAt()
      .setNotBefore('10 seconds ago')
      .setExpirationTime(`${LIFETIME_SECONDS.toString()} seconds`)
      .setJti(randomUUID())
      .sign(privateKey)
}

function issuer(
  options: TokenServerOptions,
  sign: Sign
): (request: Pick<IncomingMessage, 'url' | 'headers'>) => Promise<Answer> {
  const { accounts, service, grants = user => (user === undefined ? '' : 'pull,push') } = options
  return async ({ url = '', headers: { authorization } }) => {
    const { searchParams } = new URL(url, 'http://token-server.test')
    if (searchParams.get('service') !== service) return errorAnswer(400, 'UNSUPPORTED', 'unknown service')
    const user = userOf(authorization, accounts)
    if (user === undefined && authorization !== undefined)
      return errorAnswer(401, 'UNAUTHORIZED', 'incorrect username or password')
    const access = searchParams.getAll('scope').map(scope => granted(scope, grants(user, scope)))
    return jsonAnswer({ token: await sign(user ?? '', access), expires_in: LIFETIME_SECONDS })
  }
}

function userOf(authorization = '', accounts: TokenServerOptions['accounts']): string | undefined {
  const given = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString()
  return Object.keys(accounts).find(name => `${name}:${accounts[name] ?? ''}` === given)
}

/** What a token says of one scope: a server does not refuse what the user may not do, it leaves it out. */
function granted(scope: string, allowed: string): object {
  const [type = '', ...rest] = scope.split(':')
  const actions = rest.pop() ?? ''
  return {
    type,
    name: rest.join(':'),
    actions: actions.split(',').filter(action => allowed.split(',').includes(action))
  }
}

function logged({ method = '', url: path = '', headers }: IncomingMessage, status: number): LoggedRequest {
  const line = `${method} ${path} → ${status.toString()}`
  return { method, path, status, authorization: headers.authorization, headers, line }
}
