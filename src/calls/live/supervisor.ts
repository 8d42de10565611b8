import type { Clock } from '../../foundation/clock.js'
import type { Instant } from '../../foundation/time.js'
import type { InviteOptions, Target } from '../../legs/invitation.js'
import type { AnsweredLeg, Leg } from '../../legs/leg.js'
import type { Digit, HeardBy, HeardSupervisor, Media, Stream } from '../../media/port.js'
import type { AgentUri } from '../../routing/index.js'
import type { Signaling } from '../../signaling/port.js'
import { answerInfo } from '../digits.js'
import { withdrawReasons } from '../reasons.js'
import { writtenBy } from '../shown-sdp.js'
import type { ShownSupervisor, SupervisionMode } from '../step.js'
import { Outgoing } from './outgoing.js'

/** A person who may listen to calls, and the agent whose phone they use. */
export interface SupervisingPerson {
  readonly name: string
  readonly agent: AgentUri
}

interface SupervisorListener {
  /** They listen now. */
  listens(): void
  pressed(digit: Digit): void
  /** Their leg is over. `status`: why their phone did not answer. */
  gone(status: number | undefined): void
}

const notUsable = { protocol: 'SIP', cause: 488, text: 'no media in common' } as const
const notAcceptable = 488

/** Who hears a supervisor, besides other supervisors. */
const heardBy: Readonly<Record<SupervisionMode, HeardBy>> = { listen: 'nobody', whisper: 'partner', barge: 'both' }

/** Somebody who listens to a call: their leg, and their stream of our media, in which the talk is mixed. */
export class Supervisor {
  readonly #outgoing = new Outgoing()
  #stream: Stream | undefined
  #leg: Leg | undefined
  /** When they began to listen. Undefined: their phone rings. */
  #since: Instant | undefined
  #isOver = false
  /** Every mode that they used, in order. */
  readonly modes: SupervisionMode[]

  constructor(
    readonly who: SupervisingPerson,
    public mode: SupervisionMode,
    private readonly clock: Clock,
    private readonly listener: SupervisorListener,
  ) {
    this.modes = [mode]
  }

  /** Rings their phones. False: no media port is free. */
  call(media: Media, signaling: Pick<Signaling, 'invite'>, target: Target, options: Omit<InviteOptions, 'body'>): boolean {
    const opened = this.#open(media)
    if (opened.kind !== 'opened') return false
    this.#stream = opened.stream
    this.#outgoing.send(
      signaling,
      target,
      // A browser's gateway must know that our own media wrote it (docs/decisions/059).
      { ...options, body: { ...opened.body, ours: true } },
      {
        answered: leg => this.#answered(leg),
        refused: ({ status }) => this.#end(status),
      },
    )
    return true
  }

  get since(): Instant | undefined {
    return this.#since
  }

  shown(): ShownSupervisor {
    const { who, mode } = this
    return { ...who, mode, ...(this.#since !== undefined && { since: this.#since }) }
  }

  /** For the relay. Undefined: they don't listen. */
  heard(): HeardSupervisor | undefined {
    if (!this.#stream || this.#since === undefined || this.#isOver) return undefined
    return { stream: this.#stream, heardBy: heardBy[this.mode] }
  }

  become(mode: SupervisionMode): void {
    this.mode = mode
    this.modes.push(mode)
  }

  hangUp(): void {
    if (this.#isOver) return
    if (this.#leg) this.#leg.hangUp(withdrawReasons.withdrawn)
    else this.#outgoing.cancel()
    this.#end(undefined)
  }

  #open(media: Media) {
    const lost = (): void => this.hangUp()
    return media.open(undefined, { finished: () => undefined, digit: digit => this.listener.pressed(digit), lost })
  }

  #answered(leg: AnsweredLeg): void {
    this.#leg = leg
    leg.acknowledge()
    this.#listen(leg)
    if (!leg.body || this.#stream?.accept(writtenBy(leg.body, leg)) !== true) {
      leg.hangUp(notUsable)
      return this.#end(notAcceptable)
    }
    this.#since = this.clock.now()
    this.listener.listens()
  }

  #listen(leg: Leg): void {
    leg.listen({
      renegotiation: request => {
        const body = this.#stream?.renegotiate(request.body && writtenBy(request.body, leg))
        if (!body) return request.reject(notAcceptable)
        request.accept({ ...body, ours: true }, answer => {
          if (answer) this.#stream?.accept(writtenBy(answer, leg))
        })
      },
      info: request => answerInfo(request),
      ended: () => this.#end(undefined),
    })
  }

  #end(status: number | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stream?.close()
    this.listener.gone(status)
  }
}
