import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 12, of: 12 })
