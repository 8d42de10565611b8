import { fault, ok, type Result } from '../../foundation/result.js'
import type { Instant } from '../../foundation/time.js'
import { agentUri, type AgentUri } from '../../routing/world/ids.js'
import type { Publication, PublicationTaker } from '../../signaling/port.js'
import type { PresenceBoard } from '../board.js'
import { readDialogs } from '../documents/dialog-info.js'
import { readPidf } from '../documents/pidf.js'
import type { Said, Statements } from './statements.js'

/** The presence source `publish`: states that agents' phones and PBXs send us (RFC 3903), one publication per phone. */
export class PublishPresence implements PublicationTaker {
  readonly #agents = new Map<string, AgentUri>()

  constructor(
    private readonly board: Pick<PresenceBoard, 'refusal'>,
    private readonly statements: Statements,
  ) {}

  /** Whether the config lets this source speak for the agent. */
  knows(entity: string): boolean {
    const agent = agentUri(entity)
    return agent.ok && this.board.refusal(agent.value, 'publish') === undefined
  }

  published({ key, entity, event, document, until }: Publication): Result<undefined> {
    const agent = agentUri(entity)
    const said = event === 'presence' ? presenceIn(document) : dialogsIn(document)
    if (!agent.ok) return fault(agent.fault)
    if (!said.ok) return said
    this.#agents.set(key, agent.value)
    this.statements.say(agent.value, key, said.value, until)
    return ok(undefined)
  }

  refreshed(key: string, until: Instant): void {
    const agent = this.#agents.get(key)
    if (agent !== undefined) this.statements.extend(agent, key, until)
  }

  withdrawn(key: string): void {
    const agent = this.#agents.get(key)
    if (agent !== undefined) this.statements.drop(agent, key)
    this.#agents.delete(key)
  }
}

function presenceIn(document: string): Result<Said> {
  const read = readPidf(document)
  return read.ok ? ok({ kind: 'presence', word: read.value }) : read
}

function dialogsIn(document: string): Result<Said> {
  const read = readDialogs(document)
  return read.ok ? ok({ kind: 'dialogs', calls: read.value }) : read
}
