/** The acts of the demo in its own registry: it tags an image, tags it again, promotes a set, and fails. */
import { image, indexOf, schema1 } from '../testing/images.ts'
import { push } from '../testing/push.ts'
import type { RegistryServer } from '../testing/registry-server.ts'
import type { Act } from './act.ts'

const repository = 'acme/app'
const old = '0.1'
const services = ['acme/api', 'acme/web', 'acme/worker']

/** Pushes what the acts need: a multi-platform image, three services, and an image in the format before 2016. */
export async function furnish(registry: RegistryServer): Promise<void> {
  const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7']
  const release = indexOf(platforms.map(platform => image({ platform, seed: 'acme/app 1.4.2' })))
  await push({ base: registry.base, repository }, release, ['1.4.2'])
  for (const service of services) {
    const place = { base: registry.base, repository: service }
    await push(place, image({ seed: `${service} 1.4.2` }), ['sha-4f2a91c'])
    await push(place, image({ seed: `${service} 1.4.1` }), ['latest'])
  }
  registry.seed(repository, schema1({ name: repository, tag: old }), [old])
}

/** The acts, in order. */
export function actsIn(registry: RegistryServer): Act[] {
  const place = { registry: registry.host, repository }
  const release = { ...place, source: '1.4.2', target: '1.4 1 latest' }
  return [
    {
      title: '1. A release gets its tags',
      introduction: `${repository}:1.4.2 is an image for three platforms. It shall also be 1.4, 1 and latest.`,
      inputs: release,
      expected: {
        exitCode: 0,
        outcomes: ['created', 'created', 'created'],
        uploads: 3,
        words: 'the three tags are new, each by one upload of the manifest'
      }
    },
    {
      title: '2. The same again',
      introduction: 'The job is run a second time. The tags point to the image already.',
      inputs: release,
      expected: {
        exitCode: 0,
        outcomes: ['unchanged', 'unchanged', 'unchanged'],
        uploads: 0,
        words: 'the three tags are as they were, and nothing was uploaded'
      }
    },
    setIn(registry),
    schema1In(registry)
  ]
}

function schema1In(registry: RegistryServer): Act {
  return {
    title: '4. An image that cannot be retagged',
    introduction: `${repository}:${old} is from before 2016. Its manifest is signed for one name and one tag.`,
    inputs: { registry: registry.host, repository, source: old, target: 'stable' },
    expected: {
      exitCode: 1,
      outcomes: ['not-attempted'],
      uploads: 0,
      annotation: 'Retag: MANIFEST_UNSUPPORTED',
      words: 'the step fails, and nothing was uploaded'
    }
  }
}

function setIn(registry: RegistryServer): Act {
  return {
    title: '3. Three services at once',
    introduction:
      'Each of three images gets a new tag, and its latest moves to it. No tag moves before every new tag is there; if a write ' +
      'failed, all tags would be put back.',
    inputs: {
      registry: registry.host,
      repository: services.join('\n'),
      source: 'sha-4f2a91c',
      target: '1.4.2\nlatest'
    },
    expected: {
      exitCode: 0,
      outcomes: services.flatMap(() => ['created', 'moved']),
      uploads: 6,
      words: 'three tags are new, then three tags have moved'
    }
  }
}
