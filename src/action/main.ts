/** The composition root: reads the inputs, wires the parts together, promotes, tells. */
import * as core from '@actions/core'
import { setTimeout as wait } from 'node:timers/promises'
import { PromotionError } from '../oci/errors.ts'
import { type Report, failedRun, isSuccessful } from '../promotion/report.ts'
import type { Clock, ProgressReporter } from '../promote/ports.ts'
import { promote } from '../promote/promote.ts'
import { transport } from '../registry/http/transport.ts'
import {
  type Annotation,
  annotationOf,
  bugAnnotation,
  leftBehindOf,
  warningOf
} from './present/annotations.ts'
import { type Cancellation, cancellation } from './cancellation.ts'
import { copiedLines } from './present/copied.ts'
import { type ReadInput, readInputs, secretInputs } from './inputs/inputs.ts'
import { LONG_LIST, endLine, outcomeLines, planLines, waitLines } from './present/log.ts'
import { outputsOf } from './present/outputs.ts'
import { telling } from './present/progress.ts'
import { actionName } from './present/rollback.ts'
import { summaryOf } from './present/summary.ts'
import { type Dependencies, registryClient } from './wiring.ts'

/** Runs the action. Never throws: what goes wrong ends in an annotation and a failed step. */
export async function main(): Promise<void> {
  const pool = transport()
  const job = cancellation(() => {
    pool.close()
  })
  const { debug, info, warning, setSecret: mask } = core
  const clock = clockUntil(job.signal)
  const wiring = { transport: pool, clock, env: process.env, mask, debug, info, warning }
  try {
    await tell(await run(wiring, job))
  } catch (error) {
    core.debug(error instanceof Error ? (error.stack ?? '') : String(error))
    fail(bugAnnotation(error))
  } finally {
    job.end()
    pool.close()
  }
}

async function run(wiring: Dependencies, { signal, inTime }: Cancellation): Promise<Report> {
  try {
    const inputs = readInputs(readInput)
    const { clock } = wiring
    const dependencies = {
      registry: registryClient(inputs, wiring),
      clock,
      signal,
      progress: progressReporter(clock)
    }
    return await inTime(promote(inputs.request, inputs.options, dependencies))
  } catch (error) {
    if (error instanceof PromotionError) return failedRun(error)
    throw error
  }
}

function progressReporter(clock: Clock): ProgressReporter {
  return {
    waiting: (missing, left) => {
      say(waitLines(missing, left))
    },
    planned: (request, plan) => {
      say(planLines(request, plan))
    },
    copying: telling({ say: core.info, now: () => clock.now() })
  }
}

/** The time, and waits that end when the job is cancelled. */
function clockUntil(signal: AbortSignal): Clock {
  return {
    now: () => performance.now(),
    sleep: async duration => {
      await wait(duration, undefined, { signal }).catch(() => {
        throw signal.reason
      })
    }
  }
}

const readInput: ReadInput = name => {
  const value = core.getInput(name)
  if (value !== '' && secretInputs.includes(name)) core.setSecret(value)
  return value
}

async function tell(report: Report): Promise<void> {
  say(copiedLines(report))
  const lines = outcomeLines(report)
  if (lines.length > LONG_LIST) core.startGroup(`What became of ${lines.length.toString()} tags`)
  say(lines)
  if (lines.length > LONG_LIST) core.endGroup()
  say([endLine(report)])
  for (const [name, value] of Object.entries(outputsOf(report))) core.setOutput(name, value)
  if (process.env.GITHUB_STEP_SUMMARY)
    await core.summary.addRaw(summaryOf(report, actionName(process.env))).write()
  for (const warning of [warningOf(report), leftBehindOf(report)])
    if (warning !== undefined) core.warning(warning.message, { title: warning.title })
  const annotation = annotationOf(report)
  if (annotation !== undefined || !isSuccessful(report))
    fail(annotation ?? { title: 'Retag', message: 'not everything was done' })
}

function say(lines: readonly string[]): void {
  for (const line of lines) core.info(line)
}

function fail({ title, message }: Annotation): void {
  core.error(message, { title })
  process.exitCode = core.ExitCode.Failure
}
