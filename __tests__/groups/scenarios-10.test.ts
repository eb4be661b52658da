import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 10, of: 12 })
