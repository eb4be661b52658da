/** The secrets of a run: they are replaced in everything that servers send, before any other layer sees it, and in all output. */
import { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import type { Request, Response, Send } from './message.ts'

const REPLACEMENT = '***'

/** The shortest secret that is replaced, in UTF-16 code units: shorter ones occur in most texts. */
const SHORTEST_SECRET = 4

// A password such as "registry" may occur in a header that Retag needs, a Location or a challenge.
const PLAIN_WORD = /^[a-z]*$|^[A-Z]*$|^.{0,7}$/

/**
 * The secrets that are known so far, in every form in which a server may quote them. Those shorter than {@link SHORTEST_SECRET}
 * are left to the runner's masks.
 */
export class Secrets {
  /** The longest first: a pair holds its password. */
  #forms: readonly string[] = []
  readonly #mask: (secret: string) => void

  /** `mask` hides a secret in the log; it is called with each as soon as it is known. */
  constructor(mask: (secret: string) => void = () => undefined) {
    this.#mask = mask
  }

  /** Adds a secret. */
  add(secret: string): void {
    this.#mask(secret)
    if (secret.length < SHORTEST_SECRET) return
    const forms = formsOf(secret).filter(form => form.length >= SHORTEST_SECRET)
    this.#forms = [...new Set([...this.#forms, ...forms])].sort((a, b) => b.length - a.length)
  }

  /** Replaces every secret in a text. */
  redact(text: string): string {
    return this.#replace(text, this.#forms)
  }

  /** Replaces every secret except plain words and what the request itself contains: a repository may have the name of its password. */
  redactHeader(value: string, { url }: Request): string {
    const forms = this.#forms.filter(form => !PLAIN_WORD.test(form) && !url.href.includes(form))
    return this.#replace(value, forms)
  }

  /** Replaces every secret in a truncated text, including one that was cut in two. */
  redactCut(text: string): string {
    const redacted = this.redact(text)
    const split = Math.max(0, ...this.#forms.map(form => splitLength(redacted, form)))
    return split === 0 ? redacted : redacted.slice(0, -split) + REPLACEMENT
  }

  #replace(text: string, forms: readonly string[]): string {
    return forms.reduce((left, form) => left.replaceAll(form, REPLACEMENT), text)
  }
}

/**
 * Replaces known secrets in all headers, in the bodies of all but successful responses, and in errors. Successful bodies are
 * content: a token server may return the same token again, and a manifest has a digest.
 */
export function redacting(send: Send, secrets: Secrets): Send {
  return async request => {
    try {
      return redacted(request, await send(request), secrets)
    } catch (error) {
      if (!(error instanceof PromotionError)) throw error
      const message = secrets.redact(error.message)
      if (message === error.message) throw error
      throw new PromotionError(error.code, message, { advice: error.advice, cause: error.cause })
    }
  }
}

function redacted(request: Request, response: Response, secrets: Secrets): Response {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      value === undefined ? value : secrets.redactHeader(value, request)
    ])
  )
  const isSuccess = response.status >= 200 && response.status < 300
  return { ...response, headers, body: isSuccess ? response.body : redactedBody(response, secrets) }
}

function redactedBody({ body, truncated }: Response, secrets: Secrets): Uint8Array {
  // A character that was cut in two is dropped.
  const text = new TextDecoder().decode(body, { stream: truncated })
  const result = redactedText(text, truncated, secrets)
  return result === text ? body : Buffer.from(result)
}

function redactedText(text: string, truncated: boolean, secrets: Secrets): string {
  if (truncated) return secrets.redactCut(text)
  try {
    // JSON may escape any character: the parsed text counts.
    const read = JSON.stringify(JSON.parse(text))
    const clean = JSON.stringify(JSON.parse(text), (_, value: unknown) => redactedValue(value, secrets))
    return clean === read ? text : clean
  } catch {
    return secrets.redact(text)
  }
}

function redactedValue(value: unknown, secrets: Secrets): unknown {
  if (typeof value === 'string') return secrets.redact(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [secrets.redact(name), held]))
}

/** The forms in which a server may quote a secret: unchanged, and encoded for a URL, a form, JSON, HTML and a header. */
function formsOf(secret: string): string[] {
  const percent = percentEncoded(secret)
  const base64 = Buffer.from(secret).toString('base64')
  return [
    secret,
    secret.trim(),
    printable(secret),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    htmlEncoded(secret),
    ...[base64, percentEncoded(base64), base64.replace(/=+$/, ''), Buffer.from(secret).toString('base64url')]
  ]
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'))
}

function htmlEncoded(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, character => names[character] ?? character)
}

/** Returns the length of the longest prefix of a secret that a text ends with. */
function splitLength(text: string, form: string): number {
  for (let length = Math.min(form.length - 1, text.length); length > 0; length--)
    if (text.endsWith(form.slice(0, length))) return length
  return 0
}
