/** Scenario: the registry is connected to before all of the action is loaded. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen } from '../../testing/loopback.ts'

const dist = join(import.meta.dirname, '..', '..', 'dist')
let [directory, connections] = ['', 0]
const registry = await listen(createServer(() => connections++))
const [, port = ''] = registry.host.split(':')

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'retag-start-'))
  // The rest of dist is missing: what happens now happens before it is loaded.
  for (const file of ['index.js', 'package.json']) await copyFile(join(dist, file), join(directory, file))
})
afterAll(async () => {
  await registry.close()
  await rm(directory, { recursive: true, force: true })
})

/** Runs what there is of the action; returns what it prints on standard error. */
function start(inputs: Readonly<Record<string, string>>): Promise<string> {
  const variables = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  const env = Object.fromEntries(variables) as Record<string, string>
  const node = process.env.RETAG_NODE ?? process.execPath
  return new Promise(resolve => {
    execFile(node, [join(directory, 'index.js')], { env }, (_, __, stderr) => {
      resolve(stderr)
    })
  })
}

test.each([
  ['by its address', `127.0.0.1:${port}`, '2', 1],
  ['by its name', `localhost:${port}`, '2', 1],
  ['unless an input is wrong', `localhost:${port}`, '.2', 0]
])('%s', async (_what, ...[host, target, expected]) => {
  connections = 0
  const told = await start({ registry: host, repository: 'acme/app', source: '1', target })
  expect(told).toContain('ERR_MODULE_NOT_FOUND')
  expect(connections).toBe(expected)
})
