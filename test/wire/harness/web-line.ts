import { EmitterImpl, TransportState, type Emitter, type Transport } from 'sip.js'
import { WebSocket, type ClientOptions } from 'ws'

export interface WebLineOptions {
  /** Such as `ws://127.0.0.1:8081`. */
  readonly url: string
  readonly client?: ClientOptions
  /** Gets each message before SIP.js. SIP.js reads what this returns. */
  readonly came: (message: string) => string
}

/** The WebSocket of SIP.js in Node. SIP.js's own transport needs a browser's WebSocket, which Node 20 does not have. */
export class WebLine implements Transport {
  readonly protocol: string
  onConnect: (() => void) | undefined
  onDisconnect: ((error?: Error) => void) | undefined
  onMessage: ((message: string) => void) | undefined
  readonly #changes = new EmitterImpl<TransportState>()
  #state = TransportState.Disconnected
  #socket: WebSocket | undefined
  /** Whether we asked to close the connection. */
  #isLeaving = false

  constructor(
    _logger: unknown,
    private readonly options: WebLineOptions,
  ) {
    this.protocol = options.url.startsWith('wss:') ? 'WSS' : 'WS'
  }

  get state(): TransportState {
    return this.#state
  }

  get stateChange(): Emitter<TransportState> {
    return this.#changes
  }

  isConnected(): boolean {
    return this.#state === TransportState.Connected
  }

  connect(): Promise<void> {
    const { url, client, came } = this.options
    const socket = new WebSocket(url, 'sip', client)
    this.#socket = socket
    this.#isLeaving = false
    this.#become(TransportState.Connecting)
    socket.on('message', (bytes: Buffer) => this.onMessage?.(came(bytes.toString())))
    return new Promise((resolve, reject) => {
      let fault = new Error(`the connection to ${url} was closed`)
      socket.on('error', error => (fault = error)) // The event 'close' follows.
      socket.on('open', () => {
        this.#become(TransportState.Connected)
        this.onConnect?.()
        resolve()
      })
      socket.on('close', () => {
        this.#become(TransportState.Disconnected)
        this.onDisconnect?.(this.#isLeaving ? undefined : fault)
        reject(fault)
      })
    })
  }

  async disconnect(): Promise<void> {
    const socket = this.#socket
    if (!socket || socket.readyState === WebSocket.CLOSED) return
    this.#isLeaving = true
    const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
    socket.close()
    await closed
  }

  /** Breaks the connection without a message, as a killed browser does. */
  kill(): void {
    this.#socket?.terminate()
  }

  dispose(): Promise<void> {
    return this.disconnect()
  }

  send(message: string): Promise<void> {
    const socket = this.#socket
    if (!socket || !this.isConnected()) return Promise.reject(new Error(`no connection to ${this.options.url}`))
    return new Promise((resolve, reject) => socket.send(message, error => (error ? reject(error) : resolve())))
  }

  #become(state: TransportState): void {
    this.#state = state
    this.#changes.emit(state)
  }
}
