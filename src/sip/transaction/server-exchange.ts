import { lean } from '../message/lean.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { serialize } from '../message/serialize.js'
import type { Hop } from '../transport/transport.js'
import { InviteServer } from './invite-server.js'
import { NonInviteServer } from './non-invite-server.js'
import type { ServerTransaction, ServerTransactionListener } from './user.js'

/** A request that came, as its user holds it. The machine, which lingers, does not hold this, so the request's text goes when the user lets go. */
export class ServerExchange implements ServerTransaction {
  constructor(
    readonly request: SipRequest,
    readonly source: Hop,
    private readonly machine: InviteServer | NonInviteServer,
    /** Told of each response that went out. */
    private readonly sent: (method: string, status: number) => void,
    /** How many bytes may be answered to a stranger. Undefined: any. */
    private readonly budget?: number,
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
    if (sent) this.sent(this.request.method, response.status)
  }

  /** A REGISTER is answered with 2xx when its password was right: its sender is no stranger. Undefined: nothing lawful is short enough. */
  #bytesOf(response: SipResponse): Buffer | undefined {
    const isProven = this.request.method === 'REGISTER' && response.status < 300
    return this.budget === undefined || isProven ? serialize(response) : lean(response, this.budget)
  }

  respondReliably(response: SipResponse): void {
    const { machine } = this
    if (!(machine instanceof InviteServer) || !machine.respond(response, serialize(response))) return
    machine.repeatProvisional()
    this.sent(this.request.method, response.status)
  }

  provisionalAcknowledged(): void {
    if (this.machine instanceof InviteServer) this.machine.provisionalAcknowledged()
  }

  acknowledged(): void {
    if (this.machine instanceof InviteServer) this.machine.acknowledged()
  }
}
