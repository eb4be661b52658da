import { runGroup } from '../../testing/run-group.ts'

await runGroup('scenarios', { part: 4, of: 12 })
