import type { SupervisionSettings } from '../config/call-settings.js'
import type { Log } from '../foundation/log.js'
import type { AgentUri, CallId } from '../routing/index.js'
import type { LiveCall } from './live/call.js'
import type { SupervisorWay } from './live/supervision.js'
import type { SupervisingPerson } from './live/supervisor.js'
import type { SupervisionMode } from './step.js'

interface SupervisorsOptions {
  readonly log: Log
  readonly settings: () => SupervisionSettings
  /** How the phone of this agent is reached. */
  readonly way: (agent: AgentUri) => SupervisorWay
}

/** Who supervises which call. A person hears one call at a time. */
export class Supervisors {
  readonly #calls = new Map<AgentUri, CallId>()

  constructor(private readonly options: SupervisorsOptions) {}

  get size(): number {
    return this.#calls.size
  }

  /** Begins to listen, or changes who hears the supervisor. Returns why it is refused. */
  supervise(call: LiveCall, who: SupervisingPerson, mode: SupervisionMode): string | undefined {
    const before = this.#calls.get(who.agent)
    if (before === call.id) return this.#change(call, who, mode)
    if (before !== undefined) return `${who.agent} listens to the call ${before} already`
    const { most, perCall } = this.options.settings()
    if (call.supervision.size >= perCall) return `it has ${perCall} supervisors already (supervision.perCall)`
    if (this.#calls.size >= most) return `${most} people supervise calls already (supervision.most)`
    this.#calls.set(who.agent, call.id)
    const refusal = call.supervision.begin(who, mode, this.options.way(who.agent))
    if (refusal !== undefined) this.left(who.agent)
    else this.#tell(call, who, mode)
    return refusal
  }

  /** False: this person does not supervise that call. */
  stop(call: LiveCall, agent: AgentUri): boolean {
    return call.supervision.leave(agent)
  }

  left(agent: AgentUri): void {
    this.#calls.delete(agent)
  }

  #change(call: LiveCall, who: SupervisingPerson, mode: SupervisionMode): string | undefined {
    if (!call.supervision.change(who.agent, mode)) return 'you do not listen to it'
    this.#tell(call, who, mode)
    return undefined
  }

  #tell({ id }: LiveCall, { name, agent }: SupervisingPerson, mode: SupervisionMode): void {
    this.options.log.info?.(`${name} ${inWords[mode]} the call`, { event: 'call.supervised', callId: id, agent, mode })
  }
}

const inWords = { listen: 'listens to', whisper: 'whispers to the agent of', barge: 'barges in on' } as const
