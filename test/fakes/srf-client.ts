import Srf from 'drachtio-srf'
import { Arrivals } from './arrivals.js'

/** What this test suite uses of drachtio-srf. The library's own types leave most of it out. */
export interface SrfMessage {
  readonly method: string
  readonly uri: string
  readonly status: number
  readonly body: string
  readonly stackTxnId: string
  readonly stackDialogId: string
  readonly source: string
  readonly source_address: string
  readonly source_port: string
  get(name: string): string
  has(name: string): boolean
}

export type Acknowledge = (options?: { readonly body?: string }) => void

export interface SrfRequest extends SrfMessage {
  cancel(options?: object, sent?: (error: Error | null) => void): void
  on(event: 'response', heard: (response: SrfMessage, acknowledge: Acknowledge) => void): void
  on(event: 'cancel', heard: (cancel: SrfMessage) => void): void
}

export interface SrfAnswer {
  send(status: number, options?: object, sent?: (error: string | Error | null, response?: SrfMessage) => void): void
}

export interface RequestOptions {
  readonly uri?: string
  readonly method: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly proxy?: string
  readonly auth?: { readonly username: string; readonly password: string }
  readonly stackDialogId?: string
}

export interface SrfDialog {
  readonly id: string
  on(event: string, heard: (request: SrfMessage, answer: SrfAnswer) => void): void
  destroy(): Promise<SrfRequest>
  modify(description: string): Promise<string>
  request(options: {
    readonly method: string
    readonly headers?: Record<string, string>
    readonly body?: string
  }): Promise<SrfMessage>
}

interface SrfCore {
  connect(options: object): unknown
  listen(options: object): unknown
  disconnect(): void
  on(event: string, heard: (...words: readonly unknown[]) => void): void
  use(method: string, taken: (request: SrfRequest, answer: SrfAnswer) => void): void
  createUAS(request: SrfRequest, answer: SrfAnswer, options: object): Promise<SrfDialog>
  createUAC(uri: string, options: object, heard?: object): Promise<SrfDialog>
  createB2BUA(request: SrfRequest, answer: SrfAnswer, uri: string, options: object): Promise<{ uas: SrfDialog; uac: SrfDialog }>
  readonly app: {
    readonly client?: {
      readonly mapServer: ReadonlyMap<unknown, unknown>
      readonly wp: { closing?: boolean; readonly reconnectVars?: { readonly retryTimer?: NodeJS.Timeout | null } }
    }
    request(options: RequestOptions, sent: (error: Error | null, request?: SrfRequest) => void): void
  }
}

/** A request that came, with the object that answers it. */
export interface Taken {
  readonly request: SrfRequest
  readonly answer: SrfAnswer
}

/** The response to a request of ours, with the function that sends the ACK or PRACK. */
export interface Heard {
  readonly response: SrfMessage
  readonly acknowledge: Acknowledge
}

/** An application with the real client library. */
export class SrfClient {
  readonly srf = new Srf() as unknown as SrfCore
  /** `connect` events: the error, or undefined. */
  readonly connections = new Arrivals<Error | undefined>()
  readonly #taken = new Map<string, Arrivals<Taken>>()
  #stopped = false

  constructor() {
    this.srf.on('connect', error => this.connections.push(error instanceof Error ? error : undefined))
    this.srf.on('error', () => undefined)
  }

  async connect(server: { readonly port: number; readonly secret: string }, ...methods: readonly string[]): Promise<void> {
    for (const method of methods) this.take(method)
    this.srf.connect({ host: '127.0.0.1', port: server.port, secret: server.secret })
    const error = await this.connections.next()
    if (error) throw error
  }

  take(method: string): void {
    const arrivals = new Arrivals<Taken>()
    this.#taken.set(method, arrivals)
    this.srf.use(method, (request, answer) => arrivals.push({ request, answer }))
  }

  async next(method: string): Promise<Taken> {
    const arrivals = this.#taken.get(method)
    if (!arrivals) throw new Error(`the application does not take ${method}`)
    return arrivals.next()
  }

  /** Sends a request. Resolves when the server has sent it. */
  request(options: RequestOptions): Promise<{ readonly request: SrfRequest; readonly heard: Arrivals<Heard> }> {
    return new Promise((resolve, reject) => {
      this.srf.app.request(options, (error, request) => {
        if (error || !request) return reject(error ?? new Error('no request'))
        const heard = new Arrivals<Heard>()
        request.on('response', (response, acknowledge) => heard.push({ response, acknowledge }))
        resolve({ request, heard })
      })
    })
  }

  /** Sends a response. Resolves with it, or with the server's reason for not sending it. */
  respond({ answer }: Taken, status: number, options: object = {}): Promise<SrfMessage | string> {
    return new Promise(resolve => {
      answer.send(status, options, (error, response) =>
        resolve(error === null || error === undefined ? (response ?? 'nothing') : String(error)),
      )
    })
  }

  /** The library can't disconnect while it is not connected, and would go on connecting. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    const { client } = this.srf.app
    if (client && client.mapServer.size > 0) this.srf.disconnect()
    else if (client) {
      client.wp.closing = true
      clearTimeout(client.wp.reconnectVars?.retryTimer ?? undefined)
    }
  }
}
