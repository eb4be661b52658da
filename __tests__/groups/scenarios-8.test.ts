import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 8, of: 12 })
