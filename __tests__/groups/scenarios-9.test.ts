import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 9, of: 12 })
