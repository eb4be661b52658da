/** Tests of what holds when several jobs write the same tags: for every order of their requests (contract: *Other jobs*). */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Digest } from '../../src/oci/digest.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { TagChangedError } from '../../src/oci/tag-changed.ts'
import { type Report, isSuccessful } from '../../src/promotion/report.ts'
import type { Request } from '../../src/promotion/request.ts'
import { image } from '../../testing/images.ts'
import { requestOf } from '../../testing/requests.ts'
import { manifestOf } from '../../testing/samples.ts'
import { type Choose, type Job, runJobs, tryAll } from './jobs.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { fakeClock, run } from './run.ts'

const version = (text: string): Manifest => {
  const key = 'org.opencontainers.image'
  const annotations = { [`${key}.version`]: text, [`${key}.created`]: '2026-01-01T00:00:00Z' }
  return manifestOf(image({ seed: text, annotations }))
}
const [old, middle, newest] = ['1.3.0', '1.4.0', '1.5.0'].map(version) as [Manifest, Manifest, Manifest]
const named = (tag: string): string => `ghcr.io/acme/app:${tag}`
const sources = { [named('middle')]: middle, [named('newest')]: newest }
const floating = { ...sources, [named('latest')]: old }
const all = (value: 'forward' | 'fail' | 'skip'): Pick<Request, 'ifExists'> => ({
  ifExists: [{ pattern: '*', value }]
})
const jobsOf = (differing: Partial<Request>, target = 'latest'): Job[] =>
  ['middle', 'newest'].map(source => ({ request: requestOf(named(source), [named(target)], differing) }))
const outcomeOf = (report: Report | undefined): string | undefined => report?.targets[0]?.outcome

describe('for every order of the requests of two jobs,', () => {
  test('under forward the newest image is on the tag in the end', async () => {
    const runs = await tryAll(async choose => {
      const ending = await runJobs(floating, jobsOf(all('forward')), choose)
      expect(ending.tags.get(named('latest'))).toBe(newest)
      expect(ending.reports.every(isSuccessful)).toBe(true)
      expect(['kept', 'moved', 'superseded']).toContain(outcomeOf(ending.reports[0]))
    })
    expect(runs).toBeGreaterThan(50)
  })

  test('under forward a tag that does not exist yet ends on the newest image', async () => {
    await tryAll(async choose => {
      const { tags } = await runJobs(sources, jobsOf(all('forward')), choose)
      expect(tags.get(named('latest'))).toBe(newest)
    })
  })

  test('two fail jobs that make the same tag are never both green', async () => {
    const runs = await tryAll(async choose => {
      const { reports, tags } = await runJobs(sources, jobsOf(all('fail'), '1.5.0'), choose)
      const green = reports.filter(isSuccessful)
      expect(green.length).toBeLessThan(2)
      for (const report of green) expect(report.targets[0]?.digest).toBe(tags.get(named('1.5.0'))?.digest)
    })
    expect(runs).toBeGreaterThan(10)
  })

  test('two fail jobs with the same image are both green', async () => {
    await tryAll(async choose => {
      const job = { request: requestOf(named('middle'), [named('1')], all('fail')) }
      const { reports } = await runJobs(sources, [job, job], choose)
      expect(reports.every(isSuccessful)).toBe(true)
    })
  })

  test('under skip a job knows that its image is not on the tag', async () => {
    await tryAll(async choose => {
      const { reports, tags } = await runJobs(sources, jobsOf(all('skip'), '1'), choose)
      for (const { targets } of reports) expect(targets[0]?.digest).toBe(tags.get(named('1'))?.digest)
      expect(reports.every(isSuccessful)).toBe(true)
    })
  })

  test('no image of a rotation is lost without being reported', async () => {
    const jobs = jobsOf({ keepPrevious: [{ pattern: '*', value: 1 }] }, 'nightly')
    const content = { ...sources, [named('nightly')]: old }
    const runs = await tryAll(async choose => {
      const { reports, tags } = await runJobs(content, jobs, choose)
      const held = ['nightly', 'nightly-1'].map(tag => tags.get(named(tag)))
      for (const [index, promoted] of [middle, newest].entries()) {
        const [main] = reports[index]?.targets ?? []
        if (held.includes(promoted)) continue
        expect(main?.outcome).toBe('superseded')
        expect(main?.reason).toContain(`no tag of the rotation holds ${promoted.digest}`)
      }
    }, 3000)
    expect(runs).toBeGreaterThan(100)
  })

  test('putting back never replaces an image of another job that the look before it saw', async () => {
    const failing: Job = {
      request: requestOf(named('middle'), ['latest', 'z'].map(named)),
      options: { onFailure: 'restore' },
      refused: [named('z')]
    }
    const other: Job = { request: requestOf(named('newest'), [named('latest')]) }
    await tryAll(async choose => {
      const { writes, tags, reports } = await runJobs(
        { ...floating, [named('z')]: old },
        [failing, other],
        choose
      )
      for (const { job, after, seen } of writes)
        if (job === 0 && after !== middle) expect(seen).toBe(middle.digest)
      const last = writes.findLast(({ tag }) => tag === named('latest'))
      if (last?.job === 1) expect(tags.get(named('latest'))).toBe(newest)
      expect(reports[0] && isSuccessful(reports[0])).toBe(false)
    }, 3000)
  })
})

test('for three jobs and any order of their requests, the newest image is on the tag in the end', async () => {
  const latest = version('2.0.0')
  const jobs = [
    ...jobsOf(all('forward')),
    { request: requestOf(named('third'), [named('latest')], all('forward')) }
  ]
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 5 })), async choices => {
      const choose: Choose = count => (choices.next().value as number) % count
      const { tags, reports } = await runJobs({ ...floating, [named('third')]: latest }, jobs, choose)
      expect(tags.get(named('latest'))).toBe(latest)
      expect(reports.every(isSuccessful)).toBe(true)
    }),
    { numRuns: 60 }
  )
})

describe('a look that is more than a second old', () => {
  const take = (
    tag: string,
    manifest: Manifest,
    registry: { manifests: ReadonlyMap<string, Manifest> }
  ): void => {
    ;(registry.manifests as Map<string, Manifest>).set(named(tag), manifest)
  }
  const pushed = { ...sources, [named('other')]: old }

  /** Runs a request; while the plan is made, time passes and another job writes. */
  async function late(
    request: Request,
    tag: string,
    manifest: Manifest
  ): Promise<[Report, Map<string, Manifest>]> {
    const registry = memoryRegistry({
      ...pushed,
      ...(request.keepPrevious.length > 0 && { [named(tag)]: old })
    })
    const clock = fakeClock()
    let time = 0
    const report = await run(request, registry, {
      clock: { ...clock, now: () => time },
      progress: {
        waiting: () => undefined,
        copying: () => undefined,
        planned: () => {
          time += 1001
          take(tag, manifest, registry)
        }
      }
    })
    return [report, registry.manifests as Map<string, Manifest>]
  }

  test.each([
    ['fail', 'refused', middle],
    ['skip', 'kept', middle],
    ['forward', 'kept', newest]
  ] as const)('is repeated before the first write: %s', async (policy, outcome, other) => {
    const source = other === newest ? 'middle' : 'newest'
    const [report, tags] = await late(requestOf(named(source), [named('1')], all(policy)), '1', other)
    expect(outcomeOf(report)).toBe(outcome)
    expect(tags.get(named('1'))).toBe(other)
  })

  test('is repeated for all tags before the first write: a refusal writes nothing anywhere', async () => {
    const [report, tags] = await late(
      requestOf(named('newest'), ['0', '1'].map(named), all('fail')),
      '1',
      middle
    )
    expect(report.targets.map(({ outcome }) => outcome)).toStrictEqual(['not-attempted', 'refused'])
    expect(tags.has(named('0'))).toBe(false)
  })

  test('finds that another job has done the same', async () => {
    const [report] = await late(requestOf(named('newest'), [named('1')]), '1', newest)
    expect(outcomeOf(report)).toBe('unchanged')
  })

  test('names what was there a moment before the write', async () => {
    const [report] = await late(requestOf(named('newest'), [named('1')]), '1', middle)
    expect(report.targets[0]).toMatchObject({ outcome: 'moved', previousDigest: middle.digest })
  })

  test('keeps an image that another job has written since', async () => {
    const request = requestOf(named('newest'), [named('nightly')], {
      keepPrevious: [{ pattern: '*', value: 2 }]
    })
    const [report, tags] = await late(request, 'nightly', middle)
    expect(isSuccessful(report)).toBe(true)
    expect(tags.get(named('nightly-1'))).toBe(middle)
  })

  test('is not repeated while it is fresh: a quick run asks for each tag once', async () => {
    const registry = memoryRegistry(pushed)
    await run(requestOf(named('newest'), ['1', '2'].map(named)), registry)
    expect(registry.calls.filter(call => call.startsWith('head') && !call.endsWith('done'))).toHaveLength(2)
  })
})

describe('an image that the registry names by another algorithm', () => {
  const sha512 = digestOf(newest.bytes, `sha512:${'0'.repeat(128)}` as Digest)
  const source = { ...newest, digest: sha512 }
  const other = (registry: MemoryRegistry): MemoryRegistry => ({
    ...registry,
    headManifest: async reference => {
      const found = await registry.headManifest(reference)
      return found === sha512 ? newest.digest : found
    }
  })
  const held = { [`ghcr.io/acme/app@${sha512}`]: source, [named('latest')]: old }

  test.each(['fail', 'skip', 'forward'] as const)('is not taken for one of another job: %s', async policy => {
    const request = requestOf(`ghcr.io/acme/app@${sha512}`, [named('1')], all(policy))
    const report = await run(request, other(memoryRegistry(held)))
    expect(outcomeOf(report)).toBe('created')
    expect(isSuccessful(report)).toBe(true)
  })

  test('is put back, and counts as written where the answer was lost', async () => {
    const registry = memoryRegistry(held)
    const request = requestOf(`ghcr.io/acme/app@${sha512}`, ['latest', 'z'].map(named))
    const losing: MemoryRegistry = {
      ...other(registry),
      putManifest: async (reference, manifest) => {
        if (reference.tag === 'z') {
          while (!registry.calls.includes(`put ${named('latest')} done`))
            await new Promise(resolve => setImmediate(resolve))
          throw new PromotionError('DENIED', 'no')
        }
        await registry.putManifest(reference, manifest)
        if (manifest === source) throw new PromotionError('TIMED_OUT', 'lost')
      }
    }
    ;(registry.manifests as Map<string, Manifest>).set(named('z'), old)
    const report = await run(request, losing, { onFailure: 'restore' })
    expect(report.targets.map(({ outcome }) => outcome)).toStrictEqual(['restored', 'failed'])
    expect(registry.manifests.get(named('latest'))).toBe(old)
  })
})

describe('another job that writes while this one does', () => {
  type Take = (tag: string, manifest: Manifest) => void

  /** Runs a request over a registry that another job writes to when a call begins; time passes where `age` is given. */
  async function beside(
    request: Request,
    on: (call: string, take: Take, calls: readonly string[]) => unknown,
    { age = 0, held = {} }: { readonly age?: number; readonly held?: Record<string, Manifest> } = {}
  ): Promise<[Report, ReadonlyMap<string, Manifest>]> {
    let time = 0
    const registry = memoryRegistry({ ...floating, ...held }, async call => {
      if (call.startsWith('put')) time += age
      await on(call, take, registry.calls)
    })
    const take: Take = (tag, manifest) => {
      ;(registry.manifests as Map<string, Manifest>).set(named(tag), manifest)
    }
    const clock = {
      now: () => time,
      sleep: (duration: number) => {
        time += duration
        return Promise.resolve()
      }
    }
    return [await run(request, registry, { clock }), registry.manifests]
  }

  test('stops a late write that its policy refuses, and what comes after it', async () => {
    const tags = [...Array(40).keys()].map(index => `t${index.toString()}`)
    const request = requestOf(named('newest'), tags.map(named), all('fail'))
    const [report] = await beside(
      request,
      (call, take) => {
        if (call === `put ${named('t0')}`) for (const tag of tags.slice(35)) take(tag, middle)
      },
      { age: 1001 }
    )
    expect(isSuccessful(report)).toBe(false)
    const outcomes = report.targets.map(({ outcome }) => outcome)
    expect(outcomes).toContain('refused')
    for (const { outcome, digest, target } of report.targets)
      if (tags.indexOf(target.tag) >= 35 && outcome !== 'not-attempted') expect(digest).toBe(middle.digest)
  })

  test('leaves a tag for later that turns out to exist when it is to be created', async () => {
    const request = requestOf(named('newest'), ['a', 'b'].map(named))
    const order: string[] = []
    const [report] = await beside(
      request,
      (call, take) => {
        if (call.startsWith('put') && !call.endsWith('done')) order.push(call)
        if (call === `put ${named('a')}`) take('b', middle)
      },
      { age: 1001 }
    )
    expect(report.targets).toMatchObject([{ outcome: 'created' }, { digest: newest.digest }])
    expect(order[0]).toBe(`put ${named('a')}`)
  })

  test.each<['fail' | 'skip' | 'forward' | undefined, string, Manifest]>([
    ['fail', 'refused', middle],
    ['skip', 'kept', middle],
    ['forward', 'moved', newest],
    [undefined, 'moved', newest]
  ])('is seen before an upload is repeated: if-exists %s', async (policy, outcome, held) => {
    const registry = memoryRegistry(sources)
    let isFirst = true
    const failing = {
      ...registry,
      putManifest: async (...[reference, manifest, isExpected]: Parameters<typeof registry.putManifest>) => {
        if (isFirst) {
          isFirst = false
          ;(registry.manifests as Map<string, Manifest>).set(named('1'), middle)
          if (isExpected?.(middle.digest) === false) throw new TagChangedError(middle.digest)
        }
        await registry.putManifest(reference, manifest)
      }
    }
    const report = await run(requestOf(named('newest'), [named('1')], policy && all(policy)), failing)
    expect(outcomeOf(report)).toBe(outcome)
    expect(registry.manifests.get(named('1'))).toBe(held)
    if (outcome === 'moved') expect(report.targets[0]?.previousDigest).toBe(middle.digest)
  })

  test('is corrected three times under forward, and then reported as a failure', async () => {
    let writes = 0
    const [report, tags] = await beside(
      requestOf(named('newest'), [named('latest')], all('forward')),
      (call, take, calls) => {
        if (call === `put ${named('latest')}`) writes++
        // An older image is put there again and again, just after each write.
        if (call.startsWith('head') && calls.includes(`put ${named('latest')} done`)) take('latest', middle)
      }
    )
    expect(writes).toBe(4)
    expect(report.targets[0]).toMatchObject({ outcome: 'superseded', error: { code: 'TARGET_PROTECTED' } })
    expect(isSuccessful(report)).toBe(false)
    expect(tags.get(named('latest'))).toBe(middle)
  })

  test('that deletes the tag is reported', async () => {
    const registry = memoryRegistry(floating, call => {
      if (call.startsWith('head') && registry.calls.includes(`put ${named('latest')} done`))
        (registry.manifests as Map<string, Manifest>).delete(named('latest'))
      return Promise.resolve()
    })
    const report = await run(requestOf(named('newest'), [named('latest')], all('forward')), registry)
    expect(report.targets[0]).toMatchObject({
      outcome: 'superseded',
      reason: expect.stringContaining('deleted')
    })
  })

  test.each<['fail' | 'skip', string]>([
    ['fail', 'failed'],
    ['skip', 'created']
  ])('cannot be seen where the tag cannot be read at the end: if-exists %s', async (policy, outcome) => {
    const [report] = await beside(
      requestOf(named('newest'), [named('1')], all(policy)),
      (call, _take, calls) => {
        if (call.startsWith('head') && calls.includes(`put ${named('1')} done`))
          throw new PromotionError('TIMED_OUT', 'slow')
      }
    )
    expect(outcomeOf(report)).toBe(outcome)
  })

  test('is not waited for when the job is cancelled', async () => {
    const job = new AbortController()
    const registry = memoryRegistry(floating)
    const clock = {
      ...fakeClock(),
      sleep: () => {
        job.abort(new PromotionError('CANCELLED', 'the job was cancelled'))
        return Promise.reject(job.signal.reason as Error)
      }
    }
    const request = requestOf(named('newest'), [named('latest')], all('forward'))
    const report = await run(request, registry, { clock, signal: job.signal })
    expect(outcomeOf(report)).toBe('moved')
    expect(registry.calls.filter(call => call === `head ${named('latest')}`)).toHaveLength(1)
  })
})
