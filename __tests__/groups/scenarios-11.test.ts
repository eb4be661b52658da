import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 11, of: 12 })
