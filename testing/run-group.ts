/** Runs several test files as one: jest takes about a second of CPU time to start each. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const tests = join(import.meta.dirname, '../__tests__')

/** Lists the test files directly in a folder of `__tests__`, sorted. */
export function testFilesIn(folder: string): string[] {
  return readdirSync(join(tests, folder))
    .filter(name => name.endsWith('.test.ts'))
    .sort()
}

/** Runs the test files of a folder, or one of `of` parts of equal size, counted from 1. */
export async function runGroup(folder: string, { part = 1, of = 1 } = {}): Promise<void> {
  const files = testFilesIn(folder)
  const mine = files.filter((_, index) => Math.floor((index * of) / files.length) === part - 1)
  for (const file of mine) await import(join(tests, folder, file))
}
