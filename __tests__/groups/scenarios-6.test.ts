import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 6, of: 12 })
