/** Tests of the machine that the tests themselves run on. */
import { describe, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

describe('thisMachine reads no login from', () => {
  const unix = process.platform === 'win32' ? test.skip : test
  const { readFile } = thisMachine({})
  const inFolder = async (work: (path: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'retag-file-'))
    try {
      await work(join(folder, 'config.json'))
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  unix('a pipe that nobody writes to, and does not wait for it', async () => {
    await inFolder(async path => {
      await promisify(execFile)('mkfifo', [path])
      const reading = readFile(path)
      const late = new Promise((_resolve, reject) => {
        setTimeout(reject, 2000, new Error('it waits')).unref()
      })
      const waiting = Promise.race([reading, late]).catch(async (error: unknown) => {
        // Without its guard the read would hold a thread until somebody writes.
        const isWaiting = error instanceof Error && error.message === 'it waits'
        if (isWaiting) await (await open(path, 'r+')).close()
        throw error
      })
      await expect(waiting).rejects.toThrow('it is not a regular file')
    })
  })

  unix.each(['/dev/zero', tmpdir()])('%s', async path => {
    await expect(readFile(path)).rejects.toThrow('it is not a regular file')
  })

  test('a file of more than 1 MiB', async () => {
    await inFolder(async path => {
      await writeFile(path, ' '.repeat(1024 * 1024))
      expect(await readFile(path)).toHaveLength(1024 * 1024)
      await writeFile(path, ' '.repeat(1024 * 1024 + 1))
      await expect(readFile(path).then(text => text.length)).rejects.toThrow('it is larger than 1 MiB')
    })
  })
})
