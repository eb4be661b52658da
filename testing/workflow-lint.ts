/** Lints workflows with actionlint, which comes as WebAssembly in a package: no download, no other program. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './markdown-document.ts'

interface Finding {
  readonly message: string
  readonly line: number
  readonly column: number
}

interface Actionlint {
  readonly runLint: (text: string, path: string) => Promise<readonly Finding[]>
}

// Loaded by its path: the package's module for `import` calls `require`, and its main module loads what only a command line needs.
const module = join(root, 'node_modules', '@tktco', 'node-actionlint', 'build', 'run-lint.js')
const { runLint } = createRequire(import.meta.url)(module) as Actionlint

/** Lists what actionlint finds in a workflow, as `LINE:COLUMN message`. */
export async function lintWorkflow(text: string, path: string): Promise<string[]> {
  const findings = await runLint(text, path)
  return findings.map(({ line, column, message }) => `${line.toString()}:${column.toString()} ${message}`)
}
