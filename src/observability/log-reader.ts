import type { StepReader } from '../calls/step.js'
import type { Log } from '../foundation/log.js'
import type { Event } from '../routing/world/events.js'
import type { CallEnd, OfferEnd, TransferOutcome } from '../routing/world/words.js'
import type { Fact, WorkflowStep } from '../routing/world/effects.js'
import type { CallId } from '../routing/world/ids.js'
import { stepWords } from './step-words.js'

type FactOf<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>

/** For each end that served a call worse than it should be, the reason. Undefined: the caller or the agent decided the end. */
const worse: Readonly<Record<CallEnd, string | undefined>> = {
  answered: undefined,
  abandoned: undefined,
  forwarded: undefined,
  inactive: undefined,
  closed: undefined,
  holiday: undefined,
  disconnected: undefined,
  unanswered: undefined,
  unheard: 'Carillon does not support its media',
  noMedia: 'no media came from the caller (no RTP, no RTCP)',
  forwardFailed: 'forwarding failed',
  timedOut: "its queue's time-out passed",
  overflowed: 'too many calls waited',
  noAgents: 'its queue had no agents',
  looped: 'it passed through ten queues',
  unconfigured: 'its workflow or queue was removed from the config',
  failed: "the talk could not begin, because the caller's answer could not be used, or after an internal error",
}

const transferEnds: Readonly<Record<TransferOutcome, string>> = {
  through: 'the target of the transfer talks',
  failed: 'the transfer failed: the target did not answer',
  busy: 'the transfer is refused: the agent has another call',
  takenBack: 'the agent takes the transfer back and keeps the call',
  refused: 'the transfer is refused: transfers.allow does not include the target, or this party may not transfer',
}

const offerEndWords: Readonly<Record<Exclude<OfferEnd, 'noResponse' | 'unreachable'>, (agent: string) => string>> = {
  answered: agent => `${agent} answered`,
  declined: agent => `${agent} declined`,
  missed: agent => `${agent} did not answer: stopped ringing`,
  withdrawn: agent => `stopped ringing ${agent}`,
  lostRace: agent => `another agent answered first: stopped ringing ${agent}`,
}

const stepEvents: Readonly<Record<Exclude<WorkflowStep['kind'], 'gaveUp' | 'forwardFailed'>, string>> = {
  welcomed: 'call.welcomed',
  toldOfRecording: 'call.toldOfRecording',
  agreedToRecording: 'call.agreedToRecording',
  asked: 'call.asked',
  notAnswered: 'call.notAnswered',
  forwarding: 'call.forwarding',
}

/** Writes each call's story to the log: five to eight lines at level info, with the same fields everywhere (docs/style.md §4). */
export function createLogReader(log: Log): StepReader {
  const reader = new CallLines(log)
  return step => {
    readEvent(log, step.event)
    for (const fact of step.facts) {
      if (fact.kind === 'workflowStep') reader.step(fact)
      else reader.read(fact)
    }
  }
}

function readEvent(log: Log, event: Event): void {
  if (event.kind !== 'presenceChanged') return
  const { agent, presence } = event
  log.debug?.(`${agent} is ${presence.state} (${presence.because})`, {
    event: 'presence.changed',
    agent,
    state: presence.state,
    why: presence.because,
  })
}

class CallLines {
  /** The log of each call, from its arrival to its end. */
  readonly #logs = new Map<CallId, Log>()

  constructor(private readonly log: Log) {}

  read(fact: Exclude<Fact, { readonly kind: 'workflowStep' }>): void {
    switch (fact.kind) {
      case 'callArrived':
        return this.#arrived(fact)
      case 'callRestored':
        return this.#restored(fact)
      case 'callWaiting':
        return this.#of(fact.call).info?.(`enters queue ${fact.queue}`, { event: 'call.waiting', queue: fact.queue })
      case 'waitEnded':
        return this.#waitEnded(fact)
      case 'offerMade':
        return this.#offerMade(fact)
      case 'offerEnded':
        return this.#offerEnded(fact)
      case 'callConnected':
        return this.#connected(fact)
      case 'callForwarded':
        return this.#of(fact.call).info?.(`forwarded to ${fact.to}`, { event: 'call.forwarded', to: fact.to })
      case 'callFinished':
        return this.#finished(fact)
      default:
        return this.#readOther(fact)
    }
  }

  #readOther(
    fact: FactOf<
      | 'answerGiven'
      | 'transferBegan'
      | 'consultAnswered'
      | 'transferEnded'
      | 'callTransferred'
      | 'signInChanged'
      | 'agentPaused'
      | 'agentResumed'
      | 'configReplaced'
      | 'clockStepped'
      | 'ignored'
      | 'agentChanged'
      | 'agentLeg'
      | 'pointerMoved'
    >,
  ): void {
    switch (fact.kind) {
      case 'signInChanged':
        return this.#signIn(fact)
      case 'agentPaused':
      case 'agentResumed':
        return this.#pause(fact)
      case 'configReplaced':
        return this.log.info?.(`config ${fact.generation} is in force`, { event: 'config.loaded', generation: fact.generation })
      case 'ignored':
        return this.#of(fact.call).debug?.(`${fact.event} ignored: ${fact.because}`, {
          event: 'event.ignored',
          why: fact.because,
        })
      case 'clockStepped':
        return this.#clockStepped(fact)
      default:
        return this.#readTalk(fact)
    }
  }

  #readTalk(
    fact: FactOf<
      | 'answerGiven'
      | 'transferBegan'
      | 'consultAnswered'
      | 'transferEnded'
      | 'callTransferred'
      | 'agentChanged'
      | 'agentLeg'
      | 'pointerMoved'
    >,
  ): void {
    switch (fact.kind) {
      case 'answerGiven':
        return this.#answered(fact)
      case 'transferBegan':
      case 'consultAnswered':
      case 'transferEnded':
      case 'callTransferred':
        return this.#transfer(fact)
      default:
        // Facts for the views and the store only.
        return
    }
  }

  #answered({ call, digit, name }: FactOf<'answerGiven'>): void {
    this.#of(call).info?.(`answers ${digit}: ${name}`, { event: 'call.answer', digit, answer: name })
  }

  step({ call, step }: FactOf<'workflowStep'>): void {
    const log = this.#of(call)
    const words = stepWords(step)
    if (step.kind === 'forwardFailed') return log.warn(words, { event: 'call.forwardFailed', to: step.to, code: step.code })
    if (step.kind === 'gaveUp') return log.info?.(words, { event: 'call.gaveUp', why: step.why })
    log.info?.(words, { event: stepEvents[step.kind] })
  }

  #clockStepped({ by }: FactOf<'clockStepped'>): void {
    const where = by < 0 ? 'back' : 'forward'
    const text = `the machine's clock was set ${where} by ${secondsOf(Math.abs(by))}: opening hours and records go by the new time`
    this.log.warn(text, { event: 'clock.stepped', byMs: by })
  }

  #of(call: CallId | undefined): Log {
    if (call === undefined) return this.log
    return this.#logs.get(call) ?? this.log.child({ callId: call })
  }

  #restored({ call, workflow, agent, group }: FactOf<'callRestored'>): void {
    const fields = { event: 'call.restored', group, agent }
    this.#begin(call, workflow).info?.(`continues after a restart${agent === undefined ? '' : ` with ${agent}`}`, fields)
  }

  #begin(call: CallId, workflow: string): Log {
    const log = this.log.child({ callId: call, workflow })
    this.#logs.set(call, log)
    return log
  }

  #arrived({ call, workflow }: FactOf<'callArrived'>): void {
    this.#begin(call, workflow).info?.(`call for ${workflow}`, { event: 'call.arrived' })
  }

  /** Logs only moves, because other lines already show waits that were answered or abandoned. */
  #waitEnded({ call, queue, outcome, waited }: FactOf<'waitEnded'>): void {
    if (outcome !== 'moved') return
    this.#of(call).info?.(`leaves queue ${queue} for another after ${secondsOf(waited)}`, {
      event: 'call.moved',
      queue,
      tookMs: waited,
    })
  }

  #offerMade({ offer, call, decision }: FactOf<'offerMade'>): void {
    const { chosen, group, method, candidates, excluded } = decision
    this.#of(call).info?.(`offered to ${chosen}, ${method} of ${group}`, {
      event: 'offer.made',
      offerId: offer,
      queue: decision.queue,
      group,
      agent: chosen,
      candidates: candidates.length,
      excluded: excluded.length,
    })
  }

  #offerEnded({ offer, call, agent, group, why, code, rang }: FactOf<'offerEnded'>): void {
    const log = this.#of(call)
    const fields = { event: 'offer.ended', offerId: offer, group, agent, why, code, tookMs: rang }
    if (why === 'noResponse')
      log.warn(`the phone of ${agent} did not answer at all: no calls for it for 30 s, the next agent is tried`, fields)
    else if (why === 'unreachable')
      log.warn(
        `agent ${agent} unreachable${code === undefined ? '' : ` (${code})`}: no calls for them for 30 s, the next agent is tried`,
        fields,
      )
    else log.info?.(`${offerEndWords[why](agent)} after ${secondsOf(rang)}`, fields)
  }

  #connected({ call, agent, group, waited }: FactOf<'callConnected'>): void {
    this.#of(call).info?.(`joined with ${agent} after ${secondsOf(waited)}`, {
      event: 'call.connected',
      group,
      agent,
      tookMs: waited,
    })
  }

  #finished({ call, why, cause, agent, group, waited, talked }: FactOf<'callFinished'>): void {
    const log = this.#of(call)
    this.#logs.delete(call)
    const fields = { event: 'call.ended', why, cause, group, agent, waitedMs: waited, tookMs: talked }
    const because = worse[why]
    const talk = talked > 0 ? `, talked ${secondsOf(talked)}` : ''
    if (because === undefined) log.info?.(`ended: ${why}, waited ${secondsOf(waited)}${talk}`, fields)
    else log.warn(`ended after ${secondsOf(waited)} without an agent: ${because}`, fields)
  }

  #transfer(fact: FactOf<'transferBegan' | 'consultAnswered' | 'transferEnded' | 'callTransferred'>): void {
    const log = this.#of(fact.call)
    if (fact.kind === 'callTransferred') {
      const { by, agent, group } = fact
      return log.info?.(`transferred by the ${by}`, { event: 'call.transferred', by, agent, group })
    }
    if (fact.kind === 'transferBegan') {
      const { by, asker, to } = fact
      if (fact.consult) return log.info?.(`${asker} calls ${to} first`, { event: 'call.consulting', by, asker, to })
      return log.info?.(`${asker} transfers the call to ${to}`, { event: 'call.transferring', by, asker, to })
    }
    if (fact.kind === 'consultAnswered')
      return log.info?.(`${fact.to} answered and talks, and the other side waits`, { event: 'call.consulted', to: fact.to })
    const { outcome, code } = fact
    const fields = { event: 'call.transferEnded', why: outcome, code }
    if (outcome === 'refused') log.warn(transferEnds[outcome], fields)
    else log.info?.(transferEnds[outcome], fields)
  }

  #pause(fact: FactOf<'agentPaused' | 'agentResumed'>): void {
    const { agent } = fact
    if (fact.kind === 'agentResumed')
      return this.log.info?.(`${agent} takes calls again`, { event: 'agent.resumed', agent, why: fact.because })
    const { group, missed } = fact
    this.log.warn(`${agent} is paused after missed calls in a row (${missed}), and gets no more calls until they are back`, {
      event: 'agent.paused',
      agent,
      group,
      missed,
    })
  }

  #signIn({ agent, group, signedIn }: FactOf<'signInChanged'>): void {
    const event = signedIn ? 'agent.signedIn' : 'agent.signedOut'
    const word = signedIn ? 'in to' : 'out of'
    this.log.info?.(`${agent} signed ${word} ${group}`, { event, agent, group })
  }
}

const secondsOf = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)
