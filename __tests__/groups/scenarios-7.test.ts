import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 7, of: 12 })
