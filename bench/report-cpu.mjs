/** Loaded into a measured program by `--import`: writes the CPU time it has used, in microseconds, when it ends. */
import { writeFileSync } from 'node:fs'

process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  writeFileSync(process.env.CPU_REPORT, String(user + system))
})
