import { NonInviteClient } from '../../../../../src/sip/transaction/non-invite-client.js'
import { NonInviteServer } from '../../../../../src/sip/transaction/non-invite-server.js'
import { request, responseTo } from '../messages.js'
import { idle, nothing, type Each, type Outcome, type StateOf, type Subject } from './cell.js'

const bye = request({ method: 'BYE' })

type ClientState = StateOf<NonInviteClient> | 'terminated'
type ClientSituation = ClientState | 'trying on a new connection' | 'proceeding on a new connection'
type ClientAct = 'a 1xx' | 'a 200–699' | 'a transport fault' | 'a lost connection'

class SeenClient extends NonInviteClient {
  get at(): ClientState {
    return this.state
  }
}

const final = { tells: ['final 200'], returns: true } as const
const failedBy = (why: 'timeout' | 'transport'): Outcome<ClientSituation> => ({
  tells: [`failed ${why}`],
  then: 'terminated',
  rule: why === 'timeout' ? 'RFC 3261 §17.1.2.2' : 'RFC 3261 §17.1.4',
})
/** In the states trying and proceeding. */
const open = {
  /** Timer K is zero over a stream. */
  'a 200–699': { udp: { ...final, then: 'completed' }, stream: { ...final, then: 'terminated' } },
  'a transport fault': failedBy('transport'),
  'timer F': failedBy('timeout'),
  ...idle('timer K'),
} as const
const onStream = { transport: 'stream', because: 'only a stream has connections' } as const
const sentAgain = (then: ClientSituation): Outcome<ClientSituation> => ({ sends: ['BYE'], then, rule: 'RFC 3261 §17.2.3' })

/** RFC 3261 §17.1.2, figure 6. */
export const nonInviteClient: Subject<ClientState, ClientSituation, ClientAct, 'E' | 'F' | 'K'> = {
  name: 'non-INVITE client transaction',
  start(context, to) {
    const machine = new SeenClient('k', context, to, context.clientListener())
    machine.start(Buffer.from('BYE'))
    return {
      state: () => machine.at,
      acts: {
        'a 1xx': () => machine.receive(responseTo(bye, 100)),
        'a 200–699': () => machine.receive(responseTo(bye, 200)),
        'a transport fault': () => context.failAll(),
        'a lost connection': () => machine.connectionLost(),
      },
    }
  },
  streamOnly: ['a lost connection'],
  rows: {
    trying: {
      ...{ state: 'trying', rule: 'RFC 3261 §17.1.2.2', by: [] },
      timers: { udp: ['E 500', 'F 32000'], stream: ['F 32000'] },
      on: {
        ...open,
        'a 1xx': { tells: ['provisional 100'], returns: true, then: 'proceeding' },
        'a lost connection': sentAgain('trying on a new connection'),
        'timer E': { udp: { sends: ['BYE again'], timers: ['E 1000', 'F 32000'] }, stream: {} },
      },
    },
    'trying on a new connection': {
      ...{ state: 'trying', rule: 'RFC 3261 §17.1.4', by: ['a lost connection'], timers: ['F 32000'], only: onStream },
      on: {
        ...open,
        'a 1xx': { tells: ['provisional 100'], returns: true, then: 'proceeding on a new connection' },
        'a lost connection': failedBy('transport'),
        ...idle('timer E'),
      },
    },
    proceeding: {
      ...{ state: 'proceeding', rule: 'RFC 3261 §17.1.2.2', by: ['a 1xx'] },
      timers: { udp: ['E 500', 'F 32000'], stream: ['F 32000'] },
      on: {
        ...open,
        'a 1xx': { tells: ['provisional 100'], returns: true },
        'a lost connection': sentAgain('proceeding on a new connection'),
        'timer E': { udp: { sends: ['BYE again'], timers: ['E 4000', 'F 32000'] }, stream: {} },
      },
    },
    'proceeding on a new connection': {
      ...{ state: 'proceeding', rule: 'RFC 3261 §17.1.4', by: ['a 1xx', 'a lost connection'], timers: ['F 32000'] },
      only: onStream,
      on: {
        ...open,
        'a 1xx': { tells: ['provisional 100'], returns: true },
        'a lost connection': failedBy('transport'),
        ...idle('timer E'),
      },
    },
    completed: {
      ...{ state: 'completed', rule: 'RFC 3261 §17.1.2.2', by: ['a 200–699'], timers: ['K 5000'] },
      only: { transport: 'udp', because: 'timer K is zero over a stream' },
      on: {
        ...nothing('a 1xx', 'a transport fault', 'a lost connection'),
        'a 200–699': { absorbs: true },
        ...idle('timer E', 'timer F'),
        'timer K': { then: 'terminated' },
      },
    },
    terminated: {
      ...{ state: 'terminated', rule: 'RFC 3261 §17.1.2.2', by: ['a transport fault'], timers: [] },
      on: {
        ...nothing('a 1xx', 'a 200–699', 'a transport fault', 'a lost connection'),
        ...idle('timer E', 'timer F', 'timer K'),
      },
    },
  },
}

type ServerState = StateOf<NonInviteServer> | 'terminated'
type ServerAct =
  'the request again' | 'the request again from a stranger' | 'our 1xx' | 'our 200–699' | 'our silence' | 'a fault in sending'

class SeenServer extends NonInviteServer {
  get at(): ServerState {
    return this.state
  }
}

const absorbed = { absorbs: true } as const
const answered = { sends: ['200'], returns: true } as const
/** Timer J is zero over a stream. */
const toCompleted: Each<Outcome<ServerState>> = {
  udp: { ...answered, then: 'completed' },
  stream: { ...answered, then: 'terminated' },
}
const unanswered = {
  'the request again from a stranger': absorbed,
  'our 1xx': { sends: ['183'], returns: true, then: 'proceeding' },
  'our 200–699': toCompleted,
  // A stranger gets no response that is longer than the request.
  'our silence': { then: 'terminated', rule: 'docs/decisions/032' },
  // A provisional response that can't be sent is not reported.
  ...nothing('a fault in sending'),
  ...idle('timer J'),
} as const

/** RFC 3261 §17.2.2, figure 8. */
export const nonInviteServer: Subject<ServerState, ServerState, ServerAct, 'J'> = {
  name: 'non-INVITE server transaction',
  start(context, to) {
    const machine = new SeenServer('k', context, to)
    machine.listen(context.serverListener())
    const respond = (status: number): boolean => machine.respond(responseTo(bye, status), Buffer.from(`SIP/2.0 ${status}`))
    return {
      state: () => machine.at,
      acts: {
        'the request again': () => machine.repeated(),
        'the request again from a stranger': () => machine.repeated(0),
        'our 1xx': () => respond(183),
        'our 200–699': () => respond(200),
        'our silence': () => machine.silent(),
        'a fault in sending': () => context.failAll(),
      },
    }
  },
  streamOnly: [],
  rows: {
    trying: {
      ...{ state: 'trying', rule: 'RFC 3261 §17.2.2', by: [], timers: [] },
      on: { ...unanswered, 'the request again': absorbed },
    },
    proceeding: {
      ...{ state: 'proceeding', rule: 'RFC 3261 §17.2.2', by: ['our 1xx'], timers: [] },
      on: { ...unanswered, 'the request again': { sends: ['183 again'], absorbs: true } },
    },
    completed: {
      ...{ state: 'completed', rule: 'RFC 3261 §17.2.2', by: ['our 200–699'], timers: ['J 32000'] },
      only: { transport: 'udp', because: 'timer J is zero over a stream' },
      on: {
        'the request again': { sends: ['200 again'], absorbs: true },
        'the request again from a stranger': absorbed,
        ...nothing('our 1xx', 'our 200–699', 'our silence', 'a fault in sending'),
        'timer J': { then: 'terminated' },
      },
    },
    terminated: {
      ...{ state: 'terminated', rule: 'RFC 3261 §17.2.2', timers: [] },
      by: { udp: ['our 200–699', 'timer J'], stream: ['our 200–699'] },
      on: {
        ...{ 'the request again': absorbed, 'the request again from a stranger': absorbed },
        ...nothing('our 1xx', 'our 200–699', 'our silence'),
        // The user has just sent its response.
        'a fault in sending': { udp: {}, stream: { tells: ['failed transport'], rule: 'RFC 3261 §17.2.4' } },
        ...idle('timer J'),
      },
    },
  },
}
