import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 1, of: 12 })
