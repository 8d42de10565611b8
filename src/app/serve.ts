import { messageOf } from '../foundation/errors.js'
import { tell, tellFaults, type ExitCode, type Output } from '../cli/output.js'
import type { ServeOptions } from '../cli/serve.js'
import { formatFault } from '../config/faults.js'
import { loadConfig, type LoadOutcome } from '../config/load.js'
import { readListsAside } from '../directory/read-aside.js'
import { DirectoryReadings } from '../directory/readings.js'
import { systemClock as clock, type Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { seconds } from '../foundation/time.js'
import { createLogger, type Logger } from '../observability/logger.js'
import { tellOfDrain } from './drain-news.js'
import type { ReadConfig } from './live-config.js'
import { maskOf } from './log-mask.js'
import { Server } from './server.js'
import { ClusterNode, type Leadership } from './standby.js'
import { Uncaught } from './uncaught.js'

/** After SIGTERM, running calls have this long to end by themselves. */
const longestDrain = seconds(600)
/** How often a node that drains looks whether another one stands by. */
const betweenLooks = seconds(1)
/** After an uncaught error, the process has this long to save its state and end. */
const longestLeave = seconds(5)

/** `carillon serve`: runs until SIGTERM or SIGINT has drained it. */
export async function serve(options: ServeOptions, output: Output): Promise<ExitCode> {
  // The listener must exist from the start to the end. Without one, the signal would end the process.
  const hangUps = { came: false, told: (): void => void (hangUps.came = true) }
  const onHangUp = (): void => hangUps.told()
  process.on('SIGHUP', onHangUp)
  const uncaught = new Uncaught(process)
  // The store, the journal and speech files are only for this user: 0600 and 0700.
  process.umask(0o077)
  let logger: Logger | undefined
  let running: Server | undefined
  try {
    const load = (): Promise<LoadOutcome> => loadConfig(options.configFolder, { env: process.env, generation: 1, serving: true })
    const read = await load()
    if (!read.ok) {
      tellFaults(output, read.faults)
      return 1
    }
    const pretty = options.logFormat === 'pretty' && { pretty: { coloured: output.paint !== undefined } }
    logger = createLogger({ level: options.logLevel, clock, ...pretty })
    logger.setMask(maskOf(read.settings))
    uncaught.log = logger.log
    const directory = openDirectory(logger, () => running?.readConfig())
    const first = await withLists(read, directory, load)
    for (const warning of first.warnings) logger.log.warn(formatFault(warning), { event: 'config.warning' })
    const turn = await itsTurn(first, load, logger)
    if (!turn) return 0
    const { leading, latest } = turn
    const surroundings = { logger, uncaught: uncaught.counts, directory, ...leading }
    const server = await Server.build(options.configFolder, latest, surroundings)
    running = server
    hangUps.told = () => server.reload()
    if (hangUps.came) server.reload()
    const code = await run(
      server,
      { output, log: logger.log, leadership: leading.leadership },
      latest.settings.store.kind === 'memory' ? forever : uncaught.first,
    )
    await turn.over()
    return code
  } catch (error) {
    await logger?.flush()
    tell(output, { kind: 'failed', message: messageOf(error) })
    leaveSoon()
    return 1
  } finally {
    process.off('SIGHUP', onHangUp)
    uncaught.stop()
  }
}

/** The config with the lists of the directory that were never read before. Without them, their groups would have no agents. */
async function withLists(read: ReadConfig, directory: DirectoryReadings, load: () => Promise<LoadOutcome>): Promise<ReadConfig> {
  const again = (await directory.readMissing(read.settings)) ? await load() : undefined
  return again?.ok === true ? again : read
}

const openDirectory = (logger: Logger, changed: () => void): DirectoryReadings =>
  new DirectoryReadings({
    ...{ clock, log: logger.area('config'), changed },
    read: (task, within) => readListsAside(task, within, clock),
  })

/** The time in which this process serves. */
interface Turn {
  readonly leading: { readonly leadership?: Leadership }
  readonly latest: ReadConfig
  /** Call it when the server has stopped. */
  over(): Promise<void>
}

/** Resolves when this process is to serve: at once, or, as a node of a cluster, when it leads. Undefined: it was asked to end before. */
async function itsTurn(first: ReadConfig, load: () => Promise<LoadOutcome>, logger: Logger): Promise<Turn | undefined> {
  const { cluster, store } = first.settings
  if (!cluster || store.kind !== 'redis') return { leading: {}, latest: first, over: () => Promise.resolve() }
  const node = new ClusterNode(first.settings, cluster, store, logger)
  const leadership = await node.standBy(nextSignal())
  return leadership && { leading: { leadership }, latest: await configNow(load, first, logger.log), over: () => node.stop() }
}

/** The config as it is now, because a node may stand by for months. If it has faults, the one of the start. */
async function configNow(load: () => Promise<LoadOutcome>, first: ReadConfig, log: Log): Promise<ReadConfig> {
  const now = await load()
  if (now.ok) return now
  log.error('the config has faults, so the one of the start is used; `carillon check` lists them', { event: 'config.refused' })
  return first
}

/** Ends the process after a failed start, even if something is still open. Nobody would restart a process that only looks alive. */
function leaveSoon(): void {
  setTimeout(() => process.exit(1), longestLeave).unref()
}

/** With a store in memory the calls would be lost with the process, so a broken process continues. */
const forever = new Promise<never>(() => undefined)

/** Where the command reports what happens. */
interface Told {
  readonly output: Output
  readonly log: Log
  readonly leadership: Leadership | undefined
}

/** `broken` resolves when the process is no longer reliable. It then leaves its calls to the next process. */
async function run(server: Server, { output, log, leadership }: Told, broken: Promise<void>): Promise<ExitCode> {
  const state = { broken: false }
  const untilBroken = broken.then(() => {
    state.broken = true
    // The broken part may keep the server from stopping, or the process from ending.
    clock.after(longestLeave, () => process.exit(1))
  })
  try {
    await Promise.race([untilBroken, started(server, output)])
    if (!state.broken) await Promise.race([untilBroken, drained(server, log, leadership)])
  } finally {
    await server.stop()
  }
  if (state.broken) process.exit(1)
  return 0
}

/** Starts the server and prints the ready line on standard error, because standard output has only lines of the log. */
async function started(server: Server, output: Output): Promise<void> {
  const ready = `carillon ready ${await server.start()}`
  output.err(output.isJson === true ? JSON.stringify({ level: 'info', kind: 'ready', message: ready }) : ready)
}

/**
 * Resolves after SIGTERM or SIGINT, once all calls are over or `longestDrain` has passed. A second signal ends the wait. If other nodes stand
 * by, or as soon as one does, it resolves, because that node goes on with the calls.
 */
async function drained(server: Server, log: Log, leadership: Leadership | undefined): Promise<void> {
  await Promise.race([nextSignal(), leadership?.leaves ?? forever])
  if (leadership && leadership.others().length > 0) {
    leaveTo(leadership, server, log)
    return
  }
  let bound: Timer | undefined
  const over = new Promise<void>(resolve => (bound = clock.after(longestDrain, resolve)))
  const drain = server.drain()
  const news = tellOfDrain(clock, log, longestDrain, () => server.calls)
  const successor = waitForSuccessor(leadership)
  await Promise.race([drain, over, nextSignal(), successor.came])
  for (const timer of [bound, news, successor]) timer?.cancel()
  if (leadership && leadership.others().length > 0) leaveTo(leadership, server, log)
}

/** A node that stands by while this one drains goes on with the calls. */
function waitForSuccessor(leadership: Leadership | undefined): Timer & { readonly came: Promise<void> } {
  let timer: Timer | undefined
  const came = new Promise<void>(resolve => {
    const look = (): void => {
      if (leadership && leadership.others().length > 0) resolve()
      else timer = clock.after(betweenLooks, look)
    }
    if (leadership) look()
  })
  return { came, cancel: () => timer?.cancel() }
}

function leaveTo(leadership: Leadership, server: Server, log: Log): void {
  const { node } = leadership
  const to = leadership.others()
  log.info?.(`${node} leaves ${server.calls} calls to ${to.join(' or ')}`, {
    ...{ event: 'cluster.leaves', node, to: to.join(' '), calls: server.calls },
  })
  server.handOver()
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
