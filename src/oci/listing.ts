/** Lists in messages: bounded, for what is listed may be thousands. */

/** Joins the first so many names, and says how many more there are. */
export function listFirst(names: readonly string[], most: number, separator = ', '): string {
  const more = names.length - most
  const listed = names.slice(0, most).join(separator)
  return more > 0 ? `${listed} and ${more.toString()} more` : listed
}
