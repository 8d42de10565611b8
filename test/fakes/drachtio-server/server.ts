import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { systemClock, type Clock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { to, topVia } from '../../../src/sip/message/fields.js'
import type { SipRequest } from '../../../src/sip/message/message.js'
import { TransactionLayer } from '../../../src/sip/transaction/layer.js'
import type { TimerValues } from '../../../src/sip/transaction/timers.js'
import { Tokens } from '../../../src/sip/transaction/tokens.js'
import type { ServerTransaction, TransactionUser } from '../../../src/sip/transaction/user.js'
import { SipCounters } from '../../../src/sip/transport/counters.js'
import { protocols } from '../../../src/sip/transport/protocols.js'
import { TransportLayer } from '../../../src/sip/transport/layer.js'
import type { Hop, ListenPoint, LocalAddress, TransportName } from '../../../src/sip/transport/transport.js'
import { Application } from './application.js'
import { Applications } from './applications.js'
import type { Command } from './commands.js'
import type { Core } from './core.js'
import { Dialogs } from './dialogs.js'
import { InDialog } from './in-dialog.js'
import { Incoming } from './incoming.js'
import { Outgoing } from './outgoing.js'
import { Phones } from './phones.js'

/** Where the server sends a request outside dialogs, as its HTTP routing says. */
export type Routing =
  | { readonly kind: 'connect'; readonly host: string; readonly port: number }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'reject'; readonly status: number }

export interface DrachtioServerOptions {
  readonly secret?: string
  /** For applications. Default: chosen by the kernel. */
  readonly port?: number
  /** For SIP. Default: UDP and TCP on loopback, chosen by the kernel. */
  readonly listen?: readonly ListenPoint[]
  readonly timers?: TimerValues
  readonly clock?: Clock
  readonly version?: string
  /** The transport for URIs that name none. The real server takes any of its own. Default: udp. */
  readonly prefers?: 'udp' | 'tcp'
  /** Outbound connections: the server connects to the application. Default: applications connect. */
  readonly route?: (request: SipRequest) => Routing
}

const loopback = '127.0.0.1'

/**
 * A small drachtio-server for tests, as drachtio-srf sees it: applications connect by TCP, and it carries SIP for them on a stack
 * of its own. It behaves as the real server does, with its words, its limits and its faults. It differs in four ways: the command to
 * proxy is not supported, a second copy of a request on another path gets 482, a CANCEL that crosses the 200 gets 200, not 481, and
 * the failure of a re-INVITE that comes after the phone's BYE gets an ACK.
 */
export class DrachtioServer {
  readonly #options: DrachtioServerOptions
  readonly #secret: string
  #stack: Stack | undefined
  #admin: Server | undefined
  readonly #sockets = new Set<Socket>()
  #port: number
  #listen: readonly ListenPoint[]

  constructor(options: DrachtioServerOptions = {}) {
    this.#options = options
    this.#secret = options.secret ?? 'cymru'
    this.#port = options.port ?? 0
    this.#listen = options.listen ?? [
      { transport: 'udp', host: loopback, port: 0 },
      { transport: 'tcp', host: loopback, port: 0 },
    ]
  }

  /** Starts, on the same ports as before if it was stopped. */
  async start(): Promise<void> {
    await this.#startSip()
    await this.#admit()
  }

  /** The port for applications. */
  get port(): number {
    return this.#port
  }

  get secret(): string {
    return this.#secret
  }

  /** Where it takes SIP. */
  sip(transport: TransportName = 'udp'): { readonly host: string; readonly port: number } {
    const point = this.#listen.find(candidate => candidate.transport === transport)
    if (!point) throw new Error(`the drachtio-server does not listen on ${transport}`)
    return point
  }

  /** How many applications are connected. */
  get applications(): number {
    return this.#stack?.applications.size ?? 0
  }

  /** How many dialogs it knows. */
  get dialogs(): number {
    return this.#stack?.dialogs.size ?? 0
  }

  /** Cuts every connection with an application. SIP goes on, and applications may connect again. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Sends these bytes to each application outside all messages. */
  garble(bytes: string): void {
    for (const socket of this.#sockets) socket.write(bytes)
  }

  /** Takes no applications until `admit`, as if the network between were down. */
  async isolate(): Promise<void> {
    const admin = this.#admin
    this.#admin = undefined
    this.breakConnections()
    if (admin?.listening === true) {
      admin.close()
      await once(admin, 'close')
    }
  }

  /** Takes applications again. */
  async admit(): Promise<void> {
    await this.#admit()
  }

  /** Forgets what applications have not answered yet. Their transaction ids are unknown from now on. */
  forgetTransactions(): void {
    this.#stack?.forgetTransactions()
  }

  /** Forgets all dialogs. */
  forgetDialogs(): void {
    this.#stack?.dialogs.clear()
  }

  /** Ends at once and tells nobody. After `start` it has no state from before. */
  async stop(): Promise<void> {
    await this.isolate()
    const stack = this.#stack
    this.#stack = undefined
    await stack?.stop()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async #startSip(): Promise<void> {
    const stack = new Stack({ ...this.#options, listen: this.#listen }, socket => this.#adopt(socket))
    const addresses = await stack.start()
    this.#listen = this.#listen.map((point, index) => ({ ...point, port: Number(addresses[index]?.split(':').at(-1)) }))
    stack.listensAt(this.#listen)
    this.#stack = stack
  }

  async #admit(): Promise<void> {
    const admin = createServer(socket => this.#adopt(socket))
    this.#admin = admin
    admin.listen(this.#port, loopback)
    await once(admin, 'listening')
    this.#port = (admin.address() as AddressInfo).port
  }

  #adopt(socket: Socket): Application {
    socket.setNoDelay(true)
    this.#sockets.add(socket)
    const application = new Application(socket, {
      command: (of, command) => this.#command(of, command),
      closed: of => {
        this.#sockets.delete(socket)
        this.#stack?.applications.remove(of)
      },
    })
    return application
  }

  #command(application: Application, command: Command): void {
    if (command.kind === 'authenticate') return this.#authenticate(application, command)
    this.#stack?.command(application, command)
  }

  #authenticate(application: Application, { id, secret, tags }: Extract<Command, { kind: 'authenticate' }>): void {
    if (secret !== this.#secret) {
      application.reply(id, 'NO', 'incorrect secret')
      return application.end()
    }
    const hostports = this.#listen.map(({ transport, host, port }) => `${transport}/${host}:${port}`).join(',')
    application.reply(id, 'OK', hostports, this.#options.version ?? 'v0.9.10', hostports)
    application.authenticate(tags)
    this.#stack?.authenticated(application)
  }
}

/** The SIP side, and what it knows. Everything of it is gone after a restart. */
class Stack implements TransactionUser {
  readonly applications = new Applications()
  readonly dialogs = new Dialogs()
  readonly #transport: TransportLayer
  readonly #transactions: TransactionLayer
  readonly #incoming: Incoming
  readonly #inDialog: InDialog
  readonly #outgoing: Outgoing
  /** Connections to applications that have not authenticated yet. */
  readonly #expected = new Map<Application, (application: Application) => void>()
  #local: readonly LocalAddress[] = []

  constructor(
    private readonly options: DrachtioServerOptions & { readonly listen: readonly ListenPoint[] },
    private readonly adopt: (socket: Socket) => Application,
  ) {
    const counters = new SipCounters()
    const clock = options.clock ?? systemClock
    const tokens = new Tokens(randomBytes)
    const random = (): number => tokens.number()
    this.#transport = new TransportLayer({
      place: { listen: options.listen },
      ...{ clock, log: silentLog, counters, random },
      connections: { guestAt: () => 'trusted' },
    })
    this.#transactions = new TransactionLayer({
      ...{ transport: this.#transport, clock, counters, tokens, ...(options.timers && { timers: options.timers }) },
      broken: error => {
        throw error
      },
    })
    const core: Core = {
      ...{ clock, transport: this.#transport, transactions: this.#transactions, tokens },
      ...{ applications: this.applications, dialogs: this.dialogs, phones: new Phones(), prefers: options.prefers ?? 'udp' },
      local: transport => this.#local.find(point => point.transport === transport),
    }
    this.#inDialog = new InDialog(core)
    this.#outgoing = new Outgoing(core, this.#inDialog)
    this.#incoming = new Incoming(
      ...([core, this.#inDialog] as const),
      request => this.#choose(request),
      request => this.#outgoing.isOfInviting(request),
    )
    this.#transactions.serve(this)
  }

  start(): Promise<readonly string[]> {
    return this.#transport.start(this.#transactions)
  }

  listensAt(points: readonly ListenPoint[]): void {
    this.#local = points
  }

  async stop(): Promise<void> {
    this.#transactions.stop()
    this.dialogs.clear()
    await this.#transport.stop()
  }

  forgetTransactions(): void {
    this.#incoming.clear()
    this.#inDialog.clear()
    this.#outgoing.clear()
  }

  authenticated(application: Application): void {
    this.applications.add(application)
    this.#expected.get(application)?.(application)
    this.#expected.delete(application)
  }

  command(application: Application, command: Exclude<Command, { kind: 'authenticate' }>): void {
    switch (command.kind) {
      case 'ping':
        return application.reply(command.id, 'OK', 'pong')
      case 'route':
        this.applications.route(application, command.verb)
        return application.reply(command.id, 'OK')
      case 'removeRoute':
        this.applications.unroute(application, command.verb)
        return application.reply(command.id, 'OK')
      case 'request':
        return this.#outgoing.send(application, command)
      case 'response':
        return this.#respond(application, command)
      case 'unknown':
        application.reply(command.id, 'NO', 'Unknown message type')
        return application.end()
    }
  }

  // ---- of the transactions

  /** Nobody hears of a request whose Via names another transport than its own. */
  admits(request: SipRequest, source: Hop): boolean {
    if (topVia(request.headers)?.transport !== protocols[source.transport].inVia) return false
    return request.method === 'CANCEL' || this.dialogs.of(request) !== undefined || Incoming.answers(request)
  }

  onRequest(exchange: ServerTransaction): void {
    const dialog = to(exchange.request.headers)?.tag === undefined ? undefined : this.dialogs.of(exchange.request)
    if (dialog) this.#inDialog.onRequest(exchange, dialog)
    else this.#incoming.onRequest(exchange)
  }

  onAck(ack: SipRequest, source: Hop): void {
    const dialog = this.dialogs.of(ack)
    if (dialog) this.#inDialog.onAck(ack, source, dialog, this.#incoming.acknowledged(dialog))
  }

  /** The real server does not notice a 200 that comes so late. */
  onStrayResponse(): void {
    // Nothing to do.
  }

  // ----

  #respond(application: Application, { id, transactionId, draft }: Extract<Command, { kind: 'response' }>): void {
    if (transactionId === '') return application.reply(id, 'NO', 'transaction id missing')
    if (this.#inDialog.respond(application, id, transactionId, draft)) return
    if (this.#incoming.respond(application, id, transactionId, draft)) return
    application.refused(id, 'Response not sent due to unknown transaction')
  }

  #choose(request: SipRequest): Promise<Application> | Application | number {
    const routing = this.options.route?.(request)
    switch (routing?.kind) {
      case undefined:
        return this.applications.select(request.method) ?? 503
      case 'reject':
        return routing.status
      case 'tag':
        return this.applications.select(request.method, routing.tag) ?? 480
      case 'connect':
        return this.#connect(routing)
    }
  }

  /** Connects to an application and waits until it has authenticated. */
  #connect({ host, port }: { readonly host: string; readonly port: number }): Promise<Application> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the application closed the connection')))
      this.#expected.set(this.adopt(socket), resolve)
    })
  }
}
