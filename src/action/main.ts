/** The composition root: reads the inputs, wires the parts together, promotes, tells. */
import * as core from '@actions/core'
import type { Action } from '../core/credential.ts'
import { PromotionError } from '../core/errors.ts'
import { type Repository, isSameRepository } from '../core/reference.ts'
import { type Report, isSuccessful } from '../core/report.ts'
import { keychain } from '../credentials/keychain.ts'
import { thisMachine } from '../credentials/machine.ts'
import type { Clock } from '../promote/ports.ts'
import { type Conduct, promote } from '../promote/promote.ts'
import { authorizing } from '../registry/authorize.ts'
import { RegistryClient } from '../registry/client.ts'
import { watchingQuota } from '../registry/rate-limit.ts'
import { followingRedirects } from '../registry/redirect.ts'
import { backoff, retrying } from '../registry/retry.ts'
import { tracing } from '../registry/trace.ts'
import { type Transport, transport } from '../registry/transport.ts'
import { type Annotation, annotationOf, bugAnnotation, leftBehindOf, warningOf } from './annotations.ts'
import { copiedLines } from './copied.ts'
import { type Inputs, type ReadInput, readInputs, secretInputs } from './inputs.ts'
import { LONG_LIST, endLine, outcomeLines, planLines, waitLine } from './log.ts'
import { outputsOf } from './outputs.ts'
import { telling } from './progress.ts'
import { actionName } from './rollback.ts'
import { summaryOf } from './summary.ts'

/** Runs the action. Never throws: what goes wrong ends in an annotation and a failed step. */
export async function main(): Promise<void> {
  const pool = transport()
  try {
    await tell(await run(pool))
  } catch (error) {
    core.debug(error instanceof Error ? (error.stack ?? '') : String(error))
    fail(bugAnnotation(error))
  } finally {
    pool.close()
  }
}

async function run(pool: Transport): Promise<Report> {
  try {
    const inputs = readInputs(readInput)
    return await promote(inputs.order, registryClient(inputs, pool), conductOf(inputs))
  } catch (error) {
    if (error instanceof PromotionError) return { targets: [], error }
    throw error
  }
}

function conductOf({ conduct }: Inputs): Conduct {
  return {
    ...conduct,
    clock,
    narrator: {
      waits: (missing, left) => {
        core.info(waitLine(missing, left))
      },
      plans: (order, intended) => {
        say(planLines(order, intended))
      },
      copies: telling({ say: core.info, now: () => clock.now() })
    }
  }
}

const clock: Clock = {
  now: () => performance.now(),
  sleep: duration => new Promise(resolve => setTimeout(resolve, duration))
}

const readInput: ReadInput = name => {
  const value = core.getInput(name)
  if (value !== '' && secretInputs.includes(name)) core.setSecret(value)
  return value
}

function registryClient(inputs: Inputs, pool: Transport): RegistryClient {
  const { order, conduct, insecure } = inputs
  const wire = watchingQuota(tracing(pool.send, core.debug), core.warning)
  const patience = { now: Date.now, random: Math.random, sleep: clock.sleep, tell: core.info }
  const send = authorizing(retrying(followingRedirects(wire), patience), {
    keychain: keychain(inputs, thisMachine(process.env)),
    mask: core.setSecret,
    ...clock
  })
  const isWritten = (repository: Repository): boolean =>
    !conduct.dryRun && order.targets.some(target => isSameRepository(target.repository, repository))
  const actionsIn = (repository: Repository): readonly Action[] =>
    isWritten(repository) ? ['pull', 'push'] : ['pull']
  const pause = (failures: number): Promise<void> => clock.sleep(backoff(failures, Math.random()))
  return new RegistryClient(send, { insecure, actionsIn, pause })
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
