import type { Origin } from '../../legs/answering.js'
import type { ServerTransaction } from '../transaction/user.js'
import { isWebSocket } from '../transport/protocols.js'

export interface InviteAccounts {
  /** The address of record whose password admitted the INVITE. Undefined: a trusted peer sent it. */
  accountOf(transaction: ServerTransaction): string | undefined
}

/** The origin of an INVITE, from its transaction. */
export class InviteOrigin implements Origin {
  constructor(
    private readonly transaction: ServerTransaction,
    readonly trusted: boolean,
    private readonly accounts: InviteAccounts,
  ) {}

  get source(): string {
    return this.transaction.source.host
  }

  get proxied(): true | undefined {
    return isWebSocket(this.transaction.source.transport) ? true : undefined
  }

  /**
   * The same value for all calls of one PBX, over all its connections. A sender who is not a trusted peer may share its address with
   * others, so its flow and account are part of the value.
   */
  get peer(): string {
    const { transport, host, port, connection } = this.transaction.source
    if (this.severalWays) return `${transport} ${host}`
    const place = `${transport} ${host}:${port}`
    return this.trusted ? place : `${place} ${connection ?? ''} ${this.accounts.accountOf(this.transaction) ?? ''}`
  }

  get severalWays(): true | undefined {
    const { transport } = this.transaction.source
    return this.trusted && (transport === 'tcp' || transport === 'tls') ? true : undefined
  }
}
