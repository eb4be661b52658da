import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 3, of: 12 })
