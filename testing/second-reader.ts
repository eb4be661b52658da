/** Reads a registry independently of Retag: with skopeo if installed, else with plain HTTP. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { digestOf } from './images.ts'
import { type Place, pull } from './push.ts'

/** Pulls an image with all its manifests, configs and layers, each checked against its digest. */
export interface SecondReader {
  readonly name: string
  /** Gives the digest of the manifest or index that the reference stands for. Throws when any part is missing or wrong. */
  pullAll(from: Place, reference: string): Promise<string>
}

/** The reader that can be had here. */
export const secondReader: SecondReader =
  spawnSync('skopeo', ['--version']).status === 0
    ? { name: 'skopeo', pullAll: pullBySkopeo }
    : { name: 'plain HTTP (skopeo is not installed)', pullAll: pullByHttp }

async function pullBySkopeo({ base, repository }: Place, reference: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'retag-skopeo-'))
  try {
    const source = `docker://${new URL(base).host}/${repository}:${reference}`
    const options = ['--insecure-policy', 'copy', '--all', '--preserve-digests', '--src-tls-verify=false']
    await promisify(execFile)('skopeo', [...options, source, `dir:${folder}`])
    return digestOf(await readFile(join(folder, 'manifest.json')))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The parts of a manifest or index. */
interface Parts {
  readonly manifests?: readonly { readonly digest: string }[]
  readonly config?: { readonly digest: string }
  readonly layers?: readonly { readonly digest: string }[]
}

async function pullByHttp(from: Place, reference: string): Promise<string> {
  const pulled = await pull(from, reference)
  if (pulled === undefined) throw new Error(`there is no ${reference}`)
  const { manifests = [], config, layers = [] } = JSON.parse(new TextDecoder().decode(pulled.bytes)) as Parts
  for (const { digest } of manifests) requireSame(digest, await pullByHttp(from, digest))
  for (const { digest } of [...(config ? [config] : []), ...layers]) {
    const response = await fetch(`${from.base}/v2/${from.repository}/blobs/${digest}`)
    requireSame(digest, digestOf(new Uint8Array(await response.arrayBuffer())))
  }
  return pulled.digest
}

function requireSame(wanted: string, found: string): void {
  if (found !== wanted) throw new Error(`asked for ${wanted}, pulled ${found}`)
}
