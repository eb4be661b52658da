/** Numbers of things. */

/** Writes how many there are: `1 blob`, `2 blobs`. */
export function counted(count: number, noun: string): string {
  return `${count.toString()} ${noun}${count === 1 ? '' : 's'}`
}
