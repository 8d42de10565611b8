import { testCells, type Cell } from './cell.js'
import type { SipMessage } from '../../../../src/sip/message/message.js'
import { Talk } from './talk.js'
import { sdpText } from './wire.js'

/** Which side refreshes the session and which side counts its interval (600 s unless the name says otherwise). No request is pending. */
type Quiet =
  | 'we refresh a peer that counts no interval'
  | 'we refresh a peer that counts it'
  | 'the peer refreshes'
  | 'our UPDATE was refused, and the interval runs on'

/** Half of the interval is over, and our refresh waits for its response. */
type Open = 'our UPDATE is open' | 'our UPDATE is open, and the peer counts no interval'

type Asked =
  | 'nothing more'
  | 'their UPDATE: they refresh'
  | 'their UPDATE: we refresh'
  | 'their UPDATE without timers'
  | 'their UPDATE with too short an interval'
  | 'their re-INVITE without timers'
  | 'their BYE'

type Answered =
  | '200: we refresh'
  | '200: they refresh'
  | '200 without timers'
  | '422 with a longer interval'
  | '422 without an interval'
  | '481'
  | '408'
  | '500'

type Situation = Quiet | Open
type Event = Asked | Answered

const timer = 'Supported: timer'
const allow = 'Allow: INVITE, ACK, BYE, UPDATE'
/** In a response `uac` means us; in a request of theirs it means them (RFC 4028 §3). */
const expires = (refresher: 'uac' | 'uas') => [timer, `Session-Expires: 600;refresher=${refresher}`]

/** We called. These are header fields of the phone's 200. */
const called = (...headers: string[]): Talk => Talk.outbound({ headers: [allow, ...headers] })
const half = 300_010

function refreshing(...headers: string[]): Talk {
  const talk = called(...headers)
  talk.pass(headers.length > 0 ? half : 900_010)
  return talk
}

const bring: Readonly<Record<Situation, () => Talk>> = {
  'we refresh a peer that counts no interval': () => called(),
  'we refresh a peer that counts it': () => called(...expires('uac')),
  'the peer refreshes': () => called(...expires('uas')),
  'our UPDATE is open': () => refreshing(...expires('uac')),
  'our UPDATE is open, and the peer counts no interval': () => refreshing(),
  'our UPDATE was refused, and the interval runs on': () => {
    const talk = refreshing(...expires('uac'))
    talk.phone.answer(talk.phone.request('UPDATE'), 500, '')
    return talk
  },
}

const answer = (talk: Talk, status: number, ...headers: string[]): void =>
  talk.phone.answer(talk.phone.request('UPDATE'), status, '', { headers })

const give: Readonly<Record<Event, (talk: Talk) => void>> = {
  'nothing more': () => undefined,
  'their UPDATE: they refresh': talk => talk.ask('UPDATE', { headers: expires('uac') }),
  'their UPDATE: we refresh': talk => talk.ask('UPDATE', { headers: expires('uas') }),
  'their UPDATE without timers': talk => talk.ask('UPDATE'),
  'their UPDATE with too short an interval': talk => talk.ask('UPDATE', { headers: [timer, 'Session-Expires: 60'] }),
  'their re-INVITE without timers': talk => {
    talk.ask('INVITE', { body: sdpText('same') })
    talk.renegotiations.at(-1)?.accept({ type: 'application/sdp', text: sdpText('us') }, () => undefined)
    talk.pass(3)
    talk.ack()
  },
  '200: we refresh': talk => answer(talk, 200, ...expires('uac')),
  '200: they refresh': talk => answer(talk, 200, ...expires('uas')),
  '200 without timers': talk => answer(talk, 200),
  '422 with a longer interval': talk => answer(talk, 422, 'Min-SE: 3600'),
  '422 without an interval': talk => answer(talk, 422),
  '481': talk => answer(talk, 481),
  '408': talk => answer(talk, 408),
  '500': talk => answer(talk, 500),
  'their BYE': talk => talk.ask('BYE'),
}

/** The longest wait of a cell, in seconds. The longest interval is 3,600. */
const longest = 4_000

/** The first new request that the phone gets as time passes, and the seconds until then. Retransmissions do not count. */
function next(talk: Talk): readonly string[] {
  const known = new Set(talk.phone.got.map(numberOf))
  for (let passed = 1; passed <= longest; passed += 1) {
    talk.pass(1_000)
    const found = talk.phone.got.find(message => !known.has(numberOf(message)))
    if (found) return [`${numberOf(found).replace(/^\d+ /, '')} ${passed} s later`]
  }
  return []
}

const numberOf = ({ headers }: SipMessage): string => headers.first('CSeq') ?? ''

function play(situation: Situation, event: Event): { hears: readonly string[]; tells: readonly string[] } {
  const talk = bring[situation]()
  talk.phone.heard()
  talk.told.length = 0
  give[event](talk)
  talk.pass(3)
  const hears = [...talk.phone.heard(), ...next(talk)]
  const tells = talk.told.slice()
  talk.close()
  return { hears, tells }
}

const expired = { tells: ['lost expired'] }
const gone = { tells: ['lost noDialog'] }
/** We refresh after half of the interval, and send BYE 32 s before its end (RFC 4028 §10). */
const ourTurn = 'UPDATE 300 s later'
const ourUsualTurn = 'UPDATE 900 s later'
const theirTurn = 'BYE 568 s later'

/** While no request of ours is pending, the peer's request alone decides who refreshes and when. */
const theirs = {
  'their UPDATE: they refresh': { hears: ['200 UPDATE', theirTurn], ...expired, rule: 'RFC 4028 §9' },
  'their UPDATE: we refresh': { hears: ['200 UPDATE', ourTurn], rule: 'RFC 4028 §9' },
  // The 200 has no Session-Expires, so neither side counts any more. A lost BYE is still found.
  'their UPDATE without timers': { hears: ['200 UPDATE', ourUsualTurn], rule: 'RFC 4028 §9' },
  'their re-INVITE without timers': { hears: ['100 INVITE', '200 INVITE', ourUsualTurn], rule: 'RFC 4028 §9' },
  'their BYE': { hears: ['200 BYE'], tells: ['hungUp'], rule: 'RFC 4028 §10' },
} as const

/** A 422 has no effect. */
const tooShort = (...then: string[]): Cell => ({ hears: ['422 UPDATE', ...then], rule: 'RFC 4028 §9' })

/** A request of theirs does not replace the response to ours. Without a response the dialog is gone (RFC 5057 §5.1). */
const unanswered = (...hears: string[]): Cell => ({ hears: [...hears, 'BYE 32 s later'], ...gone, rule: 'RFC 3261 §12.2.1.2' })

const whileOpen = {
  'nothing more': unanswered(),
  'their UPDATE: they refresh': unanswered('200 UPDATE'),
  'their UPDATE: we refresh': unanswered('200 UPDATE'),
  'their UPDATE without timers': unanswered('200 UPDATE'),
  'their UPDATE with too short an interval': unanswered('422 UPDATE'),
  'their re-INVITE without timers': unanswered('100 INVITE', '200 INVITE'),
  'their BYE': theirs['their BYE'],
  '200: we refresh': { hears: [ourTurn], rule: 'RFC 4028 §7.2' },
  '200: they refresh': { hears: [theirTurn], ...expired, rule: 'RFC 4028 §7.2' },
  '200 without timers': { hears: [ourUsualTurn], rule: 'RFC 4028 §7.2' },
  '422 with a longer interval': { ...unanswered('UPDATE'), rule: 'RFC 4028 §7.3' },
  '481': { hears: ['BYE'], ...gone, rule: 'RFC 3261 §12.2.1.2' },
  '408': { hears: ['BYE'], ...gone, rule: 'RFC 3261 §12.2.1.2' },
} as const

const quiet: Readonly<Record<Quiet, Readonly<Record<Asked, Cell>>>> = {
  'we refresh a peer that counts no interval': {
    ...theirs,
    'nothing more': { hears: [ourUsualTurn], rule: 'RFC 4028 §7.2' },
    'their UPDATE with too short an interval': tooShort(ourUsualTurn),
  },
  'we refresh a peer that counts it': {
    ...theirs,
    'nothing more': { hears: [ourTurn], rule: 'RFC 4028 §7.2' },
    'their UPDATE with too short an interval': tooShort(ourTurn),
  },
  'the peer refreshes': {
    ...theirs,
    'nothing more': { hears: [theirTurn], ...expired, rule: 'RFC 4028 §10' },
    'their UPDATE with too short an interval': { ...tooShort(theirTurn), ...expired },
  },
  'our UPDATE was refused, and the interval runs on': {
    ...theirs,
    'nothing more': { hears: ['UPDATE 10 s later'], rule: 'RFC 4028 §10' },
    'their UPDATE with too short an interval': tooShort('UPDATE 10 s later'),
  },
}

const open: Readonly<Record<Open, Readonly<Record<Event, Cell>>>> = {
  'our UPDATE is open': {
    ...whileOpen,
    '422 without an interval': { hears: ['UPDATE 10 s later'], rule: 'RFC 4028 §10' },
    '500': { hears: ['UPDATE 10 s later'], rule: 'RFC 4028 §10' },
  },
  // Its response shows that it is still there.
  'our UPDATE is open, and the peer counts no interval': {
    ...whileOpen,
    '422 without an interval': { hears: [ourUsualTurn], rule: 'RFC 3261 §12.2.1.2' },
    '500': { hears: [ourUsualTurn], rule: 'RFC 3261 §12.2.1.2' },
  },
}

describe('a session timer: each situation with each event', () => {
  testCells(quiet, play)
  testCells(open, play)
})
