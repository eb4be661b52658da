/** Tests of how much is read of a list of referrers. */
import { expect, test } from '@jest/globals'
import { parseReference } from '../../src/oci/reference.ts'
import { MAXIMUM_LISTED } from '../../src/registry/referrers.ts'
import { type Image, descriptorOf, image, mediaTypes, referrerOf } from '../../testing/images.ts'
import { parseDigest } from '../../src/oci/digest.ts'
import { openScript } from './opened.ts'
import { wire } from './wired.ts'

const subject = image()
const entry = descriptorOf(referrerOf(subject))

function listOf(count: number): Image['bytes'] {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: Array(count).fill(entry) }))
}

test.each([
  [MAXIMUM_LISTED / 2, MAXIMUM_LISTED],
  [MAXIMUM_LISTED / 2 + 1, undefined]
])('of two pages with %i entries each, all are read, or it is refused', async (count, read) => {
  const path = `/v2/acme/app/referrers/${subject.digest}`
  const headers = { 'content-type': mediaTypes.ociIndex }
  const body = listOf(count)
  const { host } = await openScript([
    { method: 'GET', path, answer: { headers: { ...headers, link: `<${path}?last=1>; rel="next"` }, body } },
    { method: 'GET', path: `${path}?last=1`, answer: { headers, body } }
  ])
  const { repository } = parseReference(`${host}/acme/app:1`)
  const listed = wire().client.listReferrers(repository, parseDigest(subject.digest))
  if (read === undefined) await expect(listed).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  else expect((await listed).length).toBe(read)
})
