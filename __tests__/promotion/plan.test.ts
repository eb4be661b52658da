/** Tests of the plan: what it needs to know, and what it decides about every target, with nothing done yet. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Digest } from '../../src/oci/digest.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { parseReference, parseTag } from '../../src/oci/reference.ts'
import type { Copy } from '../../src/promotion/copy.ts'
import { metadataNeeds, needsOf, destinationsOf } from '../../src/promotion/facts.ts'
import { type Plan, type Step, chainOf, isRefused, plan, stepsOf } from '../../src/promotion/plan.ts'
import { type Request, previousTags } from '../../src/promotion/request.ts'
import type { Snapshot, SourceState, TagState } from '../../src/promotion/snapshot.ts'
import { type World, factsOf } from '../../testing/facts.ts'
import { image } from '../../testing/images.ts'
import { requestOf, setOf } from '../../testing/requests.ts'
import { manifestOf, sourceOf, targetOf } from '../../testing/samples.ts'

const [today, first, second] = ['today', 'first', 'second'].map(seed => manifestOf(image({ seed }))) as [
  ReturnType<typeof manifestOf>,
  ReturnType<typeof manifestOf>,
  ReturnType<typeof manifestOf>
]
const source = 'ghcr.io/acme/app:main'
const { repository } = parseReference(source)
const error = new PromotionError('TIMED_OUT', 'slow')
const missing: SourceState = { kind: 'missing', error: new PromotionError('SOURCE_NOT_FOUND', 'gone') }
const named = (tag: string): string => `ghcr.io/acme/app:${tag}`

const decide = (request: Request, world: Omit<World, 'sources'> = {}): Plan =>
  plan(request, factsOf(request, { sources: [today], ...world }))
const namesOf = (steps: readonly Step[]): string[] =>
  steps.map(({ target: { tag }, verdict }) => `${verdict.kind} ${tag}`)

describe('plan', () => {
  const [{ digest }, down] = [today, new PromotionError('REGISTRY_UNAVAILABLE', 'no answer')]
  const rows = [
    [{ kind: 'absent' }, { kind: 'create', digest }],
    [
      { kind: 'present', digest },
      { kind: 'unchanged', digest }
    ],
    [
      { kind: 'present', digest: first.digest },
      { kind: 'move', digest, previous: first.digest }
    ],
    [
      { kind: 'unreadable', error: down },
      { kind: 'refuse', error: down }
    ]
  ] as const

  test('judges each target by its own state, in the order of the request', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...rows)), drawn => {
        const tags = drawn.map((_, index) => named(`t${index.toString()}`))
        const states = Object.fromEntries(drawn.map(([state], index) => [tags[index] ?? '', state]))
        const planned = decide(requestOf(source, tags), { tags: states })
        expect(planned.steps).toStrictEqual(
          drawn.map(([, verdict], index) => ({
            target: targetOf(`t${index.toString()}`),
            source: sourceOf(source),
            verdict,
            before: []
          }))
        )
        expect(isRefused(planned)).toBe(drawn.some(([, { kind }]) => kind === 'refuse'))
      })
    )
  })

  test('gives each image of a set to its own targets', () => {
    const request = setOf([
      ['ghcr.io/acme/api:sha', ['ghcr.io/acme/api:1']],
      ['ghcr.io/acme/web:sha', ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:2']]
    ])
    const planned = plan(request, factsOf(request, { sources: [first, second] }))
    expect(planned.steps.map(({ verdict }) => verdict)).toStrictEqual([
      { kind: 'create', digest: first.digest },
      { kind: 'create', digest: second.digest },
      { kind: 'create', digest: second.digest }
    ])
    expect(planned.steps.map(step => step.source)).toStrictEqual(
      [0, 1, 1].map(index => request.promotions[index]?.source)
    )
    expect([...planned.manifests.values()]).toStrictEqual([first, second])
  })

  test('skips the targets of an image that does not exist, and needs nothing for them', () => {
    const request = setOf([
      [source, [named('1')]],
      ['ghcr.io/acme/web:sha', ['ghcr.io/acme/web:1']]
    ])
    const world: World = { sources: [missing, first], tags: { [named('1')]: { kind: 'unreadable', error } } }
    const planned = plan(request, factsOf(request, world))
    expect(namesOf(planned.steps)).toStrictEqual(['skip 1', 'create 1'])
    expect([...planned.manifests.values()]).toStrictEqual([first])
  })

  test('takes the first rule that matches a tag, and moves a tag that none matches', () => {
    const tags = ['v1', 'v2', 'latest'].map(named)
    const request = requestOf(source, tags, {
      ifExists: [
        { pattern: 'v1', value: 'skip' },
        { pattern: 'v*', value: 'fail' }
      ]
    })
    const elsewhere = Object.fromEntries(tags.map(tag => [tag, first]))
    expect(namesOf(decide(request, { tags: elsewhere }).steps)).toStrictEqual([
      'keep v1',
      'refuse v2',
      'move latest'
    ])
  })

  test('judges a forward target by the version metadata of both images', () => {
    const request = requestOf(source, [named('latest')], { ifExists: [{ pattern: '*', value: 'forward' }] })
    const verdictWith = (metadata: World['metadata']): Step['verdict'] | undefined =>
      decide(request, { tags: { [named('latest')]: first }, ...(metadata && { metadata }) }).steps[0]?.verdict
    const [older, newer] = [{ version: '1.0.0' }, { version: '2.0.0' }]
    expect(verdictWith({ [digest]: newer, [first.digest]: older })?.kind).toBe('move')
    expect(verdictWith({ [digest]: older, [first.digest]: newer })?.kind).toBe('keep')
    expect(verdictWith({})?.kind).toBe('refuse')
    for (const unread of [digest, first.digest])
      expect(verdictWith({ [unread]: error })).toMatchObject({ kind: 'refuse', error })
  })

  test('judges a forward target by what is published before anything else', () => {
    const request = requestOf(source, ['1.3.9', '1.3', '1'].map(named), {
      ifExists: [{ pattern: '*', value: 'forward' }]
    })
    const tags = { [named('1.3')]: first, [named('1')]: first }
    const planned = decide(request, {
      tags,
      published: ['1.3.8', '1.4.0', 'main'],
      metadata: { [digest]: { version: '9.0.0' }, [first.digest]: { version: '1.0.0' } }
    })
    expect(namesOf(planned.steps)).toStrictEqual(['create 1.3.9', 'move 1.3', 'keep 1'])
    expect(planned.steps[2]?.verdict).toMatchObject({
      comparison: { by: 'published', reason: expect.stringMatching(/1\.4\.0.*1\.3\.9/) }
    })
    expect(planned.warnings).toStrictEqual([])
  })

  test('counts the versions that the same image gets, and no other image’s', () => {
    const request = setOf(
      [
        [source, ['1'].map(named)],
        [
          'ghcr.io/acme/app:same',
          ['1.5.0', 'a.example/b:9.0.0'].map(tag => (tag === '1.5.0' ? named(tag) : tag))
        ],
        ['ghcr.io/acme/app:other', [named('2.0.0')]],
        ['ghcr.io/acme/app:none', [named('3.0.0')]]
      ],
      { ifExists: [{ pattern: '*', value: 'forward' }] }
    )
    const facts = factsOf(request, {
      sources: [today, today, second, missing],
      tags: { [named('1')]: first },
      published: ['1.4.0']
    })
    const [step] = plan(request, facts).steps
    expect(step?.verdict).toMatchObject({
      kind: 'move',
      comparison: { reason: expect.stringMatching(/1\.5\.0/) }
    })
  })

  test('warns where creation decided, and where published versions could not be read', () => {
    const request = requestOf(source, ['1.3.9', '1'].map(named), {
      ifExists: [{ pattern: '*', value: 'forward' }]
    })
    const { warnings } = decide(request, {
      tags: { [named('1')]: first },
      published: error,
      metadata: {
        [digest]: { created: '2026-02-01T00:00:00Z' },
        [first.digest]: { created: '2026-01-01T00:00:00Z' }
      }
    })
    expect(warnings).toStrictEqual([
      expect.stringMatching(/ghcr\.io\/acme\/app cannot be read.*slow/),
      expect.stringMatching(/app:1,.*by when the images were created/)
    ])
  })

  test('refuses a target in a repository that cannot be copied to', () => {
    const elsewhere = 'two.example/app'
    const request = requestOf(source, [`${elsewhere}:1`, named('1')])
    const facts = factsOf(request, { sources: [today] })
    const planned = plan(request, { ...facts, copies: [new Map([[elsewhere, error]])] })
    expect(planned.steps.map(({ verdict }) => verdict)).toStrictEqual([
      { kind: 'refuse', error },
      { kind: 'create', digest }
    ])
    const copy = { to: 'two' } as unknown as Copy
    expect(plan(request, { ...facts, copies: [new Map([[elsewhere, copy]])] }).copies).toStrictEqual([copy])
  })

  test('throws where a fact is missing, rather than deciding without it', () => {
    const request = requestOf(source, [named('1')])
    const { snapshot, ...facts } = factsOf(request, { sources: [today] })
    expect(() => plan(request, { ...facts, snapshot: { ...snapshot, tags: new Map() } })).toThrow(named('1'))
    expect(() => plan(request, { ...facts, snapshot: { ...snapshot, sources: [] } })).toThrow(source)
    const forward = { ...request, ifExists: [{ pattern: '*', value: 'forward' as const }] }
    const known = factsOf(forward, { sources: [today], tags: { [named('1')]: first } })
    expect(() => plan(forward, { ...known, metadata: new Map() })).toThrow('has not been read')
  })
})

describe('plan, of a tag that leaves its earlier images behind,', () => {
  const target = targetOf('nightly')
  const request = requestOf(source, ['v1', 'nightly'].map(named), {
    keepPrevious: [{ pattern: 'nightly', value: 2 }]
  })
  const tags = { [named('nightly')]: first, [named('nightly-1')]: second }
  const world = { tags, images: [first, second] }

  test('writes the oldest first and the tag itself last', () => {
    const chain = decide(request, world).steps.flatMap(step =>
      step.target.tag === 'nightly' ? chainOf(step) : []
    )
    expect(namesOf(chain)).toStrictEqual(['create nightly-2', 'move nightly-1', 'move nightly'])
    expect(chain.map(({ verdict }) => 'digest' in verdict && verdict.digest)).toStrictEqual(
      [second, first, today].map(({ digest }) => digest)
    )
    expect(chain.map(({ keeps }) => keeps)).toStrictEqual([target, target, undefined])
  })

  test('does not keep the image that it gets, though a tag names it by another algorithm', () => {
    const bySha512 = digestOf(today.bytes, `sha512:${'0'.repeat(128)}` as Digest)
    const sourced = { ...today, digest: bySha512 }
    const held = { [named('nightly')]: first, [named('nightly-1')]: today, [named('v1')]: today }
    const planned = plan(request, factsOf(request, { sources: [sourced], tags: held, images: [first] }))
    expect(namesOf(stepsOf(planned))).toStrictEqual(['unchanged v1', 'move nightly', 'move nightly-1'])
    // The write of a tag is refused unless it still holds what the registry named.
    expect(stepsOf(planned)[2]?.verdict).toMatchObject({ digest: first.digest, previous: today.digest })
  })

  test('lists it the other way round, and other targets in the order given', () => {
    expect(namesOf(stepsOf(decide(request, world)))).toStrictEqual([
      'create v1',
      'move nightly',
      'move nightly-1',
      'create nightly-2'
    ])
  })

  test('contains every manifest that it writes', () => {
    expect([...decide(request, world).manifests.keys()]).toStrictEqual(
      [today, second, first].map(({ digest }) => digest)
    )
  })

  test.each<[string, Omit<World, 'sources'>, Partial<Request>]>([
    ['is new', { tags: {} }, {}],
    ['is up to date', { tags: { [named('nightly')]: today } }, {}],
    ['is kept', world, { ifExists: [{ pattern: '*', value: 'skip' }] }]
  ])('writes no other tag when the tag %s', (_what, held, differing) => {
    const steps = stepsOf(decide({ ...request, ...differing }, held))
    expect(steps.map(({ target: { tag } }) => tag)).toStrictEqual(['v1', 'nightly'])
  })

  test.each<{ what: string; held: Omit<World, 'sources'>; tag: string; code: string }>([
    {
      what: 'a tag cannot be read',
      held: { ...world, tags: { ...tags, [named('nightly-1')]: { kind: 'unreadable', error } } },
      tag: 'nightly-1',
      code: 'TIMED_OUT'
    },
    {
      what: 'an image cannot be read',
      held: { tags, images: [second, [first.digest, error]] },
      tag: 'nightly-1',
      code: 'TIMED_OUT'
    },
    { what: 'an image is gone', held: { tags, images: [first] }, tag: 'nightly-2', code: 'REGISTRY_REJECTED' }
  ])('refuses when $what, and writes nothing', ({ held, tag, code }) => {
    const planned = decide(request, held)
    expect(isRefused(planned)).toBe(true)
    const refused = stepsOf(planned).filter(({ verdict }) => verdict.kind === 'refuse')
    expect(refused).toMatchObject([{ target: targetOf(tag), keeps: target, verdict: { error: { code } } }])
  })

  test('lists as many earlier tags as the first rule that matches says', () => {
    expect(previousTags(request, target)).toStrictEqual([targetOf('nightly-1'), targetOf('nightly-2')])
    expect(previousTags(request, targetOf('v1'))).toStrictEqual([])
  })
})

describe('needsOf', () => {
  const nothing = { published: [], kept: [] }
  const needs = (request: Request, tags: NonNullable<World['tags']> = {}): ReturnType<typeof needsOf> =>
    needsOf(request, factsOf(request, { sources: [today], tags }).snapshot)
  const forward: Partial<Request> = { ifExists: [{ pattern: '*', value: 'forward' }] }
  const namesToFill = (request: Request, snapshot: Snapshot): string[][] =>
    destinationsOf(request, snapshot).map(list => list.map(({ repository: { name } }) => name))

  test.each<[string, Partial<Request>, World['tags']]>([
    ['new tags', { ...forward, keepPrevious: [{ pattern: '*', value: 2 }] }, {}],
    ['tags that are up to date', forward, { [named('1')]: today, [named('2')]: today }],
    ['tags that move', {}, { [named('1')]: first, [named('2')]: second }],
    ['tags that are kept', { ifExists: [{ pattern: '*', value: 'skip' }] }, { [named('1')]: first }]
  ])('needs nothing for %s', (_what, differing, tags) => {
    expect(needs(requestOf(source, ['1', '2'].map(named), differing), tags)).toStrictEqual(nothing)
  })

  test('needs the published tags where a forward tag would move and the image gets a full version', () => {
    const tags = { [named('latest')]: first }
    const [floating, both] = [['latest'], ['latest', 'v1.4.0-alpine']].map(names =>
      requestOf(source, names.map(named), forward)
    ) as [Request, Request]
    expect(needs(both, tags)).toStrictEqual({ ...nothing, published: [repository] })
    for (const [request, held] of [
      [floating, tags],
      [both, {}],
      [{ ...both, ifExists: [] }, tags]
    ] as const)
      expect(needs(request, held)).toStrictEqual(nothing)
  })

  test('needs the metadata of both images, each once, of a forward target that published versions cannot judge', () => {
    const request = requestOf(source, ['1', 'latest', '1.4.0'].map(named), forward)
    const { snapshot } = factsOf(request, {
      sources: [today],
      tags: { [named('1')]: first, [named('latest')]: first }
    })
    const needed = (...published: string[]): unknown =>
      metadataNeeds(request, snapshot, new Map([['ghcr.io/acme/app', published.map(parseTag)]]))
    const images = [today, first].map(({ digest }) => ({ repository, digest }))
    expect(needed()).toStrictEqual(images)
    expect(needed('2.0.0')).toStrictEqual(images)
    expect(needed('1.3.0')).toStrictEqual([])
    const unread = new Map([['ghcr.io/acme/app', error]])
    expect(metadataNeeds(request, snapshot, unread)).toStrictEqual(images)
  })

  test('needs the images that a rotation writes again', () => {
    const request = requestOf(source, [named('1')], { keepPrevious: [{ pattern: '*', value: 2 }] })
    expect(needs(request, { [named('1')]: first, [named('1-1')]: second })).toStrictEqual({
      ...nothing,
      kept: [second, first].map(({ digest }) => ({ repository, digest }))
    })
  })

  test('needs to know what other repositories lack, each once, unless the tag there is kept', () => {
    const request = setOf(
      [
        [source, [named('1'), 'two.example/a:1', 'two.example/a:2', 'two.example/b:v1']],
        ['ghcr.io/acme/web:1', ['two.example/web:1']]
      ],
      { ifExists: [{ pattern: 'v*', value: 'skip' }] }
    )
    const { snapshot } = factsOf(request, { sources: [today], tags: { 'two.example/b:v1': first } })
    expect(namesToFill(request, snapshot)).toStrictEqual([['a'], ['web']])
  })

  test('looks at each tag of a set as often as at the only tag of one image', () => {
    const readsFor = (count: number): number => {
      const request = setOf(
        Array.from({ length: count }, (_, index) => [source, [`two.example/a:${index.toString()}`]])
      )
      const sources = request.promotions.map(() => today)
      const { snapshot } = factsOf(request, { sources })
      let reads = 0
      class CountingMap extends Map<string, TagState> {
        override get(name: string): TagState | undefined {
          reads++
          return super.get(name)
        }
      }
      destinationsOf(request, { ...snapshot, tags: new CountingMap(snapshot.tags) })
      return reads
    }
    expect(readsFor(20)).toBe(20 * readsFor(1))
  })

  test.each<[string, Partial<Request>, TagState]>([
    ['cannot be read', {}, { kind: 'unreadable', error }],
    [
      'must not move',
      { ifExists: [{ pattern: '*', value: 'fail' }] },
      { kind: 'present', digest: first.digest }
    ]
  ])('does not look at other repositories where a tag %s: nothing is written', (_what, differing, state) => {
    const request = requestOf(source, [named('1'), 'two.example/a:1'], differing)
    const { snapshot } = factsOf(request, { sources: [today], tags: { [named('1')]: state } })
    expect(namesToFill(request, snapshot)).toStrictEqual([[]])
  })

  test.each(['fail', 'skip'] as const)(
    'looks where a tag names the image by another algorithm (%s)',
    value => {
      const bySha512 = { ...today, digest: digestOf(today.bytes, `sha512:${'0'.repeat(128)}` as Digest) }
      const request = requestOf(source, ['two.example/a:1'], { ifExists: [{ pattern: '*', value }] })
      const { snapshot } = factsOf(request, { sources: [bySha512], tags: { 'two.example/a:1': today } })
      expect(namesToFill(request, snapshot)).toStrictEqual([['a']])
    }
  )
})
