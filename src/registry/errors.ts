/** Turns a registry's refusal into a `PromotionError`: what was asked, what the registry said, what to do. */
import { type ErrorCode, PromotionError } from '../oci/errors.ts'
import { denialAdvice } from './auth/advice.ts'
import { explainRefusal, isContentMissing, readErrorBody } from './http/error-body.ts'
import { saysTls } from './http/loopback-tls.ts'
import { type Request, type Response, isSameOrigin } from './http/message.ts'

/** A request and the answer that refuses it. */
interface Refusal {
  readonly request: Request
  readonly response: Response
  /** What the registry says. */
  readonly said: string
}

/** Why a registry refuses, where its message tells more than the status alone. */
interface Reason {
  readonly applies: (refusal: Refusal) => boolean
  /** The status decides where it is not given. */
  readonly code?: ErrorCode
  readonly advice: string
}

/** Makes the error of a response whose status says that the request was not done. */
export function responseError(request: Request, response: Response): PromotionError {
  const refusal: Refusal = { request, response, said: readErrorBody(response.body) }
  const reason = reasons.find(({ applies }) => applies(refusal))
  const code = reason?.code ?? codeOf(refusal)
  return new PromotionError(code, explainRefusal(request, response), {
    advice: reason?.advice ?? adviceOn(code, refusal),
    isContentMissing: isContentRefusal(refusal)
  })
}

function codeOf({ response, said }: Refusal): ErrorCode {
  const { status } = response
  if (status === 401) return isKnown(response) ? 'DENIED' : 'UNAUTHORIZED'
  // Quirk: ECR Public denies with 400.
  if (status === 403 || (status === 400 && said.startsWith('DENIED'))) return 'DENIED'
  return status === 408 || status === 429 || status >= 500 ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_REJECTED'
}

/** Tells whether a 401 means missing rights rather than an unknown user: distribution answers 401 for both. */
function isKnown({ headers, shown }: Response): boolean {
  return shown !== undefined && (headers['www-authenticate'] ?? '').includes('insufficient_scope')
}

// The first that applies counts. Registries agree neither on statuses nor on codes (registries.md 10 and 11).
const reasons: readonly Reason[] = [
  {
    // A secondary rate limit (GitHub).
    applies: ({ response: { status, headers } }) => status === 403 && headers['retry-after'] !== undefined,
    code: 'REGISTRY_UNAVAILABLE',
    advice: 'The registry limits how often it may be asked. Run the job again in a while.'
  },
  {
    applies: ({ said, response: { status } }) => isRefused(status) && QUOTA.test(said),
    code: 'REGISTRY_REJECTED',
    advice: "The project's storage quota is used up. Delete unused images, or raise the quota."
  },
  {
    applies: ({ said, response: { status } }) => isRefused(status) && PROTECTED.test(said),
    advice:
      'The registry protects this tag from being moved. Choose a new tag, or change the rule in the registry.'
  },
  {
    applies: ({ said, response: { status } }) =>
      isRefused(status) && /project\b.*\b(?:not found|does not exist)/i.test(said),
    code: 'REGISTRY_REJECTED',
    advice: 'Create the project in the registry, or correct its name: it is the first part of the repository.'
  },
  {
    applies: ({ request, response: { status } }) => isWrite(request) && status === 405,
    advice:
      'The registry takes no uploads here: it is read-only, or a pull-through cache. Name the registry that it mirrors.'
  },
  {
    applies: refusal => isContentRefusal(refusal),
    code: 'REGISTRY_REJECTED',
    advice:
      'The image is not complete in this repository: a clean-up may have deleted what the registry names, or it is a layer ' +
      'from elsewhere (foreign) whose address the registry does not allow. Push the image again.'
  },
  {
    applies: ({ request: { url }, response }) =>
      url.protocol === 'http:' &&
      (saysTls(response) ||
        (response.status >= 300 &&
          response.status < 400 &&
          /^https:/i.test(response.headers.location ?? ''))),
    advice: 'The registry wants TLS. Remove it from insecure-registries.'
  },
  {
    applies: ({ request: { method, url }, response: { status } }) =>
      status === 500 && method === 'GET' && /\/manifests\/sha(?:256|512):/.test(url.pathname),
    advice:
      "Check that this is a manifest's digest. An image ID, as `docker images` shows it, is not: docker/build-push-action has " +
      'the digest in its output "digest". Otherwise run the job again in a while.'
  }
]

const QUOTA = /\bquota\b|exceed\w* the configured upper limit|storage (?:limit|space) (?:is )?exceeded/i
const PROTECTED =
  /immutab|cannot be overwritten|cannot overwrite|already exists|does not allow updating|disallowed|tag_policy/i

function isRefused(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

function isWrite({ method }: Request): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** Quirk: distribution refuses a foreign layer with 500, and says `MANIFEST_BLOB_UNKNOWN` within. */
function isContentRefusal({ request, response: { status }, said }: Refusal): boolean {
  const isUpload = request.method === 'PUT' && request.url.pathname.includes('/manifests/')
  return isUpload && (isRefused(status) || status === 500) && isContentMissing(said)
}

function adviceOn(code: ErrorCode, refusal: Refusal): string {
  if (code === 'REGISTRY_UNAVAILABLE') return 'The registry cannot answer now. Run the job again in a while.'
  return code === 'REGISTRY_REJECTED'
    ? 'Check that the repository exists and accepts this kind of image.'
    : adviceOnDenial(refusal)
}

function adviceOnDenial({ said, request: { access, url }, response }: Refusal): string {
  if (access === undefined || !isSameOrigin(response.url, url))
    return 'Retag sends no credentials to this host. Check that the registry is the one you mean.'
  return denialAdvice({
    registry: access.repository.registry,
    actions: access.actions,
    said,
    shown: response.shown,
    traces: `${url.href} ${response.headers['www-authenticate'] ?? ''}`
  })
}
