/** Tests of where scoped logins are looked for. */
import { expect, test } from '@jest/globals'
import { scopedConfigPaths } from '../../src/credentials/scoped-config.ts'
import { repository } from './logins.ts'

/** The scopes that fit, best first, as docker/login-action's input would have them. */
function scopesFor(name: string, actions: readonly ('pull' | 'push')[]): string[] {
  return scopedConfigPaths('/buildx', repository(name), actions).map(path =>
    path.replaceAll('\\', '/').replace(/^\/buildx\/config\/(.*)\/config\.json$/, '$1')
  )
}

test('prefers the repository, then more actions, then the action that is harder to come by', () => {
  expect(scopesFor('ghcr.io/acme/app', ['pull', 'push'])).toEqual([
    'ghcr.io/acme/app@pull,push',
    'ghcr.io/acme/app@push,pull',
    'ghcr.io/acme/app@push',
    'ghcr.io/acme/app@pull',
    'ghcr.io/acme/app',
    'ghcr.io@pull,push',
    'ghcr.io@push,pull',
    'ghcr.io@push',
    'ghcr.io@pull',
    'ghcr.io'
  ])
})

test('takes no login for an action that is not wanted', () => {
  expect(scopesFor('ghcr.io/acme/app', ['pull'])).toEqual([
    'ghcr.io/acme/app@pull',
    'ghcr.io/acme/app',
    'ghcr.io@pull',
    'ghcr.io'
  ])
})

test.each([
  ['acme/app', 'registry-1.docker.io/acme/app'],
  ['app', 'registry-1.docker.io/library/app'],
  ['registry.example.com:5000/a/b/c', 'registry.example.com:5000/a/b/c']
])('knows %s as %s', (name, place) => {
  expect(scopesFor(name, ['pull'])).toContain(place)
})
