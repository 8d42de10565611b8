import { lean } from '../message/lean.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { serialize } from '../message/serialize.js'
import type { Hop } from '../transport/transport.js'
import { InviteServer } from './invite-server.js'
import { NonInviteServer } from './non-invite-server.js'
import type { ServerTransaction, ServerTransactionListener } from './user.js'

/** In bytes. */
interface ResponseLimits {
  /** The most to send in response to a stranger. Undefined: no limit. */
  readonly budget: number | undefined
  /** The longest response for which the sender of the request is not charged. */
  readonly paid: number
}

/**
 * A received request, as its user holds it. The machine, which lingers, has no reference to this, so the request is freed when
 * the user releases it.
 */
export class ServerExchange implements ServerTransaction {
  constructor(
    readonly request: SipRequest,
    readonly source: Hop,
    private readonly machine: InviteServer | NonInviteServer,
    /** Called for each response that was sent. `length`: in bytes. */
    private readonly sent: (exchange: ServerExchange, status: number, length: number) => void,
    readonly limits: ResponseLimits,
  ) {}

  get finalStatus(): number | undefined {
    return this.machine.finalStatus
  }

  listen(listener: ServerTransactionListener): void {
    this.machine.listen(listener)
  }

  respond(response: SipResponse): void {
    const bytes = this.#bytesOf(response)
    if (bytes === undefined) {
      if (this.machine instanceof NonInviteServer) this.machine.silent()
      return
    }
    const sent = this.machine.respond(response, bytes)
    if (sent) this.sent(this, response.status, bytes.length)
  }

  /**
   * The bytes to send. A 2xx to a REGISTER has no limit, because the sender of the REGISTER knew the password. Undefined: no
   * valid response is short enough.
   */
  #bytesOf(response: SipResponse): Buffer | undefined {
    const isProven = this.request.method === 'REGISTER' && response.status < 300
    const { budget } = this.limits
    return budget === undefined || isProven ? serialize(response) : lean(response, budget)
  }

  respondReliably(response: SipResponse): void {
    const { machine } = this
    const bytes = serialize(response)
    if (!(machine instanceof InviteServer) || !machine.respond(response, bytes)) return
    machine.repeatProvisional()
    this.sent(this, response.status, bytes.length)
  }

  provisionalAcknowledged(): void {
    if (this.machine instanceof InviteServer) this.machine.provisionalAcknowledged()
  }

  acknowledged(): void {
    if (this.machine instanceof InviteServer) this.machine.acknowledged()
  }
}
