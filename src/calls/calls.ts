import type { CallSettings } from '../config/call-settings.js'
import type { WallTime } from '../foundation/time.js'
import type { Settings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import {
  agentsAbreast,
  agentView,
  callOutRefusal,
  callView,
  keptCall,
  mayTakeOver,
  offerView,
  pickRefusal,
  queuePosition,
  type AgentUri,
  type CallId,
  type Event,
  type GroupName,
  type OfferId,
  type World,
} from '../routing/index.js'
import type { KeptLiveCall, LiveCallStore } from '../store/port.js'
import { Audit } from './audit.js'
import type { CallPorts } from './live/context.js'
import { Directory } from './directory.js'
import { Engine } from './engine.js'
import { LiveCalls } from './live-calls.js'
import { LiveKeeper } from './live-keeper.js'
import type { SupervisingPerson } from './live/supervisor.js'
import type { WantedRecording } from './live/recording.js'
import type { LiveState } from './live/stored.js'
import { perform } from './perform.js'
import { Recovery } from './recover.js'
import type { ToggledSignIn } from './sign-in-calls.js'
import type { CallerReader, CallPasts, StepReader, SupervisionMode } from './step.js'
import { CoreTimers } from './timers.js'

/** Who is told what happens to calls. */
interface CallsListeners {
  readonly readers: readonly StepReader[]
  /** Called when something happens to a caller's INVITE. */
  readonly callerNews?: CallerReader
  /** Counts a broken rule by its name. */
  readonly violated: (rule: string) => void
}

interface CallsOptions {
  readonly ports: CallPorts
  readonly world: World
  readonly settings: CallSettings
  readonly clock: Clock
  readonly log: Log
  /** Random bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array
  readonly listeners: CallsListeners
  /** The store for calls in progress, with the readers' knowledge about them. Absent: calls are not stored. */
  readonly keeping?: CallKeeping
}

interface CallKeeping {
  readonly store: LiveCallStore
  readonly pasts: CallPasts
  /** Whether the calls are still this process's, and not another node's. Absent: always. */
  readonly areOurs?: () => boolean
}

/** The result of a requested change. `isAsBefore`: nothing had to change. */
export type ChangeOutcome =
  { readonly kind: 'done'; readonly isAsBefore?: true } | { readonly kind: 'unknown' | 'refused'; readonly because: string }

const done: ChangeOutcome = { kind: 'done' }

/** The calls, for the rest of the server. Events enter through `engine`, requests of people through the methods. */
export class Calls {
  readonly engine: Engine
  readonly #live: LiveCalls
  readonly #timers: CoreTimers
  readonly #audit: Audit
  /** Undefined: the store keeps no calls. */
  readonly #keeper: LiveKeeper | undefined
  readonly #recovery: Recovery | undefined

  constructor(private readonly options: CallsOptions) {
    const { ports, world, settings, clock, log, random, listeners, keeping } = options
    const { readers, violated, callerNews = () => undefined } = listeners
    this.#keeper = this.#makeKeeper()
    this.#timers = new CoreTimers(clock, timer => this.engine.post({ kind: 'timerFired', timer }))
    this.engine = new Engine({
      world,
      clock,
      log,
      readers: this.#keeper ? [...readers, this.#keeper.reader] : readers,
      perform: effect => perform(effect, this.#live, this.#timers),
      broken: (event, call) => this.#broken(event, call),
      mayDecide: keeping?.areOurs,
    })
    this.#live = new LiveCalls({
      ...{ ports, clock, log, random },
      directory: new Directory(settings),
      core: {
        post: happening => this.engine.post(happening),
        position: call => queuePosition(world, call),
        abreast: group => agentsAbreast(world, group),
        view: call => callView(world, call),
        callOutRefusal: (agent, groups) => callOutRefusal(world, agent, groups),
        toggleSignIn: (agent, group) => this.#toggleSignIn(agent, group),
        mayTakeOver: (call, agent) => mayTakeOver(world, call, agent),
      },
      listener: { callerNews, changed: call => this.#keeper?.changed(call) },
    })
    this.#recovery =
      keeping &&
      new Recovery({
        clock,
        log,
        pasts: keeping.pasts,
        calls: this.#live,
        post: happening => this.engine.post(happening),
        forget: call => keeping.store.deleteLiveCall(call),
      })
    this.#audit = new Audit({ engine: this.engine, calls: this.#live, clock, log, violated })
    this.#audit.start()
  }

  /** The number of calls in progress. */
  get size(): number {
    return this.#live.size
  }

  /** Applies new settings at once. Offers of agents who are no longer eligible are withdrawn. Connected and forwarded calls continue. */
  replaceSettings(settings: Settings): void {
    this.#live.replaceDirectory(new Directory(settings.calls))
    this.engine.post({ kind: 'configReplaced', settings: settings.routing })
  }

  signIn(agent: AgentUri, group: GroupName): ChangeOutcome {
    return this.#signing('signedIn', agent, group)
  }

  signOut(agent: AgentUri, group: GroupName): ChangeOutcome {
    return this.#signing('signedOut', agent, group)
  }

  /** The agent ends their wrap-up. */
  endWrapUp(agent: AgentUri): ChangeOutcome {
    const view = agentView(this.engine.world, agent)
    if (!view) return { kind: 'unknown', because: `${agent} is not an agent of this config` }
    if (view.wrapUpUntil === undefined) return { kind: 'refused', because: `${agent} is not in wrap-up` }
    this.engine.post({ kind: 'agentReleased', agent })
    return done
  }

  /** The agent is back after an automatic pause. */
  resume(agent: AgentUri): ChangeOutcome {
    const view = agentView(this.engine.world, agent)
    if (!view) return { kind: 'unknown', because: `${agent} is not an agent of this config` }
    if (view.pausedSince === undefined) return { kind: 'refused', because: `${agent} is not paused` }
    this.engine.post({ kind: 'agentResumed', agent })
    return done
  }

  /** The agent declines a ringing offer on the console, without a SIP answer. */
  decline(offer: OfferId): ChangeOutcome {
    if (offerView(this.engine.world, offer)?.state !== 'ringing')
      return { kind: 'unknown', because: `${offer} does not ring now` }
    this.engine.post({ kind: 'offerDeclined', offer })
    return done
  }

  /** The attendant picks a waiting call out of order. It rings at their desk. */
  pick(call: CallId, agent: AgentUri): ChangeOutcome {
    const refusal = pickRefusal(this.engine.world, call, agent)
    if (refusal !== undefined) return { kind: 'refused', because: `${call}: ${refusal}` }
    this.engine.post({ kind: 'callPicked', call, agent })
    return done
  }

  /** The agent calls a colleague or a number to talk first, and the other side of the call waits. */
  consult(agent: AgentUri, call: CallId, to: string): ChangeOutcome {
    if (!this.#live.has(call)) return { kind: 'unknown', because: `there is no call '${call}' in progress` }
    const because = this.#live.consult(agent, call, to)
    return because === undefined ? done : { kind: 'refused', because: `${call}: ${because}` }
  }

  /** The target of the agent's consultation takes the place of the agent. */
  completeConsultation(agent: AgentUri, call: CallId): ChangeOutcome {
    if (this.#live.get(call)?.join(agent) === true) return done
    return { kind: 'refused', because: `${agent} talks to nobody who can take over the call` }
  }

  /** Starts, pauses, resumes or stops the recording of a call in progress. */
  setRecording(call: CallId, wanted: WantedRecording, isSupervisor: boolean): ChangeOutcome {
    const live = this.#live.get(call)
    if (!live) return { kind: 'unknown', because: `there is no call ${call} in progress` }
    const outcome = live.recording.ask(wanted, isSupervisor)
    if ('because' in outcome) return { kind: 'refused', because: outcome.because }
    return outcome.changed ? done : { kind: 'done', isAsBefore: true }
  }

  /** Somebody begins to listen to a talk, or changes who hears them. */
  supervise(call: CallId, who: SupervisingPerson, mode: SupervisionMode): ChangeOutcome {
    const live = this.#live.get(call)
    if (!live) return { kind: 'unknown', because: `there is no call ${call} in progress` }
    const because = this.#live.supervisors.supervise(live, who, mode)
    return because === undefined ? done : { kind: 'refused', because: `${call}: ${because}` }
  }

  /** Somebody no longer listens to a talk. */
  stopSupervising(call: CallId, agent: AgentUri): ChangeOutcome {
    const live = this.#live.get(call)
    if (!live) return { kind: 'unknown', because: `there is no call ${call} in progress` }
    return this.#live.supervisors.stop(live, agent) ? done : { kind: 'done', isAsBefore: true }
  }

  /** The recording of this call failed. */
  recordingFailed(call: CallId): void {
    this.#live.get(call)?.recording.failed()
  }

  /** The agent takes back a transfer that is not complete: that of this call, or of any call if `call` is absent. */
  takeBack(agent: AgentUri, call?: CallId): ChangeOutcome {
    if (this.#live.takeBack(agent, call)) return done
    return { kind: 'refused', because: `${agent} has no transfer whose target still rings` }
  }

  /** Restores the calls of the previous process, before requests can arrive. `wroteAt`: when it wrote last, if that is known. */
  recover(kept: readonly KeptLiveCall[], wroteAt: WallTime | undefined): void {
    this.#recovery?.begin(kept, wroteAt)
  }

  /** Continues the waiting calls, once requests can be sent. */
  goOn(): void {
    this.#recovery?.goOn()
  }

  /** Accepts no new call. Resolves when the last call is over, but does not wait long for silent callers (see `Drain`). */
  drain(): Promise<void> {
    return this.#live.drain()
  }

  /**
   * Leaves the remaining calls to the next process if the store keeps them. Otherwise ends them, so that each call is counted. Stops all
   * timers.
   */
  stop(): void {
    this.#audit.stop()
    this.#recovery?.stop()
    this.#live.stopSignIns()
    for (const call of [...this.#live.all()]) {
      // Before the call is kept, so that its record names them.
      call.supervision.end()
      if (this.#keeper?.keep(call.id) === true) call.letGo()
      else {
        call.leave()
        this.engine.post({ kind: 'callEnded', call: call.id, cause: 'failed' })
      }
    }
    this.#keeper?.stop()
    this.#timers.stopAll()
  }

  #makeKeeper(): LiveKeeper | undefined {
    const { keeping, clock, world } = this.options
    if (keeping?.store.keepsLiveCalls !== true) return undefined
    const { store, pasts } = keeping
    const state = (call: CallId): LiveState | undefined => this.#live.stateOf(call, keptCall(world, call), pasts.of(call))
    return new LiveKeeper({ store, clock, calls: () => world.calls.keys(), state })
  }

  #signing(kind: 'signedIn' | 'signedOut', agent: AgentUri, group: GroupName): ChangeOutcome {
    const groups = agentView(this.engine.world, agent)?.groups ?? []
    const membership = groups.find(({ name }) => name === group)
    if (!membership) {
      const theirs = groups.length === 0 ? 'none' : groups.map(({ name }) => name).join(', ')
      return { kind: 'unknown', because: `there is no group '${group}' with the agent ${agent}; their groups: ${theirs}` }
    }
    if (membership.participationPolicy === 'informal')
      return { kind: 'refused', because: `'${group}' is an informal group: its agents need not sign in` }
    const isAsBefore = membership.signedIn === (kind === 'signedIn')
    this.engine.post({ kind, agent, group })
    return isAsBefore ? { kind: 'done', isAsBefore } : done
  }

  #toggleSignIn(agent: AgentUri, group: GroupName | undefined): ToggledSignIn {
    const formal = (agentView(this.engine.world, agent)?.groups ?? []).filter(
      ({ name, participationPolicy }) => participationPolicy === 'formal' && (group === undefined || name === group),
    )
    if (formal.length === 0)
      return { kind: 'refused', why: `${agent} is in no formal group${group === undefined ? '' : ` '${group}'`}` }
    const kind = formal.every(({ signedIn }) => signedIn) ? 'signedOut' : 'signedIn'
    for (const { name } of formal) this.engine.post({ kind, agent, group: name })
    return { kind }
  }

  /** After an internal error: the affected call and its leases end, and everything else continues. */
  #broken(event: Event, call: CallId | undefined): void {
    this.options.listeners.violated('our-bug')
    if (call === undefined) return
    // If the core fails while it ends a call, it is not asked again.
    if (event.kind === 'callEnded' && event.call === call) this.#live.get(call)?.reject('failed')
    else this.#fail(call)
  }

  /** Ends a call in core and shell, in any phase: the core frees its leases, and the legs get 500 or BYE. */
  #fail(call: CallId): void {
    this.engine.post({ kind: 'callEnded', call, cause: 'failed' })
    this.#live.get(call)?.reject('failed')
  }
}
