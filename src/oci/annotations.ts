/** The pre-defined annotations that state an image's version and creation (OCI image specification, annotations.md). */

/** What an image says of itself, as it was written; absent where it says nothing. */
export interface VersionMetadata {
  /** `org.opencontainers.image.version` */
  readonly version?: string
  /** `org.opencontainers.image.created`, or the config's `created`. */
  readonly created?: string
}

/** Reads the version metadata that annotations or labels state. */
export function statedMetadata(annotations: unknown): VersionMetadata {
  const stated = typeof annotations === 'object' && annotations !== null ? annotations : {}
  return versionMetadata(
    textOf(stated, 'org.opencontainers.image.version'),
    textOf(stated, 'org.opencontainers.image.created')
  )
}

/** Makes version metadata of what is known. */
export function versionMetadata(version: string | undefined, created: string | undefined): VersionMetadata {
  return { ...(version !== undefined && { version }), ...(created !== undefined && { created }) }
}

/** Tells whether both version and creation are stated. */
export function isComplete({ version, created }: VersionMetadata): boolean {
  return version !== undefined && created !== undefined
}

function textOf(stated: object, name: string): string | undefined {
  const value: unknown = Object.hasOwn(stated, name) ? (stated as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}
