/** A schema-1 image that skopeo made and distribution 2.8 signed; scripts/make-schema1-fixture.ts tells how. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Image, digestOf, mediaTypes } from './images.ts'
import { type Place, push } from './push.ts'

/** Where the image lies here, and the repository and tag in a registry that its signature covers. */
export const schema1Fixture = {
  folder: join(import.meta.dirname, '..', '__tests__', 'fixtures', 'schema1'),
  repository: 'acme/app',
  tag: '2015'
} as const

/** Uploads the image to a registry that takes schema 1, under its repository and tag. */
export async function pushSchema1Fixture(to: Omit<Place, 'repository'>): Promise<void> {
  const { folder, repository, tag } = schema1Fixture
  const names = (await readdir(folder)).filter(name => name !== 'manifest.json')
  const layers = await Promise.all(names.map(name => readFile(join(folder, name))))
  const bytes = await readFile(join(folder, 'manifest.json'))
  const image: Image = {
    mediaType: mediaTypes.schema1Signed,
    bytes,
    digest: digestOf(bytes),
    blobs: layers.map(layer => ({
      digest: digestOf(layer),
      bytes: layer,
      mediaType: 'application/octet-stream'
    })),
    children: []
  }
  await push({ ...to, repository }, image, [tag])
}
