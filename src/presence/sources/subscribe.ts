import type { AgentUri } from '../../routing/world/ids.js'
import type { WatchEvent, WatchNews } from '../../signaling/port.js'
import { DialogStates } from '../documents/dialog-info.js'
import { readPidf } from '../documents/pidf.js'
import type { WatchedAgents } from '../watch.js'
import type { Statements } from './statements.js'

/** The presence source `subscribe`: what notifiers say about agents (RFC 3856, RFC 4235). */
export class SubscribePresence implements WatchedAgents {
  /** For each agent, the dialogs that the current subscription has reported. */
  readonly #dialogs = new Map<AgentUri, DialogStates>()

  /** `unreadable` is called for documents that can't be used. The previous state holds until it expires. */
  constructor(
    private readonly statements: Statements,
    private readonly unreadable: (agent: AgentUri, why: string) => void,
  ) {}

  begun(agent: AgentUri, event: WatchEvent): void {
    if (event === 'dialog') this.#dialogs.set(agent, new DialogStates())
  }

  notified(agent: AgentUri, event: WatchEvent, { document, until, pending }: WatchNews): 'complete' | 'incomplete' {
    // A notifier that may not reveal the state yet sends no real state (RFC 3856 §6.6.2).
    if (pending) return 'complete'
    // RFC 6665 §4.1.3 allows a NOTIFY without a body if there is no state to send.
    if (document === undefined) this.statements.drop(agent, event)
    else if (event === 'presence') this.#presence(agent, document, until)
    else return this.#dialog(agent, document, until)
    return 'complete'
  }

  denied(agent: AgentUri, event: WatchEvent): void {
    this.statements.drop(agent, event)
  }

  left(agent: AgentUri, event: WatchEvent): void {
    this.statements.drop(agent, event)
    if (event === 'dialog') this.#dialogs.delete(agent)
  }

  #presence(agent: AgentUri, document: string, until: WatchNews['until']): void {
    const read = readPidf(document)
    if (read.ok) this.statements.say(agent, 'presence', { kind: 'presence', word: read.value }, until)
    else this.unreadable(agent, read.fault)
  }

  #dialog(agent: AgentUri, document: string, until: WatchNews['until']): 'complete' | 'incomplete' {
    const states = this.#dialogs.get(agent)
    const taken = states?.take(document)
    if (!states || !taken) return 'complete'
    if (!taken.ok) this.unreadable(agent, taken.fault)
    // The content is old, but the subscription was refreshed.
    else if (taken.value === 'stale') this.statements.extend(agent, 'dialog', until)
    else this.statements.say(agent, 'dialog', { kind: 'dialogs', calls: states.calls }, until)
    return taken.ok && taken.value === 'incomplete' ? 'incomplete' : 'complete'
  }
}
