/** Runs a program: without a shell, for a limited time, with a limited output. */
import { spawn } from 'node:child_process'

/** A run of a program. */
export interface Program {
  /** Found by `PATH`, or a path. */
  readonly file: string
  readonly args: readonly string[]
  /** What it reads from its standard input. */
  readonly input: string
  /** After how many milliseconds it is ended. */
  readonly timeout: number
  /** How many bytes it may print before it is ended. */
  readonly limit: number
}

/** How a program ended. Its standard error is thrown away: nobody knows what is in it. */
export type Ending =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  /** It could not be started, or was ended; `reason` says so in a few words. */
  | { readonly kind: 'broken'; readonly reason: string }

/** Runs a program to its end. Never rejects. */
export type RunProgram = (program: Program) => Promise<Ending>

/** Makes what runs programs in an environment. */
export function runningIn(env: Readonly<Record<string, string | undefined>>): RunProgram {
  return ({ file, args, input, timeout, limit }) =>
    new Promise(resolve => {
      const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true })
      const printed: Uint8Array[] = []
      let size = 0
      const settle = (ending: Ending): void => {
        clearTimeout(timer)
        child.kill('SIGKILL')
        // What the program started may live on and keep these open: nobody waits for that.
        child.stdin.destroy()
        child.stdout.destroy()
        resolve(ending)
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
      // A program that does not read its input is free to do so.
      child.stdin.on('error', () => undefined)
      child.on('error', error => {
        settle({ kind: 'broken', reason: reasonOf(error) })
      })
      child.on('close', (code, signal) => {
        const output = Buffer.concat(printed).toString()
        if (code === null) settle({ kind: 'broken', reason: `it was ended by ${signal ?? 'nobody'}` })
        else settle({ kind: 'exited', code, output })
      })
      child.stdin.end(input)
    })
}

function reasonOf(error: Error): string {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException
  return code === 'ENOENT' ? 'there is no such program on the PATH' : `it cannot be started (${code})`
}
