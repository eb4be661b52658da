/** The pre-defined annotations that state an image's version and creation (OCI image specification, annotations.md). */

/** What an image says of itself, as it was written; absent where it says nothing. */
export interface Edition {
  /** `org.opencontainers.image.version` */
  readonly version?: string
  /** `org.opencontainers.image.created`, or the config's `created`. */
  readonly created?: string
}

/** Reads the edition that annotations or labels state. */
export function statedEdition(annotations: unknown): Edition {
  const stated = typeof annotations === 'object' && annotations !== null ? annotations : {}
  return edition(
    textOf(stated, 'org.opencontainers.image.version'),
    textOf(stated, 'org.opencontainers.image.created')
  )
}

/** Makes an edition of what is known. */
export function edition(version: string | undefined, created: string | undefined): Edition {
  return { ...(version !== undefined && { version }), ...(created !== undefined && { created }) }
}

/** Tells whether an edition says all that one can say. */
export function isComplete({ version, created }: Edition): boolean {
  return version !== undefined && created !== undefined
}

function textOf(stated: object, name: string): string | undefined {
  const value: unknown = Object.hasOwn(stated, name) ? (stated as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}
