import { messageOf } from '../src/foundation/errors.js'
import { readOptions, usage, type DemoOptions } from './demo/options.js'
import { Demo } from './demo/run.js'
import { CannotStart } from './demo/stop.js'

/**
 * `npm run demo`: the sample with scripted agents and callers, for the person who wants to see Carillon at work. The exit code is 1 when it
 * can't start, or when the server ends by itself.
 */
if (process.argv.includes('--help')) console.log(usage)
else await main()

async function main(): Promise<void> {
  const options = optionsOrUsage()
  if (!options) return
  const demo = new Demo(options, line => console.log(line))
  const stopped = stopSignal()
  const begun = demo.begin()
  begun.catch(() => undefined) // Checked below.
  const broken = await Promise.race([
    stopped.then(() => undefined),
    begun.then(() => Promise.race([stopped, timeUp(options), demo.broken])),
  ]).catch((error: unknown) => (error instanceof CannotStart ? error.message : `The demo can't start: ${messageOf(error)}`))
  if (typeof broken === 'string') {
    console.error(broken)
    process.exitCode = 1
  } else console.log('Ending the demo …')
  await demo.end()
  // Ctrl-C may come while the server starts. The rest of `begin` then does nothing.
  await begun.catch(() => undefined)
  await demo.end()
  process.exit()
}

function optionsOrUsage(): DemoOptions | undefined {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`)
    process.exitCode = 1
    return undefined
  }
}

function timeUp({ seconds }: DemoOptions): Promise<void> {
  return new Promise(resolve => {
    if (seconds !== undefined) setTimeout(resolve, seconds * 1_000)
  })
}

/** Ctrl-C, `kill`, or the terminal was closed. The second signal ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    let count = 0
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        count += 1
        if (count > 1) process.exit(1)
        resolve()
      })
  })
}
