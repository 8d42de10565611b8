import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../src/foundation/errors.js'
import { DrachtioServer } from '../test/fakes/drachtio-server/server.js'
import { forgetSite } from './demo/site.js'
import { readOptions, usage, type NamedServer, type UpOptions } from './up/options.js'
import { copyBehind, secretVariable, webSocketPort } from './up/site.js'

let told: (signal: NodeJS.Signals) => void = () => process.exit(1)

/** `npm run up -- --engine drachtio`: the sample behind a drachtio-server. The exit code is the server's. */
if (process.argv.includes('--help')) console.log(usage)
else await main()

async function main(): Promise<void> {
  // Ctrl-C reaches the server too, and it ends by itself. Afterwards this script cleans up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => told(signal))
  try {
    await serve(readOptions(process.argv.slice(2), process.env))
  } catch (error) {
    console.error(messageOf(error))
    process.exitCode = 1
  }
}

async function serve({ server: named, serve: options }: UpOptions): Promise<void> {
  const own = named ? undefined : await startOwn()
  const place = named ?? { host: '127.0.0.1', port: own?.port ?? 0, secret: own?.secret ?? '' }
  const site = await copyBehind(place)
  console.error(`A copy of the sample is served from ${site.config}; it is removed at the end.`)
  try {
    process.exitCode = await run(site.config, place, options)
  } finally {
    await forgetSite(site)
    await own?.stop()
  }
}

async function startOwn(): Promise<DrachtioServer> {
  const own = new DrachtioServer({
    listen: (['udp', 'tcp', 'ws'] as const).map(transport => ({
      ...{ transport, host: '127.0.0.1', port: transport === 'ws' ? webSocketPort : 5060 },
    })),
  })
  await own.start()
  console.error('The small drachtio-server of the tests takes SIP on 127.0.0.1:5060, and phones in browsers on port 5062.')
  return own
}

async function run(config: string, { secret }: NamedServer, options: readonly string[]): Promise<number> {
  const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  const child = spawn(process.execPath, [program, 'serve', '--config', config, ...options], {
    stdio: 'inherit',
    env: { ...process.env, [secretVariable]: secret },
  })
  // A terminal sends Ctrl-C to both processes. A signal to this process alone is passed on.
  told = signal => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
