import type { SipRequest } from '../message/message.js'
import type { Via } from '../message/via.js'
import type { Hop } from '../transport/transport.js'
import { InviteServer } from './invite-server.js'
import type { MachineContext } from './machine.js'
import { mergeKey, serverKey } from './matching.js'
import { NonInviteServer } from './non-invite-server.js'

export type ServerMachine = InviteServer | NonInviteServer

/** The machines of the peers' requests (RFC 3261 §17.2). */
export class ServerMachines {
  readonly #machines = new Map<string, ServerMachine>()
  /** The key of the first copy of a request, by what its merged copies have in common (`mergeKey`). */
  readonly #unmerged = new Map<string, string>()
  readonly #context: MachineContext

  constructor(contextWith: (forget: (key: string) => void) => MachineContext) {
    this.#context = contextWith(key => this.#forget(key))
  }

  get size(): number {
    return this.#machines.size
  }

  /** `hop`: where its responses go. */
  make(request: SipRequest, key: string, hop: Hop): ServerMachine {
    const machine =
      request.method === 'INVITE' ? new InviteServer(key, this.#context, hop) : new NonInviteServer(key, this.#context, hop)
    this.#machines.set(key, machine)
    return machine
  }

  find(key: string): ServerMachine | undefined {
    return this.#machines.get(key)
  }

  /** The INVITE to which an ACK or a CANCEL belongs (§17.2.3, §9.2). */
  inviteOf(request: SipRequest, via: Via): InviteServer | undefined {
    const machine = this.#machines.get(serverKey(request, via, 'INVITE'))
    return machine instanceof InviteServer ? machine : undefined
  }

  /**
   * Whether another copy came before on another path and is, or was, being served (§8.2.2.2). After a failure, a copy counts as a
   * new attempt.
   */
  isMerged(request: SipRequest, key: string): boolean {
    const merge = mergeKey(request)
    const server = this.#machines.get(key)
    if (merge === undefined || !server) return false
    const first = this.#machines.get(this.#unmerged.get(merge) ?? '')
    if (first && (first.finalStatus ?? 0) < 300) return true
    this.#unmerged.set(merge, server.key)
    server.mergeKey = merge
    return false
  }

  clear(): void {
    this.#machines.clear()
    this.#unmerged.clear()
  }

  #forget(key: string): void {
    const merge = this.#machines.get(key)?.mergeKey
    if (merge !== undefined && this.#unmerged.get(merge) === key) this.#unmerged.delete(merge)
    this.#machines.delete(key)
  }
}
