/** Runs every test file with properties, 200 times as often as `npm test` tries them: `npm run fuzz`. */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const files = readdirSync(join(root, '__tests__'), { recursive: true, encoding: 'utf8' })
  .map(name => `__tests__/${name.replaceAll('\\', '/')}`)
  .filter(name => name.endsWith('.test.ts') && readFileSync(join(root, name), 'utf8').includes('fast-check'))

const jest = [
  '--experimental-vm-modules',
  '--no-warnings',
  'node_modules/jest/bin/jest.js',
  '--coverage=false'
]
const { status } = spawnSync(process.execPath, [...jest, ...files, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { RETAG_FUZZ: '200', ...process.env }
})
process.exitCode = status ?? 1
