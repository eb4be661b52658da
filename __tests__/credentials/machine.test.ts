/** Tests of the machine that the tests themselves run on. */
import { expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { thisMachine } from '../../src/credentials/machine.ts'

test('thisMachine reads files, runs programs and knows its user', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'retag-machine-'))
  const { home, isRoot, readFile, run, env } = thisMachine({ PATH: process.env.PATH, NAME: 'anna' })
  try {
    await writeFile(join(folder, 'config.json'), '{"ü":1}')
    expect(await readFile(join(folder, 'config.json'))).toBe('{"ü":1}')
    await expect(readFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  } finally {
    await rm(folder, { recursive: true })
  }
  const program = { file: process.execPath, args: ['-p', 'process.env.NAME'], input: '' }
  expect(await run({ ...program, timeout: 20_000, limit: 1024 })).toMatchObject({ output: 'anna\n' })
  expect({ home, isRoot, env: env.NAME }).toEqual({
    home: homedir(),
    isRoot: process.getuid?.() === 0,
    env: 'anna'
  })
})

test('thisMachine keeps the inputs of the step from the programs that it runs', async () => {
  const { run } = thisMachine({
    PATH: process.env.PATH,
    INPUT_PASSWORD: 'secret',
    'INPUT_GITHUB-TOKEN': 'secret'
  })
  const script = 'Object.keys(process.env).filter(name => name.startsWith("INPUT_")).length'
  const program = { file: process.execPath, args: ['-p', script], input: '' }
  expect(await run({ ...program, timeout: 20_000, limit: 1024 })).toMatchObject({ output: '0\n' })
})
