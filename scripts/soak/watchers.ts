import type { PbxCall, PbxDialect } from '../../test/fakes/pbx-documents.js'
import { Dialog } from './dialog.js'
import type { SipText } from './message.js'
import { token, type Peer } from './peer.js'

interface Watcher {
  readonly dialog: Dialog
  readonly event: 'presence' | 'dialog'
  readonly extension: string
  version: number
}

const types = { presence: 'application/pidf+xml', dialog: 'application/dialog-info+xml' } as const

/** The part of a PBX that reports its extensions: it accepts SUBSCRIBEs, and sends a delayed NOTIFY for each change. */
export class Watchers {
  readonly #watchers = new Map<string, Watcher>()
  /** Calls at an extension that are not the server's. */
  readonly #foreign = new Map<string, PbxCall>()
  readonly #calls = new Map<string, () => readonly PbxCall[]>()
  told = 0

  constructor(
    private readonly peer: Peer,
    private readonly dialect: PbxDialect,
    /** How late that extension's changes are reported, in ms. */
    private readonly lag: (extension: string) => number,
  ) {}

  get size(): number {
    return this.#watchers.size
  }

  subscribed(request: SipText): void {
    const expires = request.field('Expires')
    const tag = token()
    this.peer.reply(request, 200, { tag, fields: [`Expires: ${expires}`] })
    const event = request.field('Event').startsWith('dialog') ? 'dialog' : 'presence'
    const watcher: Watcher = { dialog: Dialog.of(this.peer, request, tag), event, extension: request.user, version: 0 }
    this.#watchers.set(request.callId, watcher)
    this.peer.parties.set(request.callId, { asked: again => this.#again(again) })
    void this.#tell(request.callId, watcher)
  }

  /** That extension has changed. `calls` returns its current calls, now and later. */
  changed(extension: string, calls: () => readonly PbxCall[]): void {
    this.#calls.set(extension, calls)
    // The report contains the state at the time of the change, and no later report overtakes it.
    const all = this.#callsAt(extension)
    setTimeout(() => {
      for (const [callId, watcher] of this.#watchers) if (watcher.extension === extension) void this.#tell(callId, watcher, all)
    }, this.lag(extension))
  }

  /** The agent has a call with somebody else for a while. */
  elsewhere(extension: string, ms: number): void {
    if (this.#foreign.has(extension)) return
    const calls = this.#calls.get(extension) ?? (() => [])
    this.#foreign.set(extension, { id: token(), phase: 'talks' })
    this.changed(extension, calls)
    setTimeout(() => {
      this.#foreign.delete(extension)
      this.changed(extension, calls)
    }, ms)
  }

  #callsAt(extension: string): readonly PbxCall[] {
    const [calls, foreign] = [this.#calls.get(extension)?.() ?? [], this.#foreign.get(extension)]
    return foreign ? [...calls, foreign] : calls
  }

  #again(request: SipText): void {
    const expires = request.field('Expires')
    this.peer.reply(request, 200, { fields: [`Expires: ${expires}`] })
    if (request.method !== 'SUBSCRIBE') return
    const watcher = this.#watchers.get(request.callId)
    if (!watcher) return
    if (Number(expires) === 0) this.#gone(request.callId)
    else void this.#tell(request.callId, watcher)
  }

  #gone(callId: string): void {
    this.#watchers.delete(callId)
    this.peer.parties.delete(callId)
  }

  async #tell(callId: string, watcher: Watcher, calls = this.#callsAt(watcher.extension)): Promise<void> {
    const entity = `sip:${watcher.extension}@example.com`
    const told = { entity, version: watcher.version++, calls, ended: [], registered: true }
    const body = this.dialect.documents(told)[watcher.event]
    if (body === undefined) return
    this.told += 1
    const fields = [`Event: ${watcher.event}`, 'Subscription-State: active;expires=600']
    const answer = await watcher.dialog.ask('NOTIFY', { fields, body, type: types[watcher.event] })
    // A server that was killed does not know its subscriptions any more.
    if (answer?.status === 481) this.#gone(callId)
  }
}
