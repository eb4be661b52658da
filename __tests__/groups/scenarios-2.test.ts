import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 2, of: 12 })
