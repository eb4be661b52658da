/** Holds every file of src/ to the import rule (ARCHITECTURE.md, "Direction of imports") and to what a reader counts on. */
import { expect, test } from '@jest/globals'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { testFilesIn } from '../testing/run-group.ts'

// What each room may import: the three in the middle never know each other.
const allowed: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['action'],
  action: ['promote', 'registry', 'credentials', 'promotion', 'oci', 'node:timers/promises'],
  promote: ['promotion', 'oci'],
  registry: ['oci'],
  credentials: ['oci', 'node:child_process', 'node:fs/promises', 'node:os', 'node:path'],
  promotion: ['oci'],
  oci: []
}
// What a single file may import beyond that: such a package has one owner.
const owned: Readonly<Record<string, readonly string[]>> = {
  'action/main.ts': ['@actions/core'],
  'action/cancellation.ts': ['node:events'],
  'action/inputs/folder.ts': ['node:fs'],
  'registry/http/body.ts': ['node:stream'],
  'registry/http/preconnect.ts': ['node:http', 'node:net'],
  'registry/http/addresses.ts': ['node:dns', 'node:net'],
  'registry/http/exchange.ts': ['node:http'],
  'registry/http/loopback-tls.ts': ['node:tls'],
  'registry/http/early-connections.ts': ['node:net'],
  'registry/http/pools.ts': ['node:tls'],
  'registry/http/trust.ts': ['node:fs/promises', 'node:path', 'node:tls'],
  'registry/http/pool.ts': [
    '@actions/http-client',
    'node:http',
    'node:https',
    'node:net',
    'node:stream',
    'node:tls'
  ],
  'registry/http/local-host.ts': ['node:net'],
  'registry/http/proxy.ts': ['node:net'],
  'oci/digester.ts': ['node:crypto'],
  'promotion/version.ts': ['bare-semver/version']
}

const root = join(import.meta.dirname, '..', 'src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replaceAll(sep, '/'))
const sources = new Map(files.map(file => [file, readFileSync(join(root, file), 'utf8')]))
const filesWith = (pattern: RegExp): string[] => files.filter(file => pattern.test(sources.get(file) ?? ''))

const IMPORT =
  /^(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)|^import\s*['"]([^'"]+)|\b(?:import|require)\s*\((?:\/\*.*?\*\/\s*)?(?:'([^']*)'\)|([^)]*))/gm

/** Lists what a file imports: files of src by their path in it, all else as it is written. */
function importsOf(file: string): string[] {
  return [...(sources.get(file) ?? '').matchAll(IMPORT)]
    .map(([, from, alone, named, called]) => from ?? alone ?? named ?? called ?? '')
    .map(path => (path.startsWith('.') ? posix.join(posix.dirname(file), path) : path))
}

const roomOf = (file: string): string => file.split('/')[0] ?? ''

test.each(files)('%s imports only what it may', file => {
  const mine = [roomOf(file), ...(allowed[roomOf(file)] ?? []), ...(owned[file] ?? [])]
  expect(importsOf(file).filter(path => !mine.includes(sources.has(path) ? roomOf(path) : path))).toEqual([])
})

test('nothing is loaded before connections are opened that takes long to load', () => {
  const loadedBy = (file: string): string[] =>
    [...(sources.get(file) ?? '').matchAll(/^import\s(?!type\b)[^'"]*['"]([^'"]+)/gm)]
      .map(([, path = '']) => (path.startsWith('.') ? posix.join(posix.dirname(file), path) : path))
      .flatMap(path => (sources.has(path) ? loadedBy(path) : [path]))
  const loaded = new Set(loadedBy('index.ts'))
  expect([...loaded].sort()).toEqual(['node:dns', 'node:fs', 'node:net'])
})

test('imports run in no circle', () => {
  // Round after round, those go that import nothing that is left; a circle stays.
  const withoutLeaves = (left: string[]): string[] =>
    left.filter(file => importsOf(file).some(path => left.includes(path)))
  expect(files.reduce(withoutLeaves, files)).toEqual([])
})

test('the layers of HTTP know nothing of authorization and of the registry API', () => {
  const layers = files.filter(file => file.startsWith('registry/http/'))
  const others = (file: string): string[] =>
    importsOf(file).filter(path => path.startsWith('registry/') && !path.startsWith('registry/http/'))
  expect(layers.flatMap(others)).toEqual([])
})

test('every name is imported from where it is defined, and by its own name', () => {
  expect(filesWith(/^export\b[^'"]*?\bfrom\s*['"]/m)).toEqual([])
  expect(filesWith(/^export\s+default\b|\bas\s+default\b/m)).toEqual([])
  expect(filesWith(/^import\s[^'"]*\*\s+as\s[^'"]*['"]\./m)).toEqual([])
  expect(files.filter(file => posix.basename(file) === 'index.ts')).toEqual(['index.ts'])
})

test('no file is longer than 250 lines', () => {
  expect(files.filter(file => (sources.get(file) ?? '').trimEnd().split('\n').length > 250)).toEqual([])
})

test('nothing is kept out of the coverage', () => {
  expect(filesWith(/istanbul|\b[cv]8 ignore/i)).toEqual([])
})

test('every folder of tests is run by a group', () => {
  const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  const folders = new Set(tests.filter(file => file.endsWith('.test.ts')).map(file => dirname(file)))
  const groups = testFilesIn('groups').map(file =>
    readFileSync(join(import.meta.dirname, 'groups', file), 'utf8')
  )
  const run = groups.map(text => /runGroup\('([^']+)'/.exec(text)?.[1])
  expect(new Set(run)).toEqual(new Set([...folders].filter(folder => !['.', 'groups'].includes(folder))))
  const parts = groups.flatMap(text => /'scenarios', (\{.*?\})/.exec(text)?.[1] ?? [])
  expect(new Set(parts)).toEqual(
    new Set(parts.map((_, index) => `{ part: ${index + 1}, of: ${parts.length} }`))
  )
})

test('a hook for each test of a file does not run for the other files of its group', () => {
  const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  const grouped = tests.filter(file => file.endsWith('.test.ts') && dirname(file) !== '.')
  const hasHook = (file: string): boolean =>
    /^(?:before|after)Each\(/m.test(readFileSync(join(import.meta.dirname, file), 'utf8'))
  expect(grouped.filter(hasHook)).toEqual([])
})
