import type { Target } from '../../legs/invitation.js'
import type { Media } from '../../media/port.js'
import type { AgentUri } from '../../routing/index.js'
import { phoneIsHeardWithin } from '../offers.js'
import type { SupervisionMode } from '../step.js'
import type { Live } from './phases.js'
import { Supervisor, type SupervisingPerson } from './supervisor.js'

/** How a supervisor's phone is reached. */
export interface SupervisorWay {
  readonly media: Media
  readonly target: Target
}

/** The talk that a supervisor wants to hear. */
type Heard = { readonly agent: AgentUri } | { readonly because: string }

/** An INVITE for a person who asked for it: a phone may answer at once (RFC 5373 §4.1; the others are older habits of phones). */
const answerAtOnce = [
  ['Answer-Mode', 'Auto'],
  ['Alert-Info', '<http://localhost>;info=alert-autoanswer;delay=0'],
] as const

/** The supervisors of one call. Each has a leg of their own, whose end never changes the talk. */
export class Supervision {
  readonly #present = new Set<Supervisor>()

  constructor(
    private readonly live: Live,
    /** Somebody has left. */
    private readonly left: (agent: AgentUri) => void,
  ) {}

  get size(): number {
    return this.#present.size
  }

  /** Rings the phone of somebody who may listen. Returns why it is refused. */
  begin(who: SupervisingPerson, mode: SupervisionMode, { media, target }: SupervisorWay): string | undefined {
    const heard = this.#heard(who.agent)
    if ('because' in heard) return heard.because
    const { context, workflow, id } = this.live
    const supervisor: Supervisor = new Supervisor(who, mode, context.clock, {
      listens: () => this.#changed(),
      pressed: () => undefined,
      gone: status => this.#gone(supervisor, status),
    })
    this.#present.add(supervisor)
    const begun = supervisor.call(media, context.signaling, target, {
      call: id,
      from: { uri: heard.agent, displayName: workflow.displayName },
      to: { uri: who.agent },
      headers: [...answerAtOnce, ...context.directory.pageHeaders(id)],
      limits: { heardWithin: phoneIsHeardWithin },
    })
    if (begun) this.#changed()
    else this.#present.delete(supervisor)
    return begun ? undefined : 'no media port is free'
  }

  /** False: this person does not supervise the call. */
  change(agent: AgentUri, mode: SupervisionMode): boolean {
    const supervisor = this.#of(agent)
    if (!supervisor) return false
    if (supervisor.mode === mode) return true
    supervisor.become(mode)
    this.#changed()
    return true
  }

  /** False: this person does not supervise the call. */
  leave(agent: AgentUri): boolean {
    const supervisor = this.#of(agent)
    supervisor?.hangUp()
    return supervisor !== undefined
  }

  /** The talk is over, or somebody else takes part in it: those who listened were allowed to hear another talk. */
  end(): void {
    for (const supervisor of [...this.#present]) supervisor.hangUp()
  }

  #heard(supervisor: AgentUri): Heard {
    const { phase, participants } = this.live
    if (phase.kind !== 'talking') return { because: 'nobody talks in it, or it is being transferred' }
    const [caller, called] = phase.sides
    const { agent } = called.who
    if (agent === undefined) return { because: 'no agent has taken it' }
    if (agent === supervisor || caller.who.agent === supervisor) return { because: 'you talk in it' }
    if (!participants.anchor)
      return { because: `its media flow directly between the phones: set 'supervised: true' in the workflow '${this.#workflow}'` }
    if (!participants.anchor.mixes)
      return {
        because: `its codec is not G.711, which alone can be mixed: set 'supervised: true' in the workflow '${this.#workflow}'`,
      }
    return { agent }
  }

  get #workflow(): string {
    return this.live.workflow.name
  }

  #of(agent: AgentUri): Supervisor | undefined {
    return [...this.#present].find(({ who }) => who.agent === agent)
  }

  #changed(): void {
    const { participants, context, id } = this.live
    const present = [...this.#present]
    participants.anchor?.supervise(present.flatMap(supervisor => supervisor.heard() ?? []))
    context.listener.callerNews(id, { kind: 'supervisors', supervisors: present.map(supervisor => supervisor.shown()) })
  }

  #gone(supervisor: Supervisor, status: number | undefined): void {
    if (!this.#present.delete(supervisor)) return
    const { context, id } = this.live
    const { who, since, modes } = supervisor
    if (since === undefined) this.#tellUnreached(who, status)
    else {
      context.listener.callerNews(id, { kind: 'supervised', ...who, modes, from: since, to: context.clock.now() })
      context.log.info?.(`${who.name} no longer listens to the call`, { event: 'call.supervisionOver', callId: id, ...who })
    }
    this.#changed()
    this.left(who.agent)
  }

  #tellUnreached({ name, agent }: SupervisingPerson, status: number | undefined): void {
    const { context, id } = this.live
    const why = status === undefined ? 'it was stopped before an answer' : `${agent} answered ${status}`
    const told = { event: 'call.notSupervised', callId: id, agent, ...(status !== undefined && { status }) }
    context.log.info?.(`${name} does not listen to the call: ${why}`, told)
  }
}
