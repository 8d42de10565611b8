import { accept, ackComes, agentRequest, answerLast, rings } from './agents.js'
import { ack, answered, bye, invite } from './callers.js'
import { label, noBody, pause, receive, scenario, sdp, send, type Step } from './steps.js'

export const okTo = (body: readonly string[]): Step =>
  send([
    ...['SIP/2.0 200 OK', '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]'],
    'Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>',
    ...body,
  ])

/** The caller accepts the re-INVITE, talks for this many ms, and hangs up. */
export const isTransferred = (talk = 200): string =>
  scenario('is transferred', [
    invite(),
    ...answered(),
    ack(),
    receive('INVITE', { keepRoute: true }),
    okTo(sdp('caller', 'sendrecv', 2)),
    receive('ACK'),
    pause(talk),
    bye(3),
    receive(200),
  ])

/** The caller accepts this many re-INVITEs, talks for this many ms after the last, and hangs up. */
export const isMoved = (times: number, talk: number): string =>
  scenario('is moved', [
    invite(),
    ...answered(),
    ack(),
    ...Array.from({ length: times }, (_unused, done) => [
      receive('INVITE', { keepRoute: true }),
      okTo(sdp('caller', 'sendrecv', done + 2)),
      receive('ACK'),
    ]).flat(),
    pause(talk),
    bye(3),
    receive(200),
  ])

/** Rings, answers, accepts each re-INVITE, and talks until the other side hangs up. */
export function answersAndMoves(owner: string): string {
  return scenario('answers and moves', [
    ...rings(20),
    accept(owner),
    ackComes,
    label('talks'),
    receive('INVITE', { keepRoute: true, optional: true, next: 'moves' }),
    receive('BYE'),
    answerLast(200, 'OK', noBody, { next: 'over' }),
    label('moves'),
    answerLast(200, 'OK', sdp(owner, 'sendrecv', 2)),
    receive('ACK', { next: 'talks' }),
    label('over'),
  ])
}

const news = (...more: Step[]): Step[] => [receive('NOTIFY'), answerLast(200, 'OK'), ...more]

const refer = (headers: readonly string[]): Step => agentRequest('REFER', 100, [...headers, ...noBody])

/** Answers, sends REFER, gets NOTIFYs about the transfer, and is hung up. The headers are those of the REFER. */
export function refers(...headers: string[]): string {
  return scenario('refers', [
    ...rings(20),
    accept('alice'),
    ackComes,
    // The caller's ACK completes the join.
    pause(200),
    refer(headers),
    receive(202),
    ...news(),
    ...news(),
    ...news(),
    receive('BYE'),
    answerLast(200, 'OK'),
    label('over'),
  ])
}

/** The same for an agent whose REFER gets this status at once. The agent keeps talking until the other side hangs up. */
export function isRefusedToRefer(status: number, ...headers: string[]): string {
  return scenario(`is refused to refer ${status}`, [
    ...rings(20),
    accept('alice'),
    ackComes,
    pause(200),
    refer(headers),
    receive(status),
    receive('BYE'),
    answerLast(200, 'OK'),
    label('over'),
  ])
}

/** Answers, sends REFER, and gets a NOTIFY with this failure. Keeps talking until the other side hangs up. */
export function refersInVain(...headers: string[]): string {
  return scenario('refers in vain', [
    ...rings(20),
    accept('alice'),
    ackComes,
    pause(200),
    refer(headers),
    receive(202),
    ...news(),
    ...news(),
    receive('BYE'),
    answerLast(200, 'OK'),
    label('over'),
  ])
}
