import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 5, of: 12 })
