/** Scenes for blobs: registries in this process, one blob, and where it is to go. */
import type { Descriptor } from '../../src/oci/descriptor.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { parseReference } from '../../src/oci/reference.ts'
import type { Placement } from '../../src/oci/placement.ts'
import type { RegistryOptions, RegistryServer } from '../../testing/registry-server.ts'
import { openRepository } from '../../testing/registry-store.ts'
import { openRegistry } from './opened.ts'

/** The bytes of the blob. */
export const bytes = Buffer.alloc(300_000, 'layer')

/** The blob. */
export const blob: Descriptor = {
  mediaType: 'application/octet-stream',
  digest: digestOf(bytes),
  size: bytes.length
}

/** A registry that the blob is to be in, and how it is to get there. */
export interface Scene {
  readonly registry: RegistryServer
  readonly placement: Placement
}

/** Opens a registry with the blob in `staging`, which is wanted in `production`. */
export async function withinOne(options: RegistryOptions = {}): Promise<Scene> {
  const registry = await openRegistry(options)
  openRepository(registry.store, 'staging').blobs.set(blob.digest, bytes)
  const [from, to] = [repositoryAt(registry, 'staging'), repositoryAt(registry, 'production')]
  return { registry, placement: { from, to, blob } }
}

/** Opens two registries: the source has the blob, the other, whose scene it is, wants it. */
export async function betweenTwo(options: RegistryOptions = {}): Promise<Scene & { source: RegistryServer }> {
  const { registry: source, placement } = await withinOne()
  const registry = await openRegistry(options)
  return { source, registry, placement: { ...placement, to: repositoryAt(registry, 'production') } }
}

/** Tells whether the blob is where it is wanted. */
export function hasIt({ store }: RegistryServer): boolean {
  return store.get('production')?.blobs.get(blob.digest)?.length === bytes.length
}

/** Lists the requests to a registry, as `PUT 201`. */
export function methodsOf({ log }: RegistryServer): string[] {
  return log.map(({ method, status }) => `${method} ${status.toString()}`)
}

/** Does not listen. */
export const ignore = (): void => undefined

function repositoryAt({ host }: RegistryServer, name: string): Placement['to'] {
  return parseReference(`${host}/${name}:1`).repository
}
