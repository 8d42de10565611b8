import { InviteServer } from '../../../../../src/sip/transaction/invite-server.js'
import { request, responseTo } from '../messages.js'
import { idle, nothing, type Each, type Outcome, type StateOf, type Subject } from './cell.js'

type State = StateOf<InviteServer> | 'terminated'
type Situation = State | 'ringing' | 'ringing reliably' | 'acknowledged'
type Act =
  | 'the INVITE again'
  | 'the INVITE again from a stranger'
  | 'an ACK'
  | 'a CANCEL'
  | 'our 1xx'
  | 'our reliable 1xx'
  | 'our 2xx'
  | 'our 300–699'
  | 'the PRACK'
  | 'the end of the 2xx by the user'
  | 'a fault in sending'
type Timers = 'G' | 'H' | 'I' | 'L' | 'answerAgain' | 'provisionalAgain' | 'unacknowledged'

class Seen extends InviteServer {
  get at(): State {
    return this.state
  }
}

const invite = request({ method: 'INVITE' })
const cancel = request({ method: 'CANCEL' })

const toAccepted: Outcome<Situation> = { sends: ['200'], returns: true, then: 'accepted', rule: 'RFC 6026 §8.7' }
const toCompleted: Outcome<Situation> = { sends: ['486'], returns: true, then: 'completed', rule: 'RFC 3261 §17.2.1' }
/** A provisional response that can't be sent is not reported. Over UDP sending never fails. */
const unsent: Each<Outcome<Situation>> = { udp: {}, stream: { tells: ['failed transport'], rule: 'RFC 6026 §8.8' } }
const absorbed = { absorbs: true } as const

const finals = { 'our 2xx': toAccepted, 'our 300–699': toCompleted } as const
const early = {
  // It acknowledges no response of ours.
  ...nothing('an ACK', 'the end of the 2xx by the user', 'a fault in sending'),
  'a CANCEL': { tells: ['cancelled'], rule: 'RFC 3261 §9.2' },
  'our 1xx': { sends: ['180'], returns: true, then: 'ringing' },
  'our reliable 1xx': { sends: ['180'], returns: true, then: 'ringing reliably', rule: 'RFC 3262 §3' },
  ...finals,
  'the INVITE again from a stranger': absorbed,
  ...idle('timer G', 'timer H', 'timer I', 'timer L', 'timer answerAgain'),
} as const

const provisionals = nothing('our 1xx', 'our reliable 1xx', 'the PRACK')
const noEarlyTimers = idle('timer provisionalAgain', 'timer unacknowledged')

/** RFC 3261 §17.2.1, figure 7, with the Accepted state of RFC 6026 §8.7. */
export const inviteServer: Subject<State, Situation, Act, Timers> = {
  name: 'INVITE server transaction',
  start(context, to) {
    const machine = new Seen('k', context, to)
    machine.listen(context.serverListener())
    const respond = (status: number): boolean => machine.respond(responseTo(invite, status), Buffer.from(`SIP/2.0 ${status}`))
    return {
      state: () => machine.at,
      acts: {
        'the INVITE again': () => machine.repeated(),
        // No response is short enough for the limit on answers to strangers.
        'the INVITE again from a stranger': () => machine.repeated(0),
        'an ACK': () => machine.ack(),
        'a CANCEL': () => machine.cancelled(listener => listener.cancelled?.(cancel)),
        'our 1xx': () => respond(180),
        'our reliable 1xx': () => {
          const isSent = respond(180)
          if (isSent) machine.repeatProvisional()
          return isSent
        },
        'our 2xx': () => respond(200),
        'our 300–699': () => respond(486),
        'the PRACK': () => machine.provisionalAcknowledged(),
        'the end of the 2xx by the user': () => machine.acknowledged(),
        'a fault in sending': () => context.failAll(),
      },
    }
  },
  streamOnly: [],
  rows: {
    proceeding: {
      ...{ state: 'proceeding', rule: 'RFC 3261 §17.2.1', by: [], timers: [] },
      on: { ...early, 'the INVITE again': absorbed, ...nothing('the PRACK'), ...noEarlyTimers },
    },
    ringing: {
      ...{ state: 'proceeding', rule: 'RFC 3261 §17.2.1', by: ['our 1xx'], timers: [] },
      on: { ...early, 'the INVITE again': { sends: ['180 again'], absorbs: true }, ...nothing('the PRACK'), ...noEarlyTimers },
    },
    'ringing reliably': {
      ...{ state: 'proceeding', rule: 'RFC 3262 §3', by: ['our reliable 1xx'] },
      timers: ['provisionalAgain 500', 'unacknowledged 32000'],
      on: {
        ...early,
        'the INVITE again': { sends: ['180 again'], absorbs: true, rule: 'RFC 3261 §17.2.1' },
        // The user sends either reliable provisional responses or unreliable ones.
        'our 1xx': { sends: ['180'], returns: true },
        'the PRACK': { then: 'ringing' },
        'timer provisionalAgain': { sends: ['180 again'], timers: ['provisionalAgain 1000', 'unacknowledged 32000'] },
        'timer unacknowledged': { tells: ['unacknowledged'], then: 'ringing' },
      },
    },
    accepted: {
      ...{ state: 'accepted', rule: 'RFC 6026 §8.7', by: ['our 2xx'], timers: ['L 32000', 'answerAgain 500'] },
      on: {
        ...{ 'the INVITE again': absorbed, 'the INVITE again from a stranger': absorbed },
        'an ACK': { returns: true, rule: 'RFC 6026 §7.1' },
        ...provisionals,
        ...nothing('a CANCEL', 'our 300–699'),
        'our 2xx': { sends: ['200'], returns: true },
        'the end of the 2xx by the user': { then: 'acknowledged', rule: 'RFC 3261 §13.3.1.4' },
        'a fault in sending': unsent,
        'timer L': { tells: ['failed noAck'], then: 'terminated', rule: 'RFC 3261 §13.3.1.4' },
        'timer answerAgain': {
          ...{ sends: ['200 again'], timers: ['L 32000', 'answerAgain 1000'], rule: 'RFC 3261 §13.3.1.4' },
        },
        ...idle('timer G', 'timer H', 'timer I'),
        ...noEarlyTimers,
      },
    },
    acknowledged: {
      ...{ state: 'accepted', rule: 'RFC 6026 §8.7', timers: ['L 32000'] },
      by: ['our 2xx', 'the end of the 2xx by the user'],
      on: {
        ...{ 'the INVITE again': absorbed, 'the INVITE again from a stranger': absorbed },
        'an ACK': { returns: true, rule: 'RFC 6026 §7.1' },
        ...provisionals,
        ...nothing('a CANCEL', 'our 300–699', 'the end of the 2xx by the user', 'a fault in sending'),
        'our 2xx': { sends: ['200'], returns: true },
        'timer L': { then: 'terminated' },
        ...idle('timer G', 'timer H', 'timer I', 'timer answerAgain'),
        ...noEarlyTimers,
      },
    },
    completed: {
      ...{ state: 'completed', rule: 'RFC 3261 §17.2.1', by: ['our 300–699'] },
      timers: { udp: ['G 500', 'H 32000'], stream: ['H 32000'] },
      on: {
        'the INVITE again': { sends: ['486 again'], absorbs: true },
        'the INVITE again from a stranger': absorbed,
        // Timer I is zero over a stream.
        'an ACK': { udp: { then: 'confirmed' }, stream: { then: 'terminated' } },
        ...provisionals,
        ...nothing('a CANCEL', 'our 2xx', 'our 300–699', 'the end of the 2xx by the user'),
        'a fault in sending': unsent,
        'timer G': { udp: { sends: ['486 again'], timers: ['G 1000', 'H 32000'] }, stream: {} },
        'timer H': { tells: ['failed noAck'], then: 'terminated' },
        ...idle('timer I', 'timer L', 'timer answerAgain'),
        ...noEarlyTimers,
      },
    },
    confirmed: {
      ...{ state: 'confirmed', rule: 'RFC 3261 §17.2.1', by: ['our 300–699', 'an ACK'], timers: ['I 5000'] },
      only: { transport: 'udp', because: 'timer I is zero over a stream' },
      on: {
        ...{ 'the INVITE again': absorbed, 'the INVITE again from a stranger': absorbed, 'an ACK': absorbed },
        ...provisionals,
        ...nothing('a CANCEL', 'our 2xx', 'our 300–699', 'the end of the 2xx by the user', 'a fault in sending'),
        'timer I': { then: 'terminated' },
        ...idle('timer G', 'timer H', 'timer L', 'timer answerAgain'),
        ...noEarlyTimers,
      },
    },
    terminated: {
      ...{ state: 'terminated', rule: 'RFC 3261 §17.2.1', by: ['our 300–699', 'timer H'], timers: [] },
      on: {
        ...{ 'the INVITE again': absorbed, 'the INVITE again from a stranger': absorbed },
        ...provisionals,
        ...nothing('an ACK', 'a CANCEL', 'our 2xx', 'our 300–699', 'the end of the 2xx by the user', 'a fault in sending'),
        ...idle('timer G', 'timer H', 'timer I', 'timer L', 'timer answerAgain'),
        ...noEarlyTimers,
      },
    },
  },
}
