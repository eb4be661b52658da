/** Reads workflows for tests: ours, and those in examples/. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from './markdown-document.ts'

/** A step of a job. */
export interface Step {
  readonly id?: string
  readonly uses?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
  readonly with?: Readonly<Record<string, string | number | boolean>>
}

/** A job of a workflow. */
export interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly steps: readonly Step[]
}

/** A workflow, as text and parsed. */
export interface Workflow {
  /** Path from the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
  readonly name: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

/** Reads all workflows of a folder, by name. */
export async function readWorkflows(folder: string): Promise<Workflow[]> {
  const names = (await readdir(join(root, folder))).filter(name => name.endsWith('.yml')).sort()
  return Promise.all(
    names.map(async name => {
      const text = await readFile(join(root, folder, name), 'utf8')
      return { ...(parse(text) as Omit<Workflow, 'path' | 'text'>), path: `${folder}/${name}`, text }
    })
  )
}

/** Lists the steps of all jobs of a workflow. */
export function stepsOf({ jobs }: Workflow): Step[] {
  return Object.values(jobs).flatMap(({ steps }) => steps)
}
