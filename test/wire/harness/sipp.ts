import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from './eventually.js'
import { freePort, holdsPort } from './ports.js'
import { distinct, parseTrace, type TracedMessage } from './trace.js'

export interface SippOptions {
  /** Unique in the test's folder, because it names the files. */
  readonly name: string
  readonly folder: string
  /** The scenario as XML. */
  readonly scenario: string
  /** Local address; default 127.0.0.1. */
  readonly host?: string
  readonly transport?: 'udp' | 'tcp'
  /** `host:port` of the server, for callers. */
  readonly to?: string
  /** The user part that callers dial. */
  readonly service?: string
  /** Ends after this many calls. Default: runs until stopped. */
  readonly calls?: number
  /** New calls a second. SIPp's default is 10. */
  readonly rate?: number
  /** Seconds until SIPp gives up and fails. Default 60. */
  readonly timeout?: number
  readonly trace?: boolean
  readonly extra?: readonly string[]
}

export interface SippEnd {
  /** 0: all calls followed the scenario. 1: a call failed. 99: there was no call. Other codes: SIPp itself failed. */
  readonly code: number
  readonly errors: string
}

const tries = 5
const cameUp = 10_000
/** Longer than a request is retransmitted (timer F, RFC 3261 §17.1.2.2). A call that still exists then is stuck. */
const graceToEnd = 35_000

/** One running SIPp process: a phone, many phones on one port, or a caller. */
export class Sipp {
  readonly end: Promise<SippEnd>

  private constructor(
    private readonly process: ChildProcess,
    private readonly options: SippOptions,
    readonly port: number,
    stderr: { text: string },
  ) {
    this.end = once(process, 'close').then(async ([code]) => ({
      code: typeof code === 'number' ? code : -1,
      errors: stderr.text + (await this.#file('errors')),
    }))
  }

  /** Starts SIPp on a port that the kernel chooses, and waits until SIPp has bound it. */
  static async start(options: SippOptions): Promise<Sipp> {
    const scenario = join(options.folder, `${options.name}.xml`)
    await writeFile(scenario, options.scenario)
    for (let attempt = 1; ; attempt++) {
      const port = await freePort(options.host ?? '127.0.0.1')
      const sipp = Sipp.#spawn(options, scenario, port)
      const early = await sipp.#upOrOver()
      if (early === undefined || !early.errors.includes('Address already in use')) return sipp
      if (attempt === tries) throw new Error(`${options.name}: no free port in ${tries} tries: ${early.errors}`)
    }
  }

  static #spawn(options: SippOptions, scenario: string, port: number): Sipp {
    const child = spawn('sipp', argumentsFor(options, scenario, port), {
      cwd: options.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const stderr = { text: '' }
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr.text += text))
    return new Sipp(child, options, port, stderr)
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  get name(): string {
    return this.options.name
  }

  /** The messages that it sent and received so far, without retransmissions. */
  async messages(): Promise<TracedMessage[]> {
    return distinct(await this.everyMessage())
  }

  /** All messages, including retransmissions. */
  async everyMessage(): Promise<TracedMessage[]> {
    return parseTrace(await this.#file('messages'))
  }

  /** Waits for such a message. */
  async received(start: string | number, within?: number): Promise<TracedMessage> {
    return this.#saw('received', start, 1, within)
  }

  /** Waits until such a message has arrived n times. */
  async receivedNth(start: string | number, nth: number, within?: number): Promise<TracedMessage> {
    return this.#saw('received', start, nth, within)
  }

  async sent(start: string | number, within?: number): Promise<TracedMessage> {
    return this.#saw('sent', start, 1, within)
  }

  /** Waits until it ends, and fails unless every call followed the scenario. */
  async done(): Promise<void> {
    this.#judge(await this.end)
  }

  /** Lets it finish its calls, stops it, and fails if a call did not follow the scenario. */
  async finish(): Promise<void> {
    this.process.kill('SIGUSR1')
    const stubborn = setTimeout(() => this.process.kill('SIGKILL'), graceToEnd)
    this.#judge(await this.end)
    clearTimeout(stubborn)
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.end
  }

  #judge(end: SippEnd): void {
    if (end.code === 0 || end.code === 99) return
    const what = end.code === -1 ? 'had calls left that did not end' : `ended with ${end.code}`
    throw new Error(`SIPp ${this.options.name} ${what}\n${end.errors.slice(0, 3000)}`)
  }

  async #saw(
    direction: TracedMessage['direction'],
    start: string | number,
    nth: number,
    within?: number,
  ): Promise<TracedMessage> {
    return eventually(
      `${this.options.name} ${direction} ${start} ${nth > 1 ? `${nth} times` : ''}`,
      async () =>
        (await this.messages()).filter(
          message => message.direction === direction && (message.method ?? message.status) === start,
        )[nth - 1],
      within,
    )
  }

  async #upOrOver(): Promise<SippEnd | undefined> {
    const over = this.end.then(end => ({ end }))
    const up = eventually(
      `${this.options.name} holds port ${this.port}`,
      () => this.process.exitCode !== null || holdsPort(this.pid, this.port),
      cameUp,
    )
    const first = await Promise.race([over, up])
    if (first !== true) return first.end
    return this.process.exitCode === null ? undefined : this.end
  }

  async #file(kind: 'messages' | 'errors'): Promise<string> {
    return readFile(join(this.options.folder, `${this.options.name}.${kind}.log`), 'utf8').catch(() => '')
  }
}

function argumentsFor(options: SippOptions, scenario: string, port: number): string[] {
  const file = (kind: string): string => join(options.folder, `${options.name}.${kind}.log`)
  const traces = options.trace === false ? [] : ['-trace_msg', '-message_file', file('messages')]
  return [
    ...(options.to === undefined ? [] : [options.to]),
    ...[
      '-sf',
      scenario,
      '-i',
      options.host ?? '127.0.0.1',
      '-p',
      String(port),
      '-nostdin',
      // Liveness checks (OPTIONS, UPDATE) get 200, as from any phone.
      '-aa',
      '-trace_err',
      '-error_file',
      file('errors'),
    ],
    ...['-t', options.transport === 'tcp' ? 't1' : 'u1', '-timeout', `${options.timeout ?? 60}s`, '-timeout_error'],
    ...(options.service === undefined ? [] : ['-s', options.service]),
    ...(options.calls === undefined ? [] : ['-m', String(options.calls)]),
    ...(options.rate === undefined ? [] : ['-r', String(options.rate)]),
    ...traces,
    ...(options.extra ?? []),
  ]
}
