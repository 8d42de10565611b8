import Database from 'libsql'
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { replayJournal } from '../../../src/calls/replay.js'
import { DrachtioServer, type DrachtioServerOptions } from '../../fakes/drachtio-server/server.js'
import { Baresip, type BaresipOptions } from './baresip.js'
import { configFiles, writeConfig, type AgentEntry, type Setup } from './config.js'
import { eventually } from './eventually.js'
import { CarillonServer } from './server.js'
import { keptInRedis } from './redis.js'
import { Sipp, type SippOptions } from './sipp.js'

export interface PhoneOptions {
  /** Agents whose contact is this phone. Default: the agent with the phone's name. */
  readonly agents?: readonly string[]
  readonly host?: string
  readonly transport?: 'udp' | 'tcp'
  readonly extra?: readonly string[]
  /** Seconds until SIPp gives up. Default 120. */
  readonly timeout?: number
  /** Whether messages are traced. Default true. */
  readonly trace?: boolean
}

export interface CallOptions extends Pick<SippOptions, 'calls' | 'rate' | 'timeout' | 'extra' | 'host' | 'transport'> {
  /** `host:port`. Default: the server's listener for the transport. */
  readonly to?: string
}

/** The config of a test. The agents' contacts are filled in from the phones. */
export type WireSetup = Omit<Setup, 'agents'> & {
  /** Further keys for agents, and agents without a phone. */
  readonly agents?: readonly (Partial<AgentEntry> & { readonly name: string })[]
}

const running = process.env['CARILLON_TEST_DRACHTIO']
/** CARILLON_TEST_ENGINE=drachtio: each server runs behind the drachtio-server of test/fakes. */
export const engineOfTests = process.env['CARILLON_TEST_ENGINE'] ?? (running === undefined ? 'embedded' : 'drachtio')
/**
 * CARILLON_TEST_DRACHTIO=PORT:SECRET[:WEBSOCKET-PORT]: each server runs behind a real drachtio-server on this machine, unless a test
 * starts its own.
 */
const [runningPort, runningSecret = '', runningWeb] = running?.split(':') ?? []
const runningServer = runningPort === undefined ? undefined : { port: Number(runningPort), secret: runningSecret }
export const isBehindRealDrachtio = runningServer !== undefined
const loopback = '127.0.0.1'
const isForBrowsers = (address: string): boolean => address.startsWith('ws:')

/** Where a drachtio-server listens that phones in browsers may use too. */
export const forBrowsers: DrachtioServerOptions = {
  listen: (['udp', 'tcp', 'ws'] as const).map(transport => ({ transport, host: loopback, port: 0 })),
}

/** A contact that reaches nobody: port 9 is the discard port. */
const nowhere = 'sip:nobody@127.0.0.1:9'

/** In ms. Less than mocha's 60 s: mocha does not end what a test has started. */
const longest = 57_000

/**
 * The set-up of one test: a server of its own, SIPp phones and SIPp callers. `close` checks that nothing is left over: no call, no
 * ringing phone, no violated invariant, a clean exit, and a journal that replays without a difference.
 * `within`: in ms, for a test with a longer time-out. What a test left running would spoil the tests after it behind the same
 * drachtio-server.
 */
export async function onWire(test: (wire: Wire) => Promise<void>, within = longest): Promise<void> {
  const wire = await Wire.open()
  const run = async (): Promise<void> => {
    await test(wire)
    await wire.close()
  }
  try {
    await endsWithin(run(), within)
  } catch (error) {
    const seen = await wire.abandon()
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${seen}`, { cause: error })
  }
  await wire.forget()
}

async function endsWithin(work: Promise<void>, within: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the test did not end within ${within} ms`)), within)
  })
  await Promise.race([work, over]).finally(() => clearTimeout(timer))
}

export class Wire {
  readonly #phones = new Map<
    string,
    { readonly sipp: Sipp; readonly agents: readonly string[]; readonly host: string; readonly transport: string }
  >()
  readonly #callers: Sipp[] = []
  readonly #baresips: Baresip[] = []
  #server: CarillonServer | undefined
  #drachtio: DrachtioServer | undefined
  #setup: WireSetup | undefined
  /** A test that goes on after that starts nothing more. */
  #isAbandoned = false

  private constructor(readonly folder: string) {}

  static async open(): Promise<Wire> {
    return new Wire(await mkdtemp(join(tmpdir(), 'carillon-wire-')))
  }

  get server(): CarillonServer {
    assert(this.#server, 'the server is not started yet')
    return this.#server
  }

  /** The drachtio-server in front of the server, with the engine drachtio. */
  get drachtio(): DrachtioServer {
    assert(this.#drachtio, 'the engine is embedded')
    return this.#drachtio
  }

  /** Starts a drachtio-server. The servers that the test starts later run behind it. */
  async behindDrachtio(options: DrachtioServerOptions = {}): Promise<DrachtioServer> {
    const server = new DrachtioServer(options)
    await server.start()
    this.#drachtio = server
    return server
  }

  get configFolder(): string {
    return join(this.folder, 'config')
  }

  /** A SIPp process that plays the phone of one or several agents. */
  async phone(name: string, scenario: string, options: PhoneOptions = {}): Promise<Sipp> {
    this.#assureOpen()
    const { agents = [name], host = '127.0.0.1', transport = 'udp', ...rest } = options
    const sipp = await Sipp.start({ name, folder: this.folder, scenario, host, transport, timeout: 120, ...rest })
    this.#phones.set(name, { sipp, agents, host, transport })
    return sipp
  }

  /** A phone with sound. If it is an agent's, its port goes into the config's contact. */
  async baresip(options: Omit<BaresipOptions, 'folder'>): Promise<Baresip> {
    this.#assureOpen()
    const baresip = await Baresip.start({ ...options, folder: this.folder })
    this.#baresips.push(baresip)
    return baresip
  }

  /** Writes the config and starts the server on it. */
  async serve(setup: WireSetup, nodeOptions: readonly string[] = []): Promise<CarillonServer> {
    await this.configure(setup)
    return this.restart(nodeOptions)
  }

  /** Writes the config. A running server notices the change by itself. */
  async configure(setup: WireSetup): Promise<void> {
    this.#assureOpen()
    if (engineOfTests === 'drachtio' && !this.#drachtio && !runningServer)
      await this.behindDrachtio(setup.listen?.some(isForBrowsers) === true ? forBrowsers : {})
    this.#setup = setup
    await writeConfig(this.configFolder, configFiles(this.#whole(setup)))
  }

  /** Starts a server with the config and the state in the folder. */
  async restart(nodeOptions: readonly string[] = []): Promise<CarillonServer> {
    this.#assureOpen()
    this.#server = await CarillonServer.start({ configFolder: this.configFolder, nodeOptions })
    return this.#server
  }

  /** Ends the server by `end`, and starts another one with its state, config and SIP addresses. */
  async replaceServer(end: (server: CarillonServer) => Promise<unknown>): Promise<CarillonServer> {
    const { listening } = this.server
    await end(this.server)
    assert(this.#setup, 'the server has no config')
    return this.serve({ ...this.#setup, listen: listening })
  }

  /** Waits until the store's table has this many rows whose state contains this text. */
  async kept(
    count: number,
    text: string,
    table: 'live_calls' | 'registrations' | 'choices' | 'agents' = 'live_calls',
  ): Promise<void> {
    if (this.#setup?.store?.startsWith('redis:') === true) return keptInRedis(this.#setup.store, count, text, table)
    const store = new Database(join(this.folder, 'data', 'carillon.db'), { readonly: true })
    const rows = store.prepare(`SELECT state FROM ${table} WHERE instr(state, ?) > 0`)
    await eventually(`${count} of ${table} are kept`, () => Promise.resolve(rows.all(text).length === count))
    store.close()
  }

  /** Waits until the running server has read its config again, successfully or not. */
  async reloadedSince(seconds: number): Promise<void> {
    await eventually('the config was read again', async () => {
      return (await this.server.metric('carillon_config_last_reload_timestamp_seconds')) > seconds
    })
  }

  /** A SIPp process that calls. `name` must be unique in the test. */
  async call(name: string, service: string, scenario: string, options: CallOptions = {}): Promise<Sipp> {
    this.#assureOpen()
    const { transport = 'udp', host = '127.0.0.1' } = options
    const to = options.to ?? this.server.sip(transport, host.includes(':') ? 6 : 4)
    const sipp = await Sipp.start({ name, folder: this.folder, scenario, service, calls: 1, ...options, to })
    this.#callers.push(sipp)
    return sipp
  }

  /** The agents (user part of the Request-URI), in the order in which their phones got the INVITE of an offer. */
  async rung(): Promise<string[]> {
    const traces = await Promise.all([...this.#phones.values()].map(({ sipp }) => sipp.messages()))
    const invites = traces
      .flat()
      .filter(
        message =>
          message.method === 'INVITE' && message.direction === 'received' && !/;tag=/.test(message.header('To')[0] ?? ''),
      )
    invites.sort((a, b) => a.at - b.at)
    return invites.map(message => /^INVITE sips?:([^@]+)@/.exec(message.startLine)?.[1] ?? message.startLine)
  }

  /** Ends everything and checks that nothing is left over. */
  async close(): Promise<void> {
    for (const caller of this.#callers) await caller.done()
    await this.server.empty()
    for (const { sipp } of this.#phones.values()) await sipp.finish()
    for (const baresip of this.#baresips) await baresip.stop()
    assert.equal(await this.server.metric('carillon_invariant_violations_total'), 0, 'a rule of invariants.md was broken')
    assert.equal(await this.server.stop(), 0, 'exit code of the server')
    await this.#drachtio?.stop()
    await this.#replay()
  }

  /** Stops everything after a failure. Returns text that helps to find the cause. */
  async abandon(): Promise<string> {
    this.#isAbandoned = true
    for (const sipp of [...this.#callers, ...[...this.#phones.values()].map(phone => phone.sipp)]) await sipp.kill()
    for (const baresip of this.#baresips) await baresip.stop()
    await this.#server?.kill()
    await this.#drachtio?.stop()
    return `files: ${this.folder}\nthe server's last lines:\n${this.#server?.tail() ?? ''}`
  }

  async forget(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  /** The journal files of this test's servers. */
  async journals(): Promise<string[]> {
    const data = join(this.folder, 'data')
    const files = (await readdir(data, { recursive: true })).filter(file => file.endsWith('.jsonl'))
    assert.notEqual(files.length, 0, `no journal in ${data}`)
    return files.map(file => join(data, file))
  }

  /** Replays each journal without a difference. This is `carillon replay` without the cost of starting it in each test. */
  async #replay(): Promise<void> {
    for (const file of await this.journals()) {
      const report = await replayJournal(createInterface({ input: createReadStream(file) }))
      assert.equal(report.firstDifference, undefined, `replay of ${file}: ${JSON.stringify(report.firstDifference)}`)
    }
  }

  #assureOpen(): void {
    assert(!this.#isAbandoned, 'the test is over')
  }

  #whole(setup: WireSetup): Setup {
    const contacts = new Map<string, string>()
    for (const { sipp, agents, host, transport } of this.#phones.values()) {
      const address = host.includes(':') ? `[${host}]` : host
      for (const agent of agents)
        contacts.set(agent, `sip:${agent}@${address}:${sipp.port}${transport === 'tcp' ? ';transport=tcp' : ''}`)
    }
    const named = new Map((setup.agents ?? []).map(agent => [agent.name, agent]))
    const names = new Set([...contacts.keys(), ...named.keys(), ...setup.groups.flatMap(group => group.agents)])
    const agents = [...names].map(name => ({ contact: contacts.get(name) ?? nowhere, ...named.get(name), name }))
    const drachtio = this.#drachtio ?? runningServer
    if (!drachtio || setup.drachtio) return { ...setup, agents }
    const web = setup.listen?.some(isForBrowsers) === true ? (this.#drachtio?.sip('ws').port ?? runningWeb) : undefined
    return {
      ...{ ...setup, agents, drachtio: [{ host: loopback, port: drachtio.port, secret: drachtio.secret }] },
      ...(web !== undefined && { webSocketUrl: `ws://${loopback}:${web}` }),
    }
  }
}
