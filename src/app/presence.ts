import type { StepReader } from '../calls/step.js'
import type { PresenceSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Metrics } from '../observability/metrics.js'
import { PresenceBoard, type BoardOptions } from '../presence/board.js'
import { ChosenPresence, type ChoosingSource } from '../presence/sources/chosen.js'
import { ownCalls } from '../presence/sources/own-calls.js'
import { RegistrationPresence } from '../presence/sources/registration.js'
import { SipPresence } from '../presence/sources/sip-presence.js'
import type { EmbeddedSignaling } from '../signaling/embedded.js'
import type { KeptChoice, Store } from '../store/port.js'

interface PresenceOptions {
  readonly settings: PresenceSettings
  readonly clock: Clock
  readonly log: Log
  readonly signaling: EmbeddedSignaling
  readonly count: Metrics['presenceEvent']
  readonly changed: BoardOptions['changed']
  /** Called with what an agent chooses on the console, so that it survives a restart. */
  readonly keep: Store['saveChoice']
}

/** The presence board with all its sources. */
export class Presence {
  readonly board: PresenceBoard
  readonly chosen: Readonly<Record<ChoosingSource, ChosenPresence>>
  readonly #sip: SipPresence
  readonly #registered: RegistrationPresence
  #settings: PresenceSettings

  constructor({ settings, clock, log, signaling, count, changed, keep }: PresenceOptions) {
    this.#settings = settings
    this.board = new PresenceBoard({ settings, clock, changed, counted: count })
    this.chosen = {
      http: new ChosenPresence('http', this.board, clock),
      console: new ChosenPresence('console', this.board, clock, keep),
    }
    this.#sip = new SipPresence({
      settings,
      board: this.board,
      signaling,
      clock,
      unreadable: (agent, why) => {
        count('subscribe', 'unreadable')
        log.debug?.(`a presence document of ${agent} can't be read: ${why}`, { event: 'presence.unreadable', agent })
      },
    })
    this.#registered = new RegistrationPresence(this.board, clock)
    signaling.onRegistration((agent, phones) => this.#registered.registered(agent, phones))
  }

  /** The readers that follow our own calls. */
  get readers(): readonly StepReader[] {
    return [ownCalls(this.board), this.#sip.reader]
  }

  subscriptions(): ReturnType<SipPresence['subscriptions']> {
    return this.#sip.subscriptions()
  }

  /** Call it before the first call can arrive. `choices` are those of the previous process. */
  announce(choices: readonly KeptChoice[]): void {
    for (const { agent, state } of choices) this.chosen.console.restore(agent, state)
    this.board.announce()
    this.#registered.tellAll(this.#settings.agents.keys())
  }

  /** Starts to ask the PBX. Call it after the signaling has started. */
  start(): void {
    this.#sip.start()
  }

  /** Call it after routing has the new config, because routing must know the agents. */
  replaceSettings(settings: PresenceSettings): void {
    this.#settings = settings
    this.board.replaceSettings(settings)
    this.#sip.replaceSettings(settings)
    this.#registered.tellAll(settings.agents.keys())
  }

  stop(): void {
    this.#sip.stop()
    this.board.close()
  }
}
