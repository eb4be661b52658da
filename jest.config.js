import { availableParallelism } from 'node:os'

// Files that are named run by themselves; without names, those of a folder run as one (testing/run-group.ts).
const isNamed = process.argv.slice(2).some(argument => !/^-|groups/.test(argument))

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
  moduleNameMapper: {
    // Left out as in the bundle (scripts/build.mjs): undici alone is 150 modules in each test file that opens a connection.
    '^(undici|@actions/exec)$': '<rootDir>/testing/left-out.ts',
    '^fast-check$': '<rootDir>/testing/fast-check.ts',
    // ts-jest writes the endings of imports as tsc would; the files are found under their own.
    '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js']
  },
  testMatch: [
    '<rootDir>/__tests__/*.test.ts',
    `<rootDir>/__tests__/${isNamed ? '!(groups)/**' : 'groups'}/*.test.ts`
  ],
  globalSetup: '<rootDir>/testing/global-setup.ts',
  setupFilesAfterEnv: ['<rootDir>/testing/properties.ts'],
  testTimeout: 30_000,
  // Most tests wait, for a registry or for a program: three at a time for each core.
  maxWorkers: availableParallelism() * 3,
  collectCoverage: true,
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.d.ts', '!src/promote/ports.ts', '!src/index.ts'],
  // V8's coverage takes twice the time of all the tests.
  coverageProvider: 'babel',
  coverageReporters: ['text', 'lcovonly'],
  coverageThreshold: {
    global: { statements: 95, branches: 95, functions: 95, lines: 95 },
    './src/oci/': { statements: 100, branches: 100, functions: 100, lines: 100 },
    './src/promotion/': { statements: 100, branches: 100, functions: 100, lines: 100 }
  }
}
