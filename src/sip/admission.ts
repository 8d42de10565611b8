import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Gatekeeper, MethodService, Passage } from './gate.js'
import { to } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import type { StatelessRefusal } from './transaction/user.js'
import type { SipCounters } from './transport/counters.js'
import { StrangerLimit, TrustedPeers } from './transport/peers.js'
import { isWebSocket } from './transport/protocols.js'
import type { Hop } from './transport/transport.js'

export interface AdmissionOptions {
  readonly clock: Clock
  readonly log: Log
  readonly counters: SipCounters
  readonly trustedPeers: readonly string[]
}

/** Nobody that we know: the answer says no more. */
const stranger = { kind: 'refused', status: 403, headers: [], why: 'untrusted' } as const satisfies Passage

/** Whose requests are heard, and whose are served: trusted peers', known phones', and what anyone may ask. */
export class Admission {
  #trusted: TrustedPeers
  readonly #strangers: StrangerLimit
  readonly #services = new Map<string, MethodService>()
  #gate: Gatekeeper | undefined

  constructor(private readonly options: AdmissionOptions) {
    this.#trusted = new TrustedPeers(options.trustedPeers)
    this.#strangers = new StrangerLimit(options.clock)
  }

  trust(peers: readonly string[]): void {
    this.#trusted = new TrustedPeers(peers)
  }

  /** By certificate, or by address; an address says nothing of who speaks by a WebSocket: any page in a browser there, or all that come through a proxy of the web. */
  trusts({ host, transport, trusted }: Hop): boolean {
    return trusted === true || (!isWebSocket(transport) && this.#trusted.includes(host))
  }

  /** Who answers this method outside dialogs. */
  serve(method: string, service: MethodService): void {
    this.#services.set(method, service)
  }

  /** Who takes REGISTER, and lets in who is no trusted peer. */
  guard(gate: Gatekeeper): void {
    this.#gate = gate
    this.serve('REGISTER', gate)
  }

  service(method: string): MethodService | undefined {
    return this.#services.get(method)
  }

  connectionClosed(source: Hop): void {
    this.#gate?.connectionClosed(source)
  }

  /** Of who is no trusted peer and shares no dialog with us, as an agent's phone may: strangers are answered a few times; past that, silence. */
  hears(source: Hop): boolean {
    if (this.#gate?.knows(source) === true || this.#strangers.allows(source.host)) return true
    this.options.counters.reject('rateLimited')
    return false
  }

  /**
   * Of a request outside dialogs, before anything else, so that no answer tells a stranger what there is (OPTIONS is answered to everyone
   * alike), and without a transaction: nothing is sent twice to an address that may be forged.
   */
  refuses(request: SipRequest, source: Hop): StatelessRefusal | undefined {
    const { method, headers } = request
    if (to(headers)?.tag !== undefined || this.trusts(source) || this.#isOpen(method)) return undefined
    const passage = this.#judge(request, source)
    if (passage.kind === 'admitted') return undefined
    const { status, why } = passage
    if (why !== undefined) this.options.counters.reject(why)
    this.options.log.debug?.(`refused ${method} from ${source.host}, which is not among trustedPeers, with ${status}`, {
      event: 'sip.untrusted',
    })
    return passage
  }

  #isOpen(method: string): boolean {
    return method === 'OPTIONS' || this.#services.get(method)?.open === true
  }

  #judge(request: SipRequest, source: Hop): Passage {
    return (request.method === 'INVITE' ? this.#gate?.judge(request, source) : undefined) ?? stranger
  }
}
