import { runGroup } from '../../testing/run-group.ts'

await runGroup('registry')
