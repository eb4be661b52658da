/** Runs a program without a shell, with limits on time and output. */
import { spawn } from 'node:child_process'
import { findProgram, isProgram } from './find-program.ts'

/** A run of a program. */
export interface Program {
  /** A name to look up in the absolute folders of `PATH`, or an absolute path. */
  readonly file: string
  readonly args: readonly string[]
  /** Its standard input. */
  readonly input: string
  /** After how many milliseconds it is killed. */
  readonly timeout: number
  /** How many bytes it may print before it is killed. */
  readonly limit: number
}

/** How a program ended. Its standard error is discarded, because it may contain secrets. */
export type ProgramResult =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  /** It could not be started, or was killed; `reason` says why. */
  | { readonly kind: 'broken'; readonly reason: string }

/** Runs a program to its end. Never rejects. */
export type RunProgram = (program: Program) => Promise<ProgramResult>

/** Creates a function that runs programs in an environment. */
export function runningIn(env: Readonly<Record<string, string | undefined>>): RunProgram {
  return async program => {
    const found = await findProgram(program.file, { env, platform: process.platform, isProgram })
    return 'path' in found
      ? runToEnd({ ...program, file: found.path }, env)
      : { kind: 'broken', reason: found.reason }
  }
}

function runToEnd(program: Program, env: NodeJS.ProcessEnv): Promise<ProgramResult> {
  const { file, args, input, timeout, limit } = program
  return new Promise(resolve => {
    const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true })
    const printed: Uint8Array[] = []
    let size = 0
    const settle = (result: ProgramResult): void => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      // A process that the program started may keep these open.
      child.stdin.destroy()
      child.stdout.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => {
      settle({ kind: 'broken', reason: `it did not end within ${(timeout / 1000).toString()} s` })
    }, timeout)
    child.stdout.on('data', (chunk: Uint8Array) => {
      printed.push(chunk)
      size += chunk.length
      if (size > limit)
        settle({ kind: 'broken', reason: `it printed more than ${(limit / 1024).toString()} KiB` })
    })
    // A program may not read its input.
    child.stdin.on('error', () => undefined)
    child.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
      settle({ kind: 'broken', reason: `it cannot be started (${code})` })
    })
    child.on('close', (code, signal) => {
      const output = Buffer.concat(printed).toString()
      if (code === null) settle({ kind: 'broken', reason: `it was ended by ${signal ?? 'nobody'}` })
      else settle({ kind: 'exited', code, output })
    })
    child.stdin.end(input)
  })
}
