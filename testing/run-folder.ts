/** Runs the test files of a folder as one: jest takes about a second of processor time to start a file. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Runs every test file in a folder of `__tests__`, those of its folders among them where `recursive` says so. */
export async function runFolder(folder: string, { recursive = false } = {}): Promise<void> {
  const path = join(import.meta.dirname, '../__tests__', folder)
  const files = await readdir(path, { recursive })
  for (const file of files.filter(name => name.endsWith('.test.ts')).sort()) await import(join(path, file))
}
