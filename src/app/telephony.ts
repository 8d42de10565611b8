import { performance } from 'node:perf_hooks'
import { AgentKeeper } from '../calls/agent-keeper.js'
import { Calls } from '../calls/calls.js'
import { comeBack } from '../calls/drain.js'
import { journalReader } from '../calls/journal.js'
import { keepReader } from '../calls/keep.js'
import type { Settings } from '../config/settings.js'
import { systemClock as clock } from '../foundation/clock.js'
import type { LogArea } from '../foundation/log.js'
import { openMedia, type MediaEngine } from '../media/engine.js'
import { createLogReader } from '../observability/log-reader.js'
import type { Logger } from '../observability/logger.js'
import type { Metrics } from '../observability/metrics.js'
import { callId } from '../routing/world/ids.js'
import type { World } from '../routing/index.js'
import { Overload } from '../sip/index.js'
import { callerLimits } from '../signaling/caller-shares.js'
import { EmbeddedSignaling } from '../signaling/embedded.js'
import type { KeptState } from '../store/port.js'
import type { Observers } from './observers.js'
import type { Part } from './parts.js'
import { sipLimits } from './places.js'
import { Presence } from './presence.js'
import { pooledRandom } from './random.js'
import { watchRest } from './rest.js'
import type { Leadership } from './standby.js'
import type { Storage } from './storage.js'
import { version } from './version.js'

interface TelephonyOptions {
  /** Absent: this server is alone. */
  readonly leadership?: Pick<Leadership, 'node' | 'sounds'>
  readonly world: World
  /** The settings in force. */
  readonly settings: () => Settings
  readonly storage: Storage
  readonly logger: Logger
  readonly observers: Observers
  readonly metrics: Metrics
  /** Whether new calls would use memory that the calls in progress need. */
  readonly isMemoryLow: () => boolean
}

/** The parts that calls need: SIP, media, presence, and the calls themselves. */
export class Telephony {
  readonly signaling: EmbeddedSignaling
  readonly media: MediaEngine
  readonly presence: Presence
  readonly calls: Calls
  readonly overload: Overload
  readonly #agentKeeper: AgentKeeper
  /** The SIP addresses. None before we listen. */
  #listening: readonly string[] = []
  #hasSuccessor = false

  constructor(private readonly options: TelephonyOptions) {
    const { world, storage } = options
    this.media = this.#openMedia()
    this.overload = this.#openOverload()
    this.signaling = this.#openSignaling()
    this.presence = this.#openPresence()
    const save: typeof storage.store.saveAgent = (agent, state) => storage.store.saveAgent(agent, state)
    this.#agentKeeper = new AgentKeeper({ world, clock, save })
    this.calls = this.#openCalls()
  }

  get listening(): readonly string[] {
    return this.#listening
  }

  /** In the order of their start. Before calls can arrive, the calls and agents of the previous process are restored. */
  parts(kept: () => KeptState): readonly Part[] {
    const { calls, media, presence, signaling } = this
    let restored: KeptState
    return [
      {
        start: () => {
          restored = kept()
          calls.engine.post({ kind: 'agentsRestored', agents: this.#agentKeeper.restored(restored.agents, restored.wroteAt) })
          presence.announce(restored.choices)
        },
        stop: () => this.#agentKeeper.stop(),
      },
      {
        start: async () => {
          this.#keepRecordings(this.options.settings())
          await media.start()
          await media.prepare(this.options.settings().media)
        },
        stop: () => media.stop(),
      },
      {
        start: async () => {
          for (const { address, state } of restored.registrations) signaling.restorePhones(address, state)
          calls.recover(restored.liveCalls, restored.wroteAt)
          this.#listening = await signaling.start()
        },
        stop: () => signaling.stop(),
      },
      {
        start: () => calls.goOn(),
        stop: () => {
          if (!this.#hasSuccessor) signaling.handOver(comeBack)
          calls.stop()
        },
      },
      { start: () => presence.start(), stop: () => presence.stop() },
    ]
  }

  /** Applies new settings. Routing must know the agents before presence does. */
  apply(settings: Settings): void {
    this.signaling.secure(settings.sip.tls ?? {})
    this.signaling.trust(settings.sip.trustedPeers)
    this.signaling.allowOrigins(settings.sip.origins)
    this.#keepRecordings(settings)
    this.calls.replaceSettings(settings)
    this.presence.replaceSettings(settings.presence)
    this.signaling.replaceAccounts(settings.registration)
  }

  /** Another node answers all requests that this one does not answer any more. */
  handOver(): void {
    this.#hasSuccessor = true
    this.signaling.handOver('silent')
  }

  /** Accepts no new calls from now on. Resolves when all calls are over. */
  async drain(): Promise<void> {
    this.signaling.leave(comeBack)
    await this.calls.drain()
  }

  #keepRecordings({ recordings, calls }: Settings): void {
    this.media.keepRecordings(
      recordings,
      calls.workflows.some(({ recorded }) => recorded !== undefined),
    )
  }

  #given(area: LogArea) {
    return { clock, log: this.options.logger.area(area), random: pooledRandom }
  }

  #openMedia(): MediaEngine {
    const { media, sip, recordings } = this.options.settings()
    const { sounds } = this.options.leadership ?? {}
    return openMedia({
      ...(sounds && { sounds }),
      ...{ ...this.#given('media'), settings: media, sip, trusts: address => this.signaling.trusts(address) },
      recording: { folder: recordings.folder, failed: call => this.calls.recordingFailed(callId(call)) },
    })
  }

  #openSignaling(): EmbeddedSignaling {
    const { observers, settings, storage } = this.options
    const { sip, registration } = settings()
    const { gateways } = this.media
    const { markKey, store } = storage
    return new EmbeddedSignaling({
      ...{ ...this.#given('sip'), sip, isBehind: watchRest(clock), limits: sipLimits() },
      phones: {
        ...{ registration, ...(gateways && { gateways }), ...(markKey && { markKey }) },
        keep: (agent, state) => store.saveRegistrations(agent, state),
      },
      calls: {
        ...{ refused: () => this.#refusesCalls(), overload: this.overload },
        limits: () => callerLimits(settings().sip),
        legNamed: (call, sipCallId) => observers.legs.add(call, sipCallId),
      },
    })
  }

  #openOverload(): Overload {
    const { settings, logger } = this.options
    return new Overload({
      ...{ clock, log: logger.area('sip'), secret: pooledRandom(4).reduce((sum, byte) => sum * 256 + byte, 0) },
      refuses: () => settings().sip.overload.refuse,
      rested: () => performance.eventLoopUtilization().idle,
    })
  }

  /** Why new calls are refused now, also those of trusted peers: calls in progress need the memory and the processor. */
  #refusesCalls(): 'maxCalls' | 'memory' | undefined {
    if (this.options.isMemoryLow()) return 'memory'
    return this.calls.size >= this.options.settings().sip.maxCalls ? 'maxCalls' : undefined
  }

  #openPresence(): Presence {
    const { metrics, settings, storage } = this.options
    return new Presence({
      ...{ ...this.#given('presence'), settings: settings().presence, signaling: this.signaling },
      changed: (agent, presence) => this.calls.engine.post({ kind: 'presenceChanged', agent, presence }),
      count: (source, result) => metrics.presenceEvent(source, result),
      keep: (agent, state) => storage.store.saveChoice(agent, state),
    })
  }

  #openCalls(): Calls {
    const { logger, metrics, observers, settings, storage, world } = this.options
    const { callers, pasts, recordReader, views, violations, webhooks } = observers
    const { journal, store } = storage
    return new Calls({
      ...{ ...this.#given('calls'), world, settings: settings().calls },
      ports: { signaling: this.signaling, media: this.media.media },
      listeners: {
        callerNews: (call, news) => callers.hear(call, news),
        violated: rule => violations.set(rule, (violations.get(rule) ?? 0) + 1),
        readers: [
          ...[
            metrics.reader,
            views.reader,
            webhooks.reader,
            recordReader,
            createLogReader(logger.area('calls')),
            keepReader(store, clock),
          ],
          ...[
            this.#agentKeeper.reader,
            ...this.presence.readers,
            journalReader(journal, world, version, this.options.leadership?.node),
          ],
        ],
      },
      keeping: { store, pasts, areOurs: () => storage.areOurs() },
    })
  }
}
