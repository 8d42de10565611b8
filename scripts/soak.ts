import { writeFile } from 'node:fs/promises'
import { readOptions, usage } from './soak/options.js'
import { reportOf } from './soak/report.js'
import { forget, runSoak } from './soak/run.js'
import { judge } from './soak/verdict.js'

/**
 * `npm run soak`: the built server handles all kinds of calls for any time, while it is restarted, killed and reconfigured. The exit code is
 * 1 if something was wrong.
 */
if (process.argv.includes('--help')) console.log(usage)
else await run()

async function run(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const options = readOptions(process.argv.slice(2))
  console.error(`seed ${options.seed}`)
  const soak = await runSoak(options, line => console.error(line))
  const verdict = await judge(soak)
  console.log(reportOf(verdict))
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ options, ...verdict }, null, 2)}\n`)
  if (options.keep || verdict.wrongs.length > 0) console.error(`files: ${soak.folder}`)
  else await forget(soak)
  process.exitCode = verdict.wrongs.length > 0 ? 1 : 0
}
