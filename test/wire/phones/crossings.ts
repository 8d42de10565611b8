import * as agents from './agents.js'
import * as callers from './callers.js'
import { goTo, label, noBody, pause, receive, scenario, sdp, send, type Step } from './steps.js'

/**
 * Both sides of a call send requests at the same moment. SIPp can't time this to the packet, so one side forces it: it receives the
 * other's request and sends its own before it answers.
 */

const open = (prefix: string) =>
  ['Via', 'From', 'To', 'CSeq'].map(header => ({ header, variable: `${prefix}_${header.toLowerCase()}` }))

/** A re-INVITE arrives and stays unanswered for now. */
const reInvited: Step = receive('INVITE', { keepRoute: true, remember: open('open') })

/** The response to that re-INVITE. */
function answerOpen(status: number, phrase: string, body: readonly string[] = noBody, retransmit = 500): Step {
  const head = [`SIP/2.0 ${status} ${phrase}`, 'Via:[$open_via]', 'From:[$open_from]', 'To:[$open_to]', 'Call-ID: [call_id]']
  const contact = 'Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>'
  return send([...head, 'CSeq:[$open_cseq]', contact, ...body], { retransmit })
}

/** A request with this branch instead of SIPp's next one: the ACK for a failure has the branch of its INVITE (RFC 3261 §17.1.1.3). */
const onBranch = (branch: string, step: Step): Step => step.replace('[branch]', `z9hG4bK-[pid]-[call_number]-${branch}`)

const callerAsks = (cseq: number): Step =>
  onBranch(`ask${cseq}`, callers.callerRequest('INVITE', cseq, sdp('caller', 'sendonly', cseq), { retransmit: 500 }))
const callerAcksFailure = (cseq: number): Step => onBranch(`ask${cseq}`, callers.ack(cseq))
const agentAsks = (cseq: number): Step =>
  onBranch(`ask${cseq}`, agents.agentRequest('INVITE', cseq, sdp('agent', 'sendonly', cseq)))
const agentAcksFailure = (cseq: number): Step =>
  onBranch(`ask${cseq}`, agents.agentRequest('ACK', cseq, noBody, { retransmit: 0 }))

const agentTalks: readonly Step[] = [...agents.rings(20), agents.accept('agent'), agents.ackComes]
const callerTalks: readonly Step[] = [callers.invite(), ...callers.answered(), callers.ack()]
const callerLeaves = (cseq: number): Step[] => [callers.bye(cseq), receive(200)]

/** The agent asks for a hold while the caller's hold is pending there: it gets 491, and the caller's succeeds. */
export function agentAsksAcrossHold(): string {
  const glare = [reInvited, agentAsks(200), receive(100, { optional: true }), receive(491), agentAcksFailure(200)]
  const rest = [answerOpen(200, 'OK', sdp('agent', 'recvonly', 2)), agents.ackComes, ...agents.hungUpOn, label('over')]
  return scenario('agent asks across hold', [...agentTalks, ...glare, ...rest])
}

/** The caller asks for a hold once, gets it, and hangs up. */
export function callerHoldsOnce(): string {
  const hold = [callerAsks(2), receive(100, { optional: true }), receive(200), callers.ack(2)]
  return scenario('caller holds once', [...callerTalks, pause(50), ...hold, ...callerLeaves(3)])
}

/** The caller asks for a hold while the agent's hold is pending there: it gets 491, and the agent's succeeds. */
export function callerAsksAcrossHold(): string {
  const glare = [reInvited, callerAsks(2), receive(100, { optional: true }), receive(491), callerAcksFailure(2)]
  const rest = [answerOpen(200, 'OK', sdp('caller', 'recvonly', 2)), receive('ACK'), ...callerLeaves(3)]
  return scenario('caller asks across hold', [...callerTalks, ...glare, ...rest])
}

/** The agent asks for a hold once, gets it, and is hung up. */
export function agentHoldsOnce(): string {
  const ack = agents.agentRequest('ACK', 200, noBody, { retransmit: 0 })
  const hold = [agentAsks(200), receive(100, { optional: true }), receive(200), ack]
  return scenario('agent holds once', [...agentTalks, ...hold, ...agents.hungUpOn, label('over')])
}

/**
 * The agent receives the caller's re-INVITE, hangs up, and answers the re-INVITE with 487. `isAcknowledged`: it repeats the 487 until the ACK.
 * Otherwise it expects none.
 */
export function agentHangsUpAcrossHold(isAcknowledged = true): string {
  const end = isAcknowledged
    ? [answerOpen(487, 'Request Terminated'), agents.ackComes]
    : [answerOpen(487, 'Request Terminated', noBody, 0), pause(1_000)]
  const crossing = [reInvited, agents.agentRequest('BYE', 200), receive(200), ...end]
  return scenario('agent hangs up across hold', [...agentTalks, ...crossing, label('over')])
}

/** The caller's hold meets the agent's BYE: 487 and BYE arrive, in either order. */
export function callerHoldsIntoBye(): string {
  return scenario('caller holds into BYE', [
    ...callerTalks,
    pause(50),
    callerAsks(2),
    receive(100, { optional: true }),
    receive('BYE', { optional: true, next: 'byeFirst' }),
    receive(487),
    callerAcksFailure(2),
    receive('BYE'),
    callers.ok,
    goTo('over'),
    label('byeFirst'),
    callers.ok,
    receive(487),
    callerAcksFailure(2),
    label('over'),
  ])
}

/** The agent answers the caller's hold after this many ms. */
export function agentHeldSlowly(after: number): string {
  const held = [reInvited, pause(after), answerOpen(200, 'OK', sdp('agent', 'recvonly', 2)), agents.ackComes]
  return scenario('agent held slowly', [...agentTalks, ...held, ...agents.hungUpOn, label('over')])
}

/** The caller sends a second re-INVITE while its first is pending: it gets 500, and the first succeeds. */
export function callerAsksTwice(): string {
  const twice = [callerAsks(2), receive(100), callerAsks(3), receive(100, { optional: true }), receive(500), callerAcksFailure(3)]
  return scenario('caller asks twice', [...callerTalks, pause(50), ...twice, receive(200), callers.ack(2), ...callerLeaves(4)])
}

const dtmf = (digit: string): string[] => [
  'Content-Type: application/dtmf-relay',
  'Content-Length: [len]',
  '',
  `Signal=${digit}`,
  'Duration=160',
]

/** Talks, sends a key by INFO, receives one, and hangs up. */
export function callerSendsDigit(): string {
  const digits = [callers.callerRequest('INFO', 2, dtmf('1'), { retransmit: 500 }), receive(200), receive('INFO'), callers.ok]
  return scenario('caller sends digit', [...callerTalks, ...digits, ...callerLeaves(3)])
}

/** Talks, receives a key by INFO, sends one, and is hung up. */
export function agentSendsDigit(): string {
  const digits = [
    receive('INFO', { keepRoute: true }),
    agents.answerLast(200, 'OK'),
    agents.agentRequest('INFO', 200, dtmf('2')),
    receive(200),
  ]
  return scenario('agent sends digit', [...agentTalks, ...digits, ...agents.hungUpOn, label('over')])
}
