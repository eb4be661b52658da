/** Properties of all that reads logins: whatever a file or a helper says, it is read or refused by code, and quoted nowhere. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PromotionError } from '../../src/oci/errors.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { askHelper } from '../../src/credentials/credential-helper.ts'
import { entryFor, helperFor, parseDockerConfig } from '../../src/credentials/docker-config.ts'
import { errorThrownBy } from '../../testing/code-thrown-by.ts'
import { deep, hostileJson, hostileTexts } from '../../testing/hostile.ts'

const { repository } = parseReference('ghcr.io/acme/app:1')
const secret = 'c2VjcmV0'
const json = hostileJson(
  [
    'auths',
    'credHelpers',
    'credsStore',
    'ghcr.io',
    'ghcr.io/acme',
    'https://ghcr.io/v2/',
    'auth',
    'identitytoken',
    'Username',
    'Secret'
  ],
  [secret, `${secret}:`, 'YW5uYTpz', '<token>']
)
const entries = fc.record(
  { auths: fc.record({ 'ghcr.io': json, 'ghcr.io/acme': json }), credHelpers: json },
  { requiredKeys: [] }
)
const texts = fc.oneof(
  fc.oneof(json, entries).map(value => JSON.stringify(value)),
  hostileTexts.map(text => `{"${secret}${text}`),
  hostileTexts,
  fc.constantFrom(...deep())
)

/** Expects an error to be of credentials, one line, and to quote no secret. */
function expectDiscreet(error: PromotionError | undefined): void {
  if (error === undefined) return
  expect(error.code).toBe('CREDENTIALS_UNREADABLE')
  expect(error.message).not.toContain(secret)
  expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|##\[|^::/u)
}

describe('a login is found, or there is none, or it is refused by code:', () => {
  test.each(['docker', 'podman'] as const)('in a file of %s', dialect => {
    fc.assert(
      fc.property(texts, text => {
        const error = errorThrownBy(() => {
          const config = parseDockerConfig(text, 'a file')
          helperFor(config, repository, dialect)
          entryFor(config, repository, dialect)
        })
        expectDiscreet(error)
      })
    )
  })

  test('in the answer of a helper', async () => {
    await fc.assert(
      fc.asyncProperty(texts, hostileTexts, fc.integer({ min: 0, max: 2 }), async (output, name, code) => {
        const asked = askHelper({ name, origin: 'a file' }, 'ghcr.io', () =>
          Promise.resolve({ kind: 'exited', code, output })
        )
        const error: unknown = await asked.then(
          () => undefined,
          (thrown: unknown) => thrown
        )
        expect(error === undefined || error instanceof PromotionError).toBe(true)
        expectDiscreet(error as PromotionError | undefined)
      })
    )
  })

  test('and no program runs but one with the name of a helper', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostileTexts, fc.stringMatching(/^[\w./\\-]{1,8}$/)), async name => {
        const files: string[] = []
        const run = askHelper({ name, origin: 'a file' }, 'ghcr.io', ({ file }) => {
          files.push(file)
          return Promise.resolve({ kind: 'exited', code: 0, output: '{"Username":"","Secret":""}' })
        })
        await run.catch(() => undefined)
        for (const file of files) expect(file).toMatch(/^docker-credential-\w[\w.-]*$/)
      })
    )
  })
})
