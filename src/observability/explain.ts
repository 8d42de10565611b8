import type { WorkflowStep } from '../routing/world/effects.js'
import type { CallEnd, Exclusion, OfferEnd, TransferOutcome } from '../routing/world/words.js'
import type { Candidacy, Decision, ExcludedAgent } from '../routing/world/decision.js'
import { stepWords } from './step-words.js'
import type { CallStory, OfferStory } from './stories.js'

const excludedWords: Readonly<Record<Exclusion, string>> = {
  homedOnline: 'homed online: never offered a call',
  notSignedIn: 'not signed in to the group',
  offline: 'offline',
  doNotDisturb: 'does not want to be disturbed',
  notAvailable: 'not available',
  onACall: 'on a call',
  ringing: 'ringing already',
  wrappingUp: 'wrapping up',
  unreachable: 'could not be reached a moment ago',
  inGrace: 'refused this call',
  justMissed: 'did not answer this call',
  paused: 'missed too many calls in a row, and has not said that they are back',
  unsteady: 'became unavailable while a call rang, a moment ago',
  offersFull: 'rings with as many calls as the group allows',
}

const offerWords: Readonly<Record<OfferEnd, string>> = {
  answered: 'answered',
  declined: 'declined',
  missed: 'not answered within the alert time',
  unreachable: 'could not be reached',
  noResponse: 'the phone did not answer our INVITE at all: it is off, or the way to it is cut',
  withdrawn: 'withdrawn',
  lostRace: 'another agent answered first',
}

const endWords: Readonly<Record<CallEnd, string>> = {
  answered: 'ended after it was answered',
  abandoned: 'the caller left',
  noMedia: 'hung up: no sound came from the caller (no RTP and no RTCP); check address translation and the firewall',
  forwarded: 'ended after it was forwarded',
  forwardFailed: 'disconnected: forwarding failed',
  timedOut: "disconnected: the queue's time-out was over",
  overflowed: 'disconnected: too many calls waited',
  noAgents: 'disconnected: the queue has no agents',
  inactive: 'not taken: the workflow is inactive',
  closed: 'not taken: outside the hours',
  holiday: 'not taken: a holiday',
  disconnected: 'disconnected by an answer of the caller',
  unanswered: 'disconnected: five questions without an answer',
  unheard: 'not taken: the workflow asks, and the caller cannot hear it',
  looped: 'disconnected: it passed through ten queues',
  unconfigured: 'disconnected: its workflow or queue was removed from the config',
  failed: 'failed: see the log',
}

/** A call's story as text: each decision with its reasons, and the end of each offer. Times are UTC. */
export function explainText(story: CallStory): string {
  const { call, workflow, arrivedAt, finished, forgottenOffers } = story
  const lines = [
    `call ${call} for workflow ${workflow}, ${iso(arrivedAt).slice(0, 10)} (UTC)`,
    `${clockTime(arrivedAt)}  arrived`,
  ]
  if (forgottenOffers > 0) lines.push(`              (${forgottenOffers} earlier offers are no longer kept)`)
  const moments = [...waitMoments(story), ...offerMoments(story), ...joinMoments(story)]
  for (const { at, text } of moments.sort((a, b) => a.at - b.at || a.rank - b.rank)) {
    const [first = '', ...rest] = text
    lines.push(`${clockTime(at)}  ${first}`, ...rest.map(line => `${' '.repeat(16)}${line}`))
  }
  if (finished) {
    const { at, why, cause, waited, talked } = finished
    lines.push(`${clockTime(at)}  ${endWords[why]} (${cause}); waited ${span(waited)}, talked ${span(talked)}`)
  } else lines.push('in progress')
  return `${lines.join('\n')}\n`
}

interface Moment {
  /** In ms of the wall clock. */
  readonly at: number
  /** Orders moments in the same millisecond: ends come before starts, but no end comes before its own start. */
  readonly rank: (typeof ranks)[keyof typeof ranks]
  readonly text: readonly string[]
}

const ranks = { left: 0, offerEnded: 1, entered: 2, offered: 3, offerEndedAtOnce: 4, joined: 5, transferEnded: 6 } as const

function waitMoments({ waits }: CallStory): Moment[] {
  return waits.flatMap(({ queue, from, ended }) => {
    const entered = { at: from, rank: ranks.entered, text: [`enters queue ${queue}`] }
    if (!ended || ended.outcome === 'answered') return [entered]
    const left = {
      at: from + ended.waited,
      rank: ended.waited > 0 ? ranks.left : ranks.entered,
      text: [`leaves queue ${queue} after ${span(ended.waited)}: ${ended.outcome}`],
    }
    return [entered, left]
  })
}

/** The offers of a call. Those from one look at a group are shown together, with the reasons once. */
function offerMoments({ offers }: CallStory): Moment[] {
  const moments: Moment[] = []
  for (const [index, { decision }] of offers.entries()) {
    if (index > 0 && sameLook(offers[index - 1]?.decision, decision)) continue
    const together = offers.slice(index).filter((offer, i, rest) => i === 0 || sameLook(rest[0]?.decision, offer.decision))
    moments.push({ at: decision.at, rank: ranks.offered, text: decisionText(decision, together) })
  }
  for (const { offer, decision, ended } of offers) {
    if (!ended) continue
    const code = ended.code === undefined ? '' : ` (${ended.code})`
    moments.push({
      at: ended.at,
      rank: ended.at > decision.at ? ranks.offerEnded : ranks.offerEndedAtOnce,
      text: [`${decision.chosen} ${offerWords[ended.why]}${code}; offer ${offer} rang ${span(ended.rang)}`],
    })
  }
  return moments
}

const sameLook = (one: Decision | undefined, other: Decision): boolean =>
  one !== undefined && one.at === other.at && one.candidates === other.candidates && one.excluded === other.excluded

const transferWords: Readonly<Record<TransferOutcome, string>> = {
  through: 'talks in their place',
  failed: 'did not take the call',
  busy: 'has another call',
  takenBack: 'is not called any more: they keep the call',
  refused: 'is not a target that the config allows',
}

function transferMoments({ asker, to, consult, at, ended }: CallStory['transfers'][number]): Moment[] {
  const wish = consult ? `${asker} calls ${to}, who may take their place` : `${asker} asks that ${to} takes their place`
  const asked = { at, rank: ranks.joined, text: [wish] }
  if (!ended) return [asked]
  const code = ended.code === undefined ? '' : ` (${ended.code})`
  return [asked, { at: ended.at, rank: ranks.transferEnded, text: [`${to} ${transferWords[ended.outcome]}${code}`] }]
}

function joinMoments({ connected, forwarded, answers, steps, transferred, transfers }: CallStory): Moment[] {
  return [
    ...steps.map(({ step, at }) => ({ at, rank: stepRank(step), text: [stepWords(step)] })),
    ...answers.map(({ digit, name, at }) => ({ at, rank: ranks.left, text: [`answers ${digit}: ${name}`] })),
    ...(connected
      ? [{ at: connected.at, rank: ranks.joined, text: [`joined with ${connected.agent} after ${span(connected.waited)}`] }]
      : []),
    ...transfers.flatMap(transferMoments),
    ...(forwarded ? [{ at: forwarded.at, rank: ranks.joined, text: [`sent on to ${forwarded.to}`] }] : []),
    ...(transferred ? [{ at: transferred.at, rank: ranks.joined, text: [`transferred by the ${transferred.by}`] }] : []),
  ]
}

/**
 * Where a step stands among moments of the same millisecond. An action that ends a wait comes after the entry into its queue. An action
 * that leads to a queue comes before that queue.
 */
const stepRank = (step: WorkflowStep): Moment['rank'] =>
  step.kind === 'welcomed' || step.kind === 'notAnswered' || (step.kind === 'gaveUp' && step.action.kind === 'queue')
    ? ranks.left
    : ranks.entered

function decisionText(decision: Decision, offers: readonly OfferStory[]): string[] {
  const { group, method, candidates, excluded, unlisted, passedOver, at } = decision
  const chosen = offers.map(offer => `${offer.decision.chosen} (offer ${offer.offer})`)
  return [
    `offered to ${chosen.join(', ')} by ${method} of group ${group}`,
    ...passedOver.flatMap(passed => [
      `passed over group ${passed.group}:`,
      ...passed.excluded.map(agent => `  ${excludedText(agent)}`),
      ...unlistedText(passed.unlisted),
    ]),
    ...(candidates.length > 0 ? ['eligible, in this order:'] : []),
    ...candidates.map((candidate, place) => `  ${place + 1}. ${candidateText(candidate, at)}`),
    ...(excluded.length > 0 ? ['left out:'] : []),
    ...excluded.map(agent => `  ${excludedText(agent)}`),
    ...unlistedText(unlisted),
  ]
}

const unlistedText = (unlisted: number): string[] => (unlisted > 0 ? [`  and ${unlisted} more agents, not listed`] : [])

function candidateText({ agent, key }: Candidacy, at: number): string {
  if ('position' in key) return `${agent}: place ${key.position + 1} of the group's list`
  return `${agent}: idle since ${clockTime(key.idleSince)} (${span(Math.max(0, at - key.idleSince))})`
}

function excludedText({ agent, why, presence, until }: ExcludedAgent): string {
  const ends = until === undefined ? '' : ` until ${clockTime(until)}`
  return `${agent}: ${excludedWords[why]}${ends}; ${presence.state} since ${stampWithDate(presence.since)}, ${presence.because}`
}

/**
 * The most names of agents in one document. A parallel group lists all its members for each of its offers, so the lists grow with the
 * square of the members.
 */
const mostNames = 2_000

/** The story as JSON: moments in ISO 8601, spans in seconds, as everywhere in the API. */
export function explainDocument(story: CallStory): unknown {
  const { call, workflow, arrivedAt, waits, offers, forgottenOffers, connected, steps, forwarded, finished } = story
  return {
    callId: call,
    workflow,
    arrivedAt: iso(arrivedAt),
    waits: waits.map(({ queue, from, ended }) => ({
      queue,
      from: iso(from),
      outcome: ended?.outcome ?? null,
      waited: ended ? ended.waited / 1000 : null,
    })),
    forgottenOffers,
    offers: offersDocument(offers),
    connected: connected
      ? { agent: connected.agent, group: connected.group, at: iso(connected.at), waited: connected.waited / 1000 }
      : null,
    steps: steps.map(({ step, at }) => ({ at: iso(at), step: step.kind, text: stepWords(step) })),
    forwarded: forwarded ? { to: forwarded.to, at: iso(forwarded.at) } : null,
    finished: finished
      ? {
          at: iso(finished.at),
          why: finished.why,
          cause: finished.cause,
          waited: finished.waited / 1000,
          talked: finished.talked / 1000,
        }
      : null,
  }
}

/** Lists offers until `mostNames` is reached. Later decisions only say how many agents they looked at. */
function offersDocument(offers: CallStory['offers']): readonly unknown[] {
  let names = 0
  return offers.map(({ offer, decision, ended }) => {
    const document = names < mostNames ? decisionDocument(decision) : decisionDocument(withoutNames(decision))
    names += namesIn(decision)
    return {
      offer,
      agent: decision.chosen,
      decision: document,
      ended: ended ? { why: ended.why, code: ended.code ?? null, at: iso(ended.at), rang: ended.rang / 1000 } : null,
    }
  })
}

const namesIn = ({ candidates, excluded, passedOver }: Decision): number =>
  passedOver.reduce((names, passed) => names + passed.excluded.length, candidates.length + excluded.length)

const withoutNames = (decision: Decision): Decision => ({
  ...decision,
  candidates: [],
  excluded: [],
  unlisted: decision.unlisted + decision.candidates.length + decision.excluded.length,
  passedOver: decision.passedOver.map(({ group, excluded, unlisted }) => ({
    group,
    excluded: [],
    unlisted: unlisted + excluded.length,
  })),
})

function decisionDocument({ at, queue, group, method, candidates, excluded, unlisted, passedOver }: Decision): unknown {
  return {
    at: iso(at),
    queue,
    group,
    method,
    candidates: candidates.map(({ agent, key }) => ({
      agent,
      ...('position' in key ? { position: key.position } : { idleSince: iso(key.idleSince) }),
    })),
    excluded: excluded.map(excludedDocument),
    unlisted,
    passedOver: passedOver.map(passed => ({
      group: passed.group,
      excluded: passed.excluded.map(excludedDocument),
      unlisted: passed.unlisted,
    })),
  }
}

function excludedDocument({ agent, why, presence, until }: ExcludedAgent): unknown {
  const { state, since, because } = presence
  return { agent, why, presence: { state, since: iso(since), because }, until: until === undefined ? null : iso(until) }
}

const iso = (at: number): string => new Date(at).toISOString()
/** Such as `12:03:11.042`. */
const clockTime = (at: number): string => iso(at).slice(11, 23)
/** Such as `01-31 12:03:11.042`. The year is left out. */
const stampWithDate = (at: number): string => `${iso(at).slice(5, 10)} ${clockTime(at)}`
const span = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
