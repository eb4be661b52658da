/** Runs before all tests: without a real registry, the run fails immediately, with advice. */
import { tsImport } from 'tsx/esm/api'

/** Finds the real registry and passes it to the tests in RETAG_TEST_REGISTRY. */
export default async function findRegistry(): Promise<void> {
  // Jest itself compiles this file, but not what it imports.
  const { findDistribution } = (await tsImport(
    './find-distribution.ts',
    import.meta.url
  )) as typeof import('./find-distribution.ts')
  process.env.RETAG_TEST_REGISTRY = await findDistribution()
}
