/** Takes the place of the packages that the bundle leaves out: docs/adr/0002-left-out-of-the-bundle.md. */

/** What @actions/http-client imports from undici, and Retag never uses. */
export function ProxyAgent(): never {
  throw new Error('undici is left out of the bundle')
}
