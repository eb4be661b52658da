/** What tests get as `fast-check` (jest.config.js): the package, told how often to try. Files without properties do not load it. */
import fc from '../node_modules/fast-check/lib/fast-check.js'
import { tries } from './properties.ts'

fc.configureGlobal(tries(60))

export * from '../node_modules/fast-check/lib/fast-check.js'
export default fc
