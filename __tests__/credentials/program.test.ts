/** Tests of running programs: real ones, of Node. */
import { describe, expect, test } from '@jest/globals'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { findProgram } from '../../src/credentials/find-program.ts'
import { type ProgramResult, type Program, runningIn } from '../../src/credentials/program.ts'

const env = { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, NAME: 'anna' }

/** Runs a script of Node. */
function run(script: string, options: Partial<Program> = {}): Promise<ProgramResult> {
  const program = { file: process.execPath, args: ['-e', script], input: '', timeout: 20_000, limit: 1024 }
  return runningIn(env)({ ...program, ...options })
}

describe('a program', () => {
  test('reads its input, and its output and exit code are told', async () => {
    const echo = 'process.stdin.pipe(process.stdout).on("finish", () => {}); process.exitCode = 3'
    expect(await run(echo, { input: 'ghcr.io' })).toEqual({ kind: 'exited', code: 3, output: 'ghcr.io' })
  })

  test('has the environment that it is given, and no other', async () => {
    process.env.OTHER = 'other'
    const script = 'console.log(process.env.NAME, process.env.OTHER)'
    expect(await run(script)).toMatchObject({ output: 'anna undefined\n' })
    delete process.env.OTHER
  })

  test('gets its arguments as they are, for there is no shell', async () => {
    const args = ['-e', 'console.log(process.argv[1])', '$(id) `id` | & ; "x" *']
    expect(await run('', { args })).toMatchObject({ output: `${args[2] ?? ''}\n` })
  })

  test('may leave its input unread', async () => {
    const input = 'x'.repeat(1024 * 1024)
    expect(await run('process.stdin.destroy()', { input })).toMatchObject({ kind: 'exited', code: 0 })
  })

  test('is not heard on its standard error', async () => {
    expect(await run('console.error("secret")')).toEqual({ kind: 'exited', code: 0, output: '' })
  })
})

describe('is broken off', () => {
  test('a program that does not end in time', async () => {
    const ending = await run('setInterval(() => {}, 1000)', { timeout: 50 })
    expect(ending).toEqual({ kind: 'broken', reason: 'it did not end within 0.05 s' })
  })

  test('a program that exits, but leaves another that keeps its output open', async () => {
    const child = 'require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 3000)"]'
    const script = `${child}, { stdio: ["ignore", "inherit", "ignore"] }).unref(); process.exit(0)`
    const ending = await run(script, { timeout: 1500 })
    expect(ending).toEqual({ kind: 'broken', reason: 'it did not end within 1.5 s' })
  })

  test('a program that prints too much', async () => {
    const ending = await run('setInterval(() => process.stdout.write("x".repeat(4096)), 1)')
    expect(ending).toEqual({ kind: 'broken', reason: 'it printed more than 1 KiB' })
  })

  test('a program that is killed', async () => {
    const ending = await run('process.kill(process.pid, "SIGKILL")')
    // Windows knows no signals.
    expect(ending).toMatchObject(
      process.platform === 'win32' ? { kind: 'exited' } : { reason: 'it was ended by SIGKILL' }
    )
  })

  test.each([
    ['that there is not', 'docker-credential-that-there-is-not', 'there is no such program on the PATH'],
    ['that is a directory', import.meta.dirname, /^it cannot be started \(E\w+\)$/]
  ])('a program %s', async (_which, file, reason) => {
    expect(await run('', { file })).toEqual({
      kind: 'broken',
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason)
    })
  })
})

describe('on the PATH', () => {
  const none = { kind: 'broken', reason: 'there is no such program on the PATH' }
  const name = 'docker-credential-retag-test'

  /** Runs a helper that is in the folder `bin` of a folder of its own, with the PATH that is made for it. */
  async function runIn(pathFor: (folder: string) => string, mode = 0o755): Promise<ProgramResult> {
    const folder = await mkdtemp(join(tmpdir(), 'retag-path-'))
    try {
      await mkdir(join(folder, 'bin'))
      await mkdir(join(folder, 'closed'))
      await mkdir(join(folder, 'folder', name), { recursive: true })
      await writeFile(join(folder, 'bin', name), '#!/bin/sh\nprintf found\n')
      await chmod(join(folder, 'bin', name), mode)
      await chmod(join(folder, 'closed'), 0)
      const program = { file: name, args: [], input: '', timeout: 20_000, limit: 1024 }
      return await runningIn({ PATH: pathFor(folder) })(program)
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  const found = { kind: 'exited', code: 0, output: 'found' }
  const unix = process.platform === 'win32' ? test.skip : test

  unix.each<[string, (folder: string) => string, object]>([
    ['is found', folder => join(folder, 'bin'), found],
    [
      'is found behind folders that cannot be read, are not there, or have a folder of its name',
      folder => ['closed', 'none', 'folder', 'bin'].map(part => join(folder, part)).join(delimiter),
      found
    ],
    ['is not found in a folder that cannot be read', folder => join(folder, 'closed'), none],
    [
      'is not found in a folder that is named from the working directory',
      folder => relative('.', join(folder, 'bin')),
      none
    ],
    ['is not found where the PATH is empty', () => '', none]
  ])('a program %s', async (_what, pathFor, result) => {
    expect(await runIn(pathFor)).toEqual(result)
  })

  unix('a file that may not be run is no program', async () => {
    expect(await runIn(folder => join(folder, 'bin'), 0o644)).toEqual(none)
  })

  test.each([
    ['an .exe', ['C:\\tools\\helper.exe'], { path: 'C:\\tools\\helper.exe' }],
    [
      'an .exe before a .cmd',
      ['C:\\bin\\helper.cmd', 'C:\\tools\\helper.exe'],
      { path: 'C:\\tools\\helper.exe' }
    ],
    [
      'not the working directory’s',
      ['helper.exe', '.\\helper.exe', 'sub\\helper.exe'],
      { reason: none.reason }
    ],
    ['no script', ['C:\\tools\\helper.cmd'], { reason: expect.stringContaining('.cmd') }],
    ['no batch file', ['C:\\bin\\helper.bat'], { reason: expect.stringContaining('.bat') }],
    ['no file without an ending', ['C:\\bin\\helper'], { reason: none.reason }]
  ])('Windows finds %s', async (_what, files, result) => {
    const env = { Path: '.;sub;;"C:\\bin";C:\\tools' }
    const isProgram = (path: string): Promise<boolean> => Promise.resolve(files.includes(path))
    expect(await findProgram('helper', { env, platform: 'win32', isProgram })).toEqual(result)
  })

  test('Windows may have none', async () => {
    const isProgram = (): Promise<boolean> => Promise.resolve(true)
    expect(await findProgram('helper', { env: {}, platform: 'win32', isProgram })).toEqual({
      reason: none.reason
    })
  })
})
