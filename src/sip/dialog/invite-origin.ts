import type { Origin } from '../../legs/answering.js'
import type { ServerTransaction } from '../transaction/user.js'
import { isWebSocket } from '../transport/protocols.js'

export interface InviteAccounts {
  /** The address of record by whose password the INVITE was let in. Undefined: by a trusted peer. */
  accountOf(transaction: ServerTransaction): string | undefined
}

/** Where an INVITE came from, by its transaction. */
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
   * Calls of one PBX have the same, though their connections are several. A sender who is not a trusted peer may share its address
   * with others, so the flow and the account tell.
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
