import type { SipRequest } from '../message/message.js'
import type { Hop } from '../transport/transport.js'
import { InviteClient } from './invite-client.js'
import type { MachineContext } from './machine.js'
import { NonInviteClient } from './non-invite-client.js'
import { OnStreams } from './on-streams.js'
import type { ClientTransactionListener } from './user.js'

export type ClientMachine = InviteClient | NonInviteClient

/** The machines of our requests (RFC 3261 §17.1), by branch, because our branches are unique. */
export class ClientMachines {
  readonly #requests = new Map<string, ClientMachine>()
  /** A CANCEL has the branch of its INVITE, so CANCELs are kept separately. */
  readonly #cancels = new Map<string, NonInviteClient>()
  readonly #onStreams = new OnStreams<ClientMachine>()
  /** For all requests but CANCELs. */
  readonly context: MachineContext
  readonly #cancelContext: MachineContext

  constructor(contextWith: (forget: (branch: string) => void) => MachineContext) {
    this.context = contextWith(branch => this.#forget(this.#requests, branch))
    this.#cancelContext = contextWith(branch => this.#forget(this.#cancels, branch))
  }

  get size(): number {
    return this.#requests.size + this.#cancels.size
  }

  /** Responses with this branch find the new machine from now on. */
  make(request: SipRequest, branch: string, hop: Hop, listener: ClientTransactionListener): ClientMachine {
    if (request.method === 'CANCEL') {
      const cancel = new NonInviteClient(branch, this.#cancelContext, hop, listener)
      this.#cancels.set(branch, cancel)
      this.#onStreams.add(cancel, hop)
      return cancel
    }
    const machine =
      request.method === 'INVITE'
        ? new InviteClient(branch, this.context, hop, request, listener)
        : new NonInviteClient(branch, this.context, hop, listener)
    this.#requests.set(branch, machine)
    this.#onStreams.add(machine, hop)
    return machine
  }

  /** §17.1.3: the machine whose request a response with this branch and method answers. */
  find(branch: string, method: string): ClientMachine | undefined {
    const machine = method === 'CANCEL' ? this.#cancels.get(branch) : this.#requests.get(branch)
    return machine && machine instanceof InviteClient === (method === 'INVITE') ? machine : undefined
  }

  /** The connection is closed. Tells the machines whose requests were sent on it. */
  closed(source: Hop): void {
    this.#onStreams.closed(source)
  }

  clear(): void {
    this.#requests.clear()
    this.#cancels.clear()
    this.#onStreams.clear()
  }

  #forget(machines: Map<string, ClientMachine> | Map<string, NonInviteClient>, branch: string): void {
    const machine = machines.get(branch)
    if (machine) this.#onStreams.delete(machine, machine.hop)
    machines.delete(branch)
  }
}
