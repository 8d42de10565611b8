import type { ExitCode, Output } from '../cli/command.js'
import type { ServeOptions } from '../cli/serve.js'
import { formatFault } from '../config/faults.js'
import { loadConfig } from '../config/load.js'
import type { MediaSettings } from '../config/settings.js'
import { systemClock as clock, type Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import { findSilences as silences, type PromptProblem } from '../media/engine.js'
import { createLogger } from '../observability/logger.js'
import { Server } from './server.js'

/** After SIGTERM, calls that are still talking have this long to end by themselves. */
const longestDrain = seconds(600)

/** `carillon serve`: runs until SIGTERM or SIGINT has drained it. */
export async function serve(options: ServeOptions, output: Output): Promise<ExitCode> {
  // From the first moment to the last: without a listener, the signal ends the process.
  const hangUps = { came: false, told: (): void => void (hangUps.came = true) }
  const onHangUp = (): void => hangUps.told()
  process.on('SIGHUP', onHangUp)
  try {
    const first = await loadConfig(options.configFolder, { env: process.env, generation: 1, serving: true })
    if (!first.ok) {
      for (const fault of first.faults) output.err(formatFault(fault))
      return 1
    }
    const logger = createLogger({ level: options.logLevel, clock })
    for (const warning of first.warnings) logger.log.warn(formatFault(warning), { event: 'config.warning' })
    const server = await Server.build(options.configFolder, first, logger)
    hangUps.told = () => server.reload()
    if (hangUps.came) server.reload()
    return await run(server, output)
  } catch (error) {
    output.err(`carillon: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    process.off('SIGHUP', onHangUp)
  }
}

/** The prompts of a config in whose place callers would hear nothing. */
export const findSilences = (settings: MediaSettings): Promise<readonly PromptProblem[]> => silences(settings, clock)

async function run(server: Server, output: Output): Promise<ExitCode> {
  try {
    output.out(`carillon ready ${await server.start()}`)
    await drained(server)
    return 0
  } finally {
    await server.stop()
  }
}

/** Resolves when SIGTERM or SIGINT came and the calls are over, or `longestDrain` is. A second signal ends the wait. */
async function drained(server: Server): Promise<void> {
  await nextSignal()
  let bound: Timer | undefined
  const over = new Promise<void>(resolve => (bound = clock.after(longestDrain, resolve)))
  await Promise.race([server.drain(), over, nextSignal()])
  bound?.cancel()
}

/** Resolves at the next SIGTERM or SIGINT. */
function nextSignal(): Promise<void> {
  return new Promise(resolve => {
    const told = (): void => {
      process.off('SIGTERM', told)
      process.off('SIGINT', told)
      resolve()
    }
    process.on('SIGTERM', told)
    process.on('SIGINT', told)
  })
}
