/** Tests of the several names of a registry. */
import { expect, test } from '@jest/globals'
import { canonicalRegistry, parseRegistry, serverOf } from '../../src/oci/registry-host.ts'

test.each([
  ['docker.io', 'docker.io'],
  ['index.docker.io', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
  ['Registry-1.Docker.IO', 'docker.io'],
  ['GHCR.io', 'ghcr.io'],
  ['docker.io.evil.example', 'docker.io.evil.example'],
  ['evil-docker.io', 'evil-docker.io'],
  ['docker.io:443', 'docker.io:443'],
  ['not a host/', 'not a host/']
])('canonicalRegistry of %s is %s', (host, registry) => {
  expect(canonicalRegistry(host)).toBe(registry)
})

test.each([
  ['docker.io', 'https://index.docker.io/v1/'],
  ['ghcr.io', 'ghcr.io'],
  ['localhost:5000', 'localhost:5000']
])('serverOf %s is %s', (registry, server) => {
  expect(serverOf(parseRegistry(registry))).toBe(server)
})
