/** Replaces the packages that the bundle leaves out: docs/adr/0002-left-out-of-the-bundle.md. */

/** Imported by @actions/http-client from undici; Retag never uses it. */
export function ProxyAgent(): never {
  throw new Error('undici is left out of the bundle')
}
