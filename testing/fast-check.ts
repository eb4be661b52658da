/** Replaces `fast-check` in tests (jest.config.js): the package with a configured number of runs. Only files with properties load it. */
import fc from '../node_modules/fast-check/lib/fast-check.js'
import { tries } from './properties.ts'

fc.configureGlobal(tries(60))

export * from '../node_modules/fast-check/lib/fast-check.js'
export default fc
