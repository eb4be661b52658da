/** A malicious registry: the tag's name selects the attack. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { digestOf, image, mediaTypes } from './images.ts'
import { listen } from './loopback.ts'

/** A running hostile registry. */
export interface HostileRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** How many bytes of endless bodies it has written. */
  readonly written: number
  close(): Promise<void>
}

const MEGABYTE = 1024 * 1024
const MAXIMUM = 4 * MEGABYTE
const good = image()

type Harm = (response: ServerResponse, request: IncomingMessage) => void

/** Starts one. `said` are its errors for tags that are numbers, in the form of the specification. */
export async function startHostileRegistry(said: readonly string[]): Promise<HostileRegistry> {
  let written = 0
  const endlessly = (response: ServerResponse, text: string): void => {
    const bytes = Buffer.from(text.repeat(64 * 1024).slice(0, 64 * 1024))
    const again = (error?: Error | null): void => {
      if (error || response.destroyed) return
      written += bytes.length
      response.write(bytes, again)
    }
    again()
  }
  const harms = { ...endless(endlessly), ...crammed(said), ...heavy() }
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '', 'http://registry').pathname.split('/').at(-1) ?? ''
    const harm = harms[name] ?? (/^[0-9]+$/.test(name) ? says(said[Number(name)] ?? '') : absent)
    if (request.method === 'HEAD' && harm !== absent) response.writeHead(200).end()
    else harm(response, request)
  })
  const listening = await listen(server)
  return {
    host: listening.host,
    close: () => listening.close(),
    get written() {
      return written
    }
  }
}

function endless(
  endlessly: (response: ServerResponse, text: string) => void
): Readonly<Record<string, Harm>> {
  return {
    'endless-manifest': response => {
      response.writeHead(200, { 'content-type': mediaTypes.ociManifest })
      endlessly(response, '{"a":')
    },
    'endless-error': response => {
      response.writeHead(400)
      endlessly(response, 'no ')
    },
    'endless-header': ({ socket }) => {
      socket?.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(MEGABYTE)}`)
    },
    'endless-headers': ({ socket }) => {
      socket?.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(MEGABYTE / 6)}`)
    },
    'endless-token': (response, { headers }) => {
      const realm = `http://${headers.host ?? ''}/token`
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end()
    },
    token: response => {
      response.writeHead(200)
      endlessly(response, '{"token":"')
    }
  }
}

function crammed(said: readonly string[]): Readonly<Record<string, Harm>> {
  const index = (text: string): Harm => answers(200, { 'content-type': mediaTypes.ociIndex }, text)
  const manifest = (text: string): Harm => answers(200, { 'content-type': mediaTypes.ociManifest }, text)
  return {
    good: answers(200, { 'content-type': good.mediaType }, Buffer.from(good.bytes)),
    'deep-lists': manifest('['.repeat(MAXIMUM / 2) + ']'.repeat(MAXIMUM / 2)),
    'deep-objects': manifest(`${'{"a":'.repeat(MAXIMUM / 6)}1${'}'.repeat(MAXIMUM / 6)}`),
    'many-objects': index(`{"manifests":[${'{},'.repeat(MAXIMUM / 3 - 10)}{}]}`),
    bomb: answers(
      200,
      { 'content-type': mediaTypes.ociManifest, 'content-encoding': 'gzip' },
      gzipSync(Buffer.alloc(64 * MEGABYTE))
    ),
    typed: answers(
      200,
      { 'content-type': `application/${said.join('').replace(/[^\x20-\x7e]/g, '')}` },
      JSON.stringify({ mediaType: said.join('') })
    )
  }
}

/** An index of 120 images of 720 kB: half of each is text, the other half takes megabytes when parsed, in a field that is not read. */
function heavy(): Readonly<Record<string, Harm>> {
  const config = { mediaType: good.mediaType, digest: good.digest, size: 2 }
  const textOf = (number: number): string =>
    `{"schemaVersion":2,"config":${JSON.stringify(config)},"number":${number.toString()},"x":[${'[],'.repeat(120_000)}"${'x'.repeat(360_000)}"]}`
  const harms: Record<string, Harm> = {}
  const manifests = Array.from({ length: 120 }, (_, number) => {
    const text = textOf(number)
    const digest = digestOf(Buffer.from(text))
    harms[digest] = (...exchange) => {
      answers(200, { 'content-type': mediaTypes.ociManifest }, textOf(number))(...exchange)
    }
    return { mediaType: mediaTypes.ociManifest, digest, size: text.length }
  })
  const index = JSON.stringify({ schemaVersion: 2, manifests })
  return { ...harms, heavy: answers(200, { 'content-type': mediaTypes.ociIndex }, index) }
}

function answers(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): Harm {
  return response => {
    response.writeHead(status, headers).end(body)
  }
}

function says(message: string): Harm {
  return answers(400, {}, JSON.stringify({ errors: [{ code: message, message }] }))
}

const absent = answers(404, {}, '')
