import type { CallEndCause, CallId, Effect, Event, OfferId, PromptId, TimerId } from '../../src/routing/index.js'
import { agentOf, Live, type EventAtNow } from '../unit/routing/build.js'
import type { Happening } from './random-world.js'

const causes: CallEndCause[] = ['callerHungUp', 'agentHungUp', 'forwardHungUp', 'failed']

/** One event and its effects. */
export interface Seen {
  readonly event: Event
  readonly effects: readonly Effect[]
}

/** A world that takes happenings and records every event with its effects. */
export class Driven extends Live {
  readonly seen: Seen[] = []
  /** The settings at the start. */
  readonly first = this.world.settings
  #calls = 0
  /** Offers that were made and may still send late answers. */
  readonly #everOffered: OfferId[] = []
  /** The prompt that each caller hears, if it ends by itself. */
  readonly #playing = new Map<CallId, PromptId>()

  override take(event: Event): readonly Effect[] {
    const effects = super.take(event)
    this.seen.push({ event, effects })
    for (const effect of effects) {
      if (effect.kind === 'offer') this.#everOffered.push(effect.offer)
      if (effect.kind === 'play') this.#playing.set(effect.call, effect.prompt)
      if (effect.kind === 'wait' || effect.kind === 'silence' || effect.kind === 'connect') this.#playing.delete(effect.call)
    }
    return effects
  }

  happen(happening: Happening): void {
    if (happening.kind === 'wait') this.after(happening.span)
    else {
      const event = this.#eventOf(happening)
      if (event) this.tell(event)
    }
  }

  #eventOf(happening: Exclude<Happening, { kind: 'wait' }>): EventAtNow | undefined {
    const { world } = this
    switch (happening.kind) {
      case 'arrive':
        this.#calls += 1
        return {
          kind: 'callArrived',
          call: `c${this.#calls}` as CallId,
          workflow: happening.workflow as never,
          hears: happening.hears,
          ...(happening.caller && { caller: agentOf(happening.caller) }),
        }
      case 'heard':
        return this.#heard(happening)
      case 'press': {
        const asked = [...world.calls.values()].filter(({ phase }) => phase.kind === 'asking')
        const call = picked(happening.pick % 8 === 0 || asked.length === 0 ? [...world.calls.values()] : asked, happening.pick)
        return call && { kind: 'digitPressed', call: call.id, digit: happening.digit }
      }
      case 'presence': {
        const agent = picked([...world.agents.keys()], happening.pick)
        return agent && { kind: 'presenceChanged', agent, presence: { state: happening.state, since: this.now, because: 'test' } }
      }
      case 'sign': {
        const agent = picked([...world.agents.values()], happening.pick)
        const group = picked([...world.groups.keys()], happening.group)
        return agent && group && { kind: happening.signedIn ? 'signedIn' : 'signedOut', agent: agent.settings.uri, group }
      }
      case 'release':
      case 'resume': {
        const agent = picked([...world.agents.keys()], happening.pick)
        return agent && { kind: happening.kind === 'release' ? 'agentReleased' : 'agentResumed', agent }
      }
      case 'picked': {
        const agent = picked([...world.agents.keys()], happening.pick)
        const call = picked([...world.calls.keys()], happening.call)
        return agent && call && { kind: 'callPicked', call, agent }
      }
      case 'offer':
        return this.#offerEvent(happening)
      case 'call':
        return this.#callEvent(happening)
      case 'refer':
        return this.#referEvent(happening)
      case 'stray':
        return this.#stray(happening.pick)
      case 'replace':
        return { kind: 'configReplaced', settings: happening.settings }
    }
  }

  #heard({ pick, late }: Extract<Happening, { kind: 'heard' }>): EventAtNow | undefined {
    const [call, prompt] = picked([...this.#playing], pick) ?? []
    if (!call || !prompt) return undefined
    if (late) return { kind: 'promptFinished', call, prompt: `${prompt} before` as PromptId }
    this.#playing.delete(call)
    return { kind: 'promptFinished', call, prompt }
  }

  #stray(pick: number): EventAtNow | undefined {
    const stray = picked(strays, pick)
    this.#calls += 1
    return stray?.kind === 'callArrived' ? { ...stray, call: `c${this.#calls}` as CallId } : stray
  }

  #offerEvent({ pick, what, code }: Extract<Happening, { kind: 'offer' }>): EventAtNow | undefined {
    // One in eight answers comes from an offer that may be over.
    const offer = pick % 8 === 0 ? picked(this.#everOffered, pick) : picked([...this.world.offers.keys()], pick)
    if (!offer) return undefined
    switch (what) {
      case 'accept':
        return { kind: 'offerAccepted', offer }
      case 'decline':
        return { kind: 'offerDeclined', offer }
      case 'refuse':
        return { kind: 'offerRefused', offer, code }
      case 'ringing':
        return { kind: 'offerRinging', offer }
    }
  }

  #referEvent({ pick, agent, by, how }: Extract<Happening, { kind: 'refer' }>): EventAtNow | undefined {
    const calls = [...this.world.calls.values()]
    const joined = calls.filter(({ phase }) => phase.kind === 'connected')
    const call = picked(joined.length > 0 && pick % 8 !== 0 ? joined : calls, pick)?.id
    // One in eight targets is no agent.
    const target = agent % 8 === 0 ? undefined : picked([...this.world.agents.keys()], agent)
    if (!call) return undefined
    const named = { asker: 'sip:asker@example.com', to: target ?? 'sip:stranger@example.com' }
    return { kind: 'transferBegan', call, by, how, ...named, ...(target && { agent: target }) }
  }

  #callEvent({ pick, what, cause }: Extract<Happening, { kind: 'call' }>): EventAtNow | undefined {
    const calls = [...this.world.calls.values()]
    // Most joins concern calls that can be joined, and most transfers calls that were joined.
    const phases = what.startsWith('join') ? ['joining', 'forwarding'] : what === 'transferred' ? ['connected'] : []
    const ends = what === 'consulted' || what === 'through' || what === 'transferFailed'
    const likely = calls.filter(({ phase, transfer }) => (ends ? transfer !== undefined : phases.includes(phase.kind)))
    const call = picked(likely.length > 0 && pick % 8 !== 0 ? likely : calls, pick)?.id
    if (!call) return undefined
    switch (what) {
      case 'joined':
        return { kind: 'callJoined', call }
      case 'joinFailed':
        return { kind: 'joinFailed', call, code: 500 }
      case 'forwardFailed':
        return { kind: 'forwardFailed', call, code: 486 }
      case 'abandon':
        return { kind: 'callAbandoned', call, ...(cause % 3 === 0 && { because: 'noMedia' }) }
      case 'transferred':
        return { kind: 'callTransferred', call, by: cause % 2 === 0 ? 'agent' : 'caller' }
      case 'consulted':
        return { kind: 'consultAnswered', call }
      case 'through':
        return { kind: 'transferThrough', call }
      case 'transferFailed':
        return { kind: 'transferFailed', call, code: 486 }
      case 'end':
        return { kind: 'callEnded', call, cause: picked(causes, cause) ?? 'failed' }
    }
  }
}

export function picked<T>(from: readonly T[], pick: number): T | undefined {
  return from[pick % Math.max(1, from.length)]
}

/** Events that name calls, agents and queues that do not exist. */
export const strays: EventAtNow[] = [
  { kind: 'callArrived', call: 'stray' as CallId, workflow: 'nowhere' as never },
  { kind: 'callAbandoned', call: 'nobody' as CallId },
  { kind: 'callJoined', call: 'nobody' as CallId },
  { kind: 'joinFailed', call: 'nobody' as CallId, code: 500 },
  { kind: 'forwardFailed', call: 'nobody' as CallId, code: 500 },
  { kind: 'callEnded', call: 'nobody' as CallId, cause: 'callerHungUp' },
  { kind: 'callTransferred', call: 'nobody' as CallId, by: 'agent' },
  { kind: 'transferBegan', call: 'nobody' as CallId, by: 'agent', how: 'refer', asker: 'sip:a@b.c', to: 'sip:b@b.c' },
  { kind: 'transferRefused', call: 'nobody' as CallId, by: 'caller', asker: 'sip:a@b.c', to: 'sip:b@b.c' },
  { kind: 'consultAnswered', call: 'nobody' as CallId },
  { kind: 'transferThrough', call: 'nobody' as CallId },
  { kind: 'transferFailed', call: 'nobody' as CallId, code: 486 },
  { kind: 'promptFinished', call: 'nobody' as CallId, prompt: 'a' as PromptId },
  { kind: 'digitPressed', call: 'nobody' as CallId, digit: '1' },
  { kind: 'offerRinging', offer: 'nobody.1' as OfferId },
  { kind: 'offerAccepted', offer: 'nobody.1' as OfferId },
  { kind: 'offerAccepted', offer: 'strange' as OfferId },
  { kind: 'offerRefused', offer: 'nobody.1' as OfferId, code: 486 },
  { kind: 'offerDeclined', offer: 'nobody.1' as OfferId },
  { kind: 'timerFired', timer: 9_999_999 as TimerId },
  { kind: 'agentReleased', agent: 'sip:stranger@example.com' as never },
  { kind: 'agentResumed', agent: 'sip:stranger@example.com' as never },
  { kind: 'signedIn', agent: 'sip:stranger@example.com' as never, group: 'g1' as never },
  { kind: 'signedOut', agent: 'sip:stranger@example.com' as never, group: 'g1' as never },
  {
    kind: 'presenceChanged',
    agent: 'sip:stranger@example.com' as never,
    presence: { state: 'available', since: 0 as never, because: 'test' },
  },
]
