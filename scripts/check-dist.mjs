/** Fails if dist/ differs from what is committed or staged: changed, missing or untracked files. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const status = execFileSync('git', ['status', '--porcelain', '--', 'dist'], { cwd: root, encoding: 'utf8' })
// The second column is about the folder, the first about what is staged.
const changes = status.split('\n').filter(line => /^.[^ ]/.test(line))
if (changes.length > 0) {
  console.error(['dist/ is not what is committed. Commit what "npm run build" made:', ...changes].join('\n'))
  process.exitCode = 1
}
