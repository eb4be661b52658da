/** Runs test files as one: jest takes about a second of processor time to start each. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const tests = join(import.meta.dirname, '../__tests__')

/** Lists the test files that are directly in a folder of `__tests__`, sorted. */
export function testFilesIn(folder: string): string[] {
  return readdirSync(join(tests, folder))
    .filter(name => name.endsWith('.test.ts'))
    .sort()
}

/** Runs the test files of a folder; or every `of`-th of them, beginning with number `part`, counted from 1. */
export async function runGroup(folder: string, { part = 1, of = 1 } = {}): Promise<void> {
  const files = testFilesIn(folder).filter((_, index) => index % of === part - 1)
  for (const file of files) await import(join(tests, folder, file))
}
