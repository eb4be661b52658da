/** The composition root: reads the inputs, wires the parts together, promotes, reports. */
import * as core from '@actions/core'
import { setTimeout as wait } from 'node:timers/promises'
import { PromotionError } from '../oci/errors.ts'
import { type Report, failedRun, isSuccessful } from '../promotion/report.ts'
import type { Clock, ProgressReporter } from '../promote/ports.ts'
import { promote } from '../promote/promote.ts'
import { standardDeadline } from '../registry/http/deadline.ts'
import { Secrets } from '../registry/http/redact.ts'
import { transport } from '../registry/http/transport.ts'
import {
  type Annotation,
  annotationOf,
  bugAnnotation,
  outputAnnotation,
  summaryWarning,
  unknownInputsWarning,
  warningsOf
} from './present/annotations.ts'
import type { Beginning } from './begin.ts'
import { type Cancellation, cancellation } from './cancellation.ts'
import { copiedLines } from './present/copied.ts'
import type { Inputs } from './inputs/inputs.ts'
import { type Section, endLine, outcomeSections, planLines, sourceSection, waitLines } from './present/log.ts'
import { outputsOf } from './present/outputs.ts'
import { telling } from './present/progress.ts'
import { presentable } from './present/presentable.ts'
import { type StepSettings, actionName } from './present/rollback.ts'
import { summaryOf } from './present/summary.ts'
import { type Dependencies, registryClient } from './wiring.ts'

/** Runs the action, as it has begun. Never throws: an error becomes an annotation and fails the step. */
export async function main(beginning: Beginning): Promise<void> {
  const pool = transport(standardDeadline, beginning)
  const job = cancellation(() => {
    pool.close()
  })
  const secrets = new Secrets(core.setSecret)
  const { debug, info, warning } = core
  const clock = clockUntil(job.signal)
  const wiring = { transport: pool, clock, env: process.env, secrets, debug, info, warning }
  try {
    const { report, inputs } = await run(beginning, wiring, job)
    await present(presentable(report, secrets), settingsOf(inputs))
  } catch (error) {
    core.debug(error instanceof Error ? (error.stack ?? '') : String(error))
    fail(bugAnnotation(error))
  } finally {
    job.end()
    pool.close()
  }
}

/** The result of a run, and its inputs if they could be read. */
interface Run {
  readonly report: Report
  readonly inputs?: Inputs
}

async function run(
  beginning: Beginning,
  wiring: Dependencies,
  { signal, inTime }: Cancellation
): Promise<Run> {
  let inputs: Inputs | undefined
  try {
    inputs = tellInputs(beginning, wiring.secrets)
    const { clock } = wiring
    const dependencies = {
      registry: registryClient(inputs, wiring),
      clock,
      signal,
      progress: progressReporter(clock)
    }
    const report = await inTime(promote(inputs.request, inputs.options, dependencies))
    return { report: { ...report, warnings: [...inputs.warnings, ...report.warnings] }, inputs }
  } catch (error) {
    if (error instanceof PromotionError) return { report: failedRun(error), ...(inputs && { inputs }) }
    throw error
  }
}

/** The settings that a rollback step shares with this one. */
function settingsOf(inputs: Inputs | undefined): StepSettings {
  const { login, insecure = [] } = inputs ?? {}
  return { action: actionName(process.env), loginFor: login?.registry, insecure: [...insecure] }
}

function progressReporter(clock: Clock): ProgressReporter {
  return {
    waiting: (missing, left) => {
      say(waitLines(missing, left))
    },
    planned: (request, plan) => {
      sayFolded(sourceSection(request, plan))
      say(planLines(plan))
    },
    copying: telling({ say: core.info, now: () => clock.now() })
  }
}

/** A clock whose sleeps end when the job is cancelled. */
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

/** Returns the inputs; what is secret is masked before anything is said about it. */
function tellInputs({ secrets: given, unknown, inputs }: Beginning, secrets: Secrets): Inputs {
  for (const secret of given) secrets.add(secret)
  const warning = unknownInputsWarning(unknown)
  if (warning) core.warning(warning.message, { title: warning.title })
  return inputs()
}

/** Reports the result of a run. A failure to write the report becomes an annotation; the result stays. */
async function present(report: Report, settings: StepSettings): Promise<void> {
  say(copiedLines(report))
  for (const section of outcomeSections(report)) sayFolded(section)
  const end = endLine(report)
  say([end])
  for (const { title, message } of warningsOf(report)) core.warning(message, { title })
  const annotation = annotationOf(report)
  if (annotation !== undefined || !isSuccessful(report)) fail(annotation ?? { title: 'Retag', message: end })
  try {
    for (const [name, value] of Object.entries(outputsOf(report))) core.setOutput(name, value)
  } catch (error) {
    fail(outputAnnotation(error, report, end))
  }
  if (process.env.GITHUB_STEP_SUMMARY) await writeSummary(summaryOf(report, settings))
}

async function writeSummary(summary: string): Promise<void> {
  try {
    await core.summary.addRaw(summary).write()
  } catch (error) {
    const { title, message } = summaryWarning(error)
    core.warning(message, { title })
  }
}

function sayFolded({ title, lines }: Section): void {
  if (title !== undefined) core.startGroup(title)
  say(lines)
  if (title !== undefined) core.endGroup()
}

function say(lines: readonly string[]): void {
  for (const line of lines) core.info(line)
}

function fail({ title, message }: Annotation): void {
  core.error(message, { title })
  process.exitCode = core.ExitCode.Failure
}
