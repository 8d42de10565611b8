import { InviteClient } from '../../../../../src/sip/transaction/invite-client.js'
import { request, responseTo } from '../messages.js'
import { idle, nothing, type Each, type Outcome, type StateOf, type Subject } from './cell.js'

type State = StateOf<InviteClient> | 'terminated'
type Situation = State | 'sent on a new connection' | 'cancelled'
type Act = 'a 1xx' | 'a 2xx' | 'a 300–699' | 'a transport fault' | 'a lost connection' | 'our CANCEL'
type Timers = 'A' | 'B' | 'D' | 'M' | 'cancelled'

class Seen extends InviteClient {
  get at(): State {
    return this.state
  }
}

const invite = request({ method: 'INVITE' })

const toProceeding = { tells: ['provisional 180'], returns: true, then: 'proceeding' } as const
const toAccepted = { tells: ['final 200'], returns: true, then: 'accepted', rule: 'RFC 6026 §8.4' } as const
const refused = { sends: ['ACK'], tells: ['final 486'], returns: true, rule: 'RFC 3261 §17.1.1.3' } as const
/** Timer D is zero over a stream. */
const toCompleted: Each<Outcome<Situation>> = {
  udp: { ...refused, then: 'completed' },
  stream: { ...refused, then: 'terminated' },
}
const failedBy = (why: 'timeout' | 'transport'): Outcome<Situation> => ({
  tells: [`failed ${why}`],
  then: 'terminated',
  rule: 'RFC 3261 §17.1.1.2',
})

const calling = {
  ...{ 'a 1xx': toProceeding, 'a 2xx': toAccepted, 'a 300–699': toCompleted },
  'a transport fault': { ...failedBy('transport'), rule: 'RFC 3261 §17.1.4' },
  ...nothing('our CANCEL'),
  'timer B': failedBy('timeout'),
  ...idle('timer D', 'timer M', 'timer cancelled'),
} as const

const heard = {
  'a 1xx': { tells: ['provisional 180'], returns: true },
  ...{ 'a 2xx': toAccepted, 'a 300–699': toCompleted },
  // The peer has the INVITE, and may answer on another connection.
  ...nothing('a transport fault', 'a lost connection'),
  'our CANCEL': { then: 'cancelled', rule: 'RFC 3261 §9.1' },
  ...idle('timer A', 'timer B', 'timer D', 'timer M'),
} as const

/** RFC 3261 §17.1.1, figure 5, with the Accepted state of RFC 6026 §8.4. */
export const inviteClient: Subject<State, Situation, Act, Timers> = {
  name: 'INVITE client transaction',
  start(context, to) {
    const machine = new Seen('k', context, to, invite, context.clientListener())
    machine.start(Buffer.from('INVITE'))
    return {
      state: () => machine.at,
      acts: {
        'a 1xx': () => machine.receive(responseTo(invite, 180)),
        'a 2xx': () => machine.receive(responseTo(invite, 200)),
        'a 300–699': () => machine.receive(responseTo(invite, 486)),
        'a transport fault': () => context.failAll(),
        'a lost connection': () => machine.connectionLost(),
        'our CANCEL': () => machine.cancelSent(),
      },
    }
  },
  streamOnly: ['a lost connection'],
  rows: {
    calling: {
      ...{ state: 'calling', rule: 'RFC 3261 §17.1.1.2', by: [] },
      timers: { udp: ['A 500', 'B 32000'], stream: ['B 32000'] },
      on: {
        ...calling,
        'a lost connection': { sends: ['INVITE'], then: 'sent on a new connection', rule: 'RFC 3261 §17.2.3' },
        'timer A': { udp: { sends: ['INVITE again'], timers: ['A 1000', 'B 32000'] }, stream: {} },
      },
    },
    'sent on a new connection': {
      ...{ state: 'calling', rule: 'RFC 3261 §17.1.4', by: ['a lost connection'], timers: ['B 32000'] },
      only: { transport: 'stream', because: 'only a stream has connections' },
      on: { ...calling, 'a lost connection': failedBy('transport'), ...idle('timer A') },
    },
    proceeding: {
      ...{ state: 'proceeding', rule: 'RFC 3261 §17.1.1.2', by: ['a 1xx'], timers: [] },
      on: { ...heard, ...idle('timer cancelled') },
    },
    cancelled: {
      ...{ state: 'proceeding', rule: 'RFC 3261 §9.1', by: ['a 1xx', 'our CANCEL'], timers: ['cancelled 32000'] },
      on: { ...heard, 'timer cancelled': { ...failedBy('timeout'), rule: 'RFC 3261 §9.1' } },
    },
    completed: {
      ...{ state: 'completed', rule: 'RFC 3261 §17.1.1.2', by: ['a 300–699'], timers: ['D 32000'] },
      only: { transport: 'udp', because: 'timer D is zero over a stream' },
      on: {
        ...nothing('a 1xx', 'a 2xx', 'a lost connection', 'our CANCEL'),
        'a 300–699': { sends: ['ACK again'], absorbs: true },
        // The failure was reported before.
        'a transport fault': { then: 'terminated', rule: 'RFC 3261 §17.1.4' },
        ...idle('timer A', 'timer B', 'timer M', 'timer cancelled'),
        'timer D': { then: 'terminated' },
      },
    },
    accepted: {
      ...{ state: 'accepted', rule: 'RFC 6026 §8.4', by: ['a 2xx'], timers: ['M 32000'] },
      on: {
        ...nothing('a 1xx', 'a 300–699', 'a transport fault', 'a lost connection', 'our CANCEL'),
        'a 2xx': { tells: ['final 200'], absorbs: true },
        ...idle('timer A', 'timer B', 'timer D', 'timer cancelled'),
        'timer M': { then: 'terminated' },
      },
    },
    terminated: {
      ...{ state: 'terminated', rule: 'RFC 3261 §17.1.1.2', by: ['a transport fault'], timers: [] },
      on: {
        ...nothing('a 1xx', 'a 2xx', 'a 300–699', 'a transport fault', 'a lost connection', 'our CANCEL'),
        ...idle('timer A', 'timer B', 'timer D', 'timer M', 'timer cancelled'),
      },
    },
  },
}
