/** Before all tests: makes sure that there is a real registry, so that a missing one fails the run at once, with advice. */
import { tsImport } from 'tsx/esm/api'

/** Finds the real registry and names it to the tests by RETAG_TEST_REGISTRY. */
export default async function findRegistry(): Promise<void> {
  // Jest itself compiles this file, but not what it imports.
  const { findDistribution } = (await tsImport(
    './find-distribution.ts',
    import.meta.url
  )) as typeof import('./find-distribution.ts')
  process.env.RETAG_TEST_REGISTRY = await findDistribution()
}
