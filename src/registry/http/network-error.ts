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

const meanings: readonly Meaning[] = [
  {
    codes: /^(?:ENOTFOUND|EAI_NODATA)$/,
    message: 'there is no such host',
    advice: 'Check the spelling of the registry, and that the runner can resolve its name.'
  },
  {
    codes: /^EAI_AGAIN$/,
    message: 'its name cannot be resolved now',
    advice: 'Check the spelling of the registry, and that the runner can resolve names.',
    isPassing: true
  },
  {
    codes: /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EACCES)$/,
    message: 'the connection was refused',
    advice: 'Check the host and port, that the registry is running, and that the runner may reach it.'
  },
  {
    codes: /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ALTNAME/,
    message: 'its TLS certificate is not trusted',
    advice:
      'For a private certificate authority set NODE_EXTRA_CA_CERTS, in env of the job or runner, to its PEM file.'
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

/** Tells whether nothing listened, or nobody wanted the connection: the request was not sent. */
export function isConnectionRefused({ cause }: PromotionError): boolean {
  return codeOf(cause) === 'ECONNREFUSED'
}

function meaningOf(error: unknown, proxy = ''): Omit<Meaning, 'codes'> {
  const noTunnel = NO_TUNNEL.exec(textOf(error, 'message'))
  if (noTunnel) return meaningOfTunnel(noTunnel, `the proxy ${proxy}`)
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
      message: `${proxy} asks for a login, or refuses the one it was sent`,
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

/** For a host with several addresses, Node wraps one error for each. */
function firstOf(error: unknown): unknown {
  return isObject(error) && Array.isArray(error.errors) ? (error.errors[0] ?? error) : error
}

function textOf(error: unknown, field: 'code' | 'message'): string {
  const text = isObject(error) ? error[field] : undefined
  return typeof text === 'string' ? text : ''
}
