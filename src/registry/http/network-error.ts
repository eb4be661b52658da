/** Explains network errors: unknown host, refused or reset connection, untrusted certificate. */
import { PromotionError } from '../../oci/errors.ts'
import { isObject } from '../../oci/json.ts'
import { printable } from '../../oci/printable.ts'
import { type Request, describeRequest } from './message.ts'

interface Meaning {
  readonly codes: RegExp
  readonly message: string
  readonly advice: string
  /** Whether a retry may succeed. */
  readonly isPassing?: true
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ALTNAME/
const UNKNOWN_ISSUER =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?))$/
// Alerts of servers that got no client certificate.
const NO_CLIENT_CERTIFICATE =
  /^ERR_SSL_(?:TLSV13_ALERT_CERTIFICATE_REQUIRED|SSLV3_ALERT_(?:BAD_CERTIFICATE|HANDSHAKE_FAILURE))$/

const meanings: readonly Meaning[] = [
  {
    codes: /^(?:ENOTFOUND|EAI_NODATA)$/,
    message: 'there is no such host',
    advice: 'Check the spelling of the registry, and that the runner can resolve its name.'
  },
  {
    codes: /^EAI_AGAIN$/,
    message: 'its name cannot be resolved at the moment',
    advice: 'Check the spelling of the registry, and that the runner can resolve names.',
    isPassing: true
  },
  {
    codes: /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EACCES)$/,
    message: 'the connection was refused',
    advice: 'Check the host and port, that the registry is running, and that the runner may reach it.'
  },
  {
    codes: NO_CLIENT_CERTIFICATE,
    message: 'it requires a client certificate, or rejects the one that was sent',
    advice:
      'Put the certificate and its key where Docker looks for them: /etc/docker/certs.d/HOST:PORT/client.cert and client.key.'
  },
  {
    codes: CERTIFICATE,
    message: 'its TLS certificate is not trusted',
    advice:
      'Put the PEM file of a private certificate authority where Docker looks for it (/etc/docker/certs.d/HOST:PORT/ca.crt), into ' +
      "the system's store, or name it in NODE_EXTRA_CA_CERTS, in env of the job."
  },
  {
    codes: /^(?:EPROTO|ERR_SSL_.*)$/,
    message: 'it does not speak TLS as expected',
    advice: 'If this registry speaks plain HTTP, list it in insecure-registries.'
  },
  {
    codes: /^HPE_/,
    message: 'its answer is not well-formed HTTP',
    advice: 'Some registries do this when they rate-limit (429). Wait a minute and run the job again.',
    isPassing: true
  }
]

// The first byte of the record (RFC 8446, 5.1).
const TLS_ALERT = 21

const wantsTls: Omit<Meaning, 'codes'> = {
  message: 'it speaks TLS, but the request was plain HTTP',
  advice: 'Remove it from insecure-registries.'
}

const broken: Omit<Meaning, 'codes'> = {
  message: 'the connection broke',
  advice: 'Run the job again. If it keeps happening, check the health of the registry.',
  isPassing: true
}

// The messages of tunnel, which http-client uses for proxies.
const NO_TUNNEL = /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=.*?\b(E[A-Z]{3,}))/s

/** Converts Node's error for a failed exchange, through `proxy` if there is one, to `REGISTRY_UNAVAILABLE`. */
export function networkError(request: Request, error: unknown, proxy?: string): PromotionError {
  const { message, advice } = meaningOf(error, proxy)
  const said = printable(textOf(firstOf(error), 'message') || codeOf(error))
  return new PromotionError('REGISTRY_UNAVAILABLE', `${describeRequest(request)}: ${message} (${said})`, {
    advice,
    cause: error
  })
}

/** Tells whether an error of {@link networkError} is worth a retry. */
export function isPassing({ code, cause }: PromotionError): boolean {
  return code === 'REGISTRY_UNAVAILABLE' && cause !== undefined && meaningOf(cause).isPassing === true
}

/** Tells whether the connection was refused, so that the request was not sent. */
export function isConnectionRefused({ cause }: PromotionError): boolean {
  return codeOf(cause) === 'ECONNREFUSED'
}

/** Tells whether Node's error says that either side rejected a certificate. */
export function isCertificateError(error: unknown): boolean {
  const code = codeOf(error)
  return CERTIFICATE.test(code) || NO_CLIENT_CERTIFICATE.test(code)
}

/** Tells whether a server answered HTTP with a TLS alert: it speaks TLS. */
export function isTlsAlert(error: unknown): boolean {
  return isObject(error) && error.rawPacket instanceof Uint8Array && error.rawPacket[0] === TLS_ALERT
}

/** Tells whether an error of {@link networkError} is a handshake that failed because of an unknown authority or a client certificate. */
export function isUntrusted(error: unknown): boolean {
  const code = error instanceof PromotionError ? codeOf(error.cause) : ''
  return UNKNOWN_ISSUER.test(code) || NO_CLIENT_CERTIFICATE.test(code)
}

function meaningOf(error: unknown, proxy = ''): Omit<Meaning, 'codes'> {
  const noTunnel = NO_TUNNEL.exec(textOf(error, 'message'))
  if (noTunnel) return meaningOfTunnel(noTunnel, `the proxy ${proxy}`)
  if (isTlsAlert(error)) return wantsTls
  const code = codeOf(error)
  return meanings.find(({ codes }) => codes.test(code)) ?? broken
}

function meaningOfTunnel([, status, code]: RegExpExecArray, proxy: string): Omit<Meaning, 'codes'> {
  if (status === undefined)
    return {
      message: `${proxy} cannot be reached`,
      advice: 'Check https_proxy, and that the proxy is running.',
      ...(!['ECONNREFUSED', 'ENOTFOUND'].includes(code ?? '') && { isPassing: true })
    }
  if (status === '407')
    return {
      message: `${proxy} requires a login, or rejects the one that was sent`,
      advice: 'Write http://USER:PASSWORD@HOST:PORT in https_proxy, with special characters percent-encoded.'
    }
  return {
    message: `${proxy} does not connect to the registry`,
    advice:
      'Ask its administrator to allow the host, or list the host in no_proxy if the runner reaches it directly.',
    ...(['429', '502', '503', '504'].includes(status) && { isPassing: true })
  }
}

function codeOf(error: unknown): string {
  return textOf(firstOf(error), 'code')
}

/** For a host with several addresses, Node wraps an error for each. */
function firstOf(error: unknown): unknown {
  return isObject(error) && Array.isArray(error.errors) ? (error.errors[0] ?? error) : error
}

function textOf(error: unknown, field: 'code' | 'message'): string {
  const text = isObject(error) ? error[field] : undefined
  return typeof text === 'string' ? text : ''
}
