import assert from 'node:assert/strict'
import type { InboundCall } from '../../../../src/legs/answering.js'
import type { Leg } from '../../../../src/legs/leg.js'
import { testCells, type Cell } from './cell.js'
import { Phone, sdp, sdpText, Wire, type Dialogue } from './wire.js'

/** Situation × event of an INVITE with an offer that we received, from a caller with or without reliable provisional responses (RFC 3262). */

type Situation =
  | 'nothing was said but 100'
  | 'we ring'
  | 'we ring reliably'
  | 'our reliable 180 is acknowledged'
  | 'we answered'
  | 'our 200 is acknowledged'
  | 'we refused'
  | 'our refusal is acknowledged'
  | 'the caller cancelled'

type Event =
  | 'our 180'
  | 'our 200'
  | 'our 486'
  | 'the same INVITE'
  | 'a CANCEL'
  | 'an ACK'
  | 'a BYE'
  | 'a BYE of another tag'
  | 'a re-INVITE'
  | 'an UPDATE with an offer'
  | 'an UPDATE without an offer'
  | 'a PRACK of the 180'
  | 'a PRACK of another number'
  | 'an INFO'
  | 'an OPTIONS'
  | 'a REFER'
  | '40 s of silence'

const us = '192.0.2.1'
const first: Dialogue = {
  from: '<sip:carol@example.com>;tag=carol1',
  to: '<sip:support@example.com>',
  callId: 'call-1',
  branch: 'z9hG4bK-invite',
}

class Called {
  readonly wire = new Wire()
  readonly endpoint = this.wire.site(us)
  readonly caller = new Phone(this.wire, '192.0.2.2')
  readonly told: string[] = []
  #invite: InboundCall | undefined
  #session: Leg | undefined
  #numbers = 1
  #headers: readonly string[] = []

  constructor() {
    this.endpoint.onInvite(invite => {
      this.#invite = invite
      invite.listen({ cancelled: () => this.told.push('cancelled') })
    })
  }

  call(...headers: string[]): void {
    this.#headers = headers
    this.caller.ask('INVITE', us, first, { body: sdpText('carol'), headers })
  }

  again(): void {
    this.call(...this.#headers)
  }

  ring(): void {
    this.#invite?.progress(180)
    this.pass(3)
  }

  answer(): void {
    const session = this.#invite?.answer(sdp('us'))
    this.#session ??= session
    session?.listen({
      confirmed: () => this.told.push('confirmed'),
      ended: end => this.told.push(end.kind === 'lost' ? `lost ${end.why}` : `ended ${end.kind}`),
    })
    this.pass(3)
  }

  refuse(): void {
    this.#invite?.reject(486)
    this.pass(3)
  }

  pass(ms: number): void {
    this.wire.clock.pass(ms)
  }

  /** A request in the dialog, with our tag from a response. Before a response, with an invented tag. */
  ask(method: string, body = '', headers: readonly string[] = [], from = first.from): void {
    this.#numbers += 1
    this.caller.ask(method, us, this.#within(from), { cseq: this.#numbers, body, headers })
  }

  /** The ACK: for a 2xx in a new transaction, otherwise in the INVITE's own (§17.1.1.3). */
  ack(): void {
    const answered = this.#latest()?.startsWith('2') === true
    const { branch, ...within } = { ...first, to: this.#within().to }
    this.caller.ask('ACK', us, answered ? within : { ...within, ...(branch !== undefined && { branch }) })
  }

  prack(offset = 0): void {
    const rseq = Number(this.#ringing()?.headers.first('RSeq') ?? 1)
    this.ask('PRACK', '', [`RAck: ${rseq + offset} 1 INVITE`])
  }

  cancel(): void {
    this.caller.ask('CANCEL', us, first)
  }

  close(): void {
    this.#invite?.reject(500)
    this.#session?.hangUp()
    this.pass(300_000)
    assert.deepEqual([this.endpoint.openLegs, this.endpoint.transactions, this.wire.clock.size], [0, 0, 0])
  }

  #within(from = first.from): Dialogue {
    const to = this.#responses().at(-1)?.headers.first('To') ?? `${first.to};tag=invented`
    return { from, to, callId: first.callId }
  }

  /** Responses to the INVITE other than 100. */
  #responses() {
    return this.caller.got.filter(
      message => message.kind === 'response' && message.status > 100 && message.headers.first('CSeq') === '1 INVITE',
    )
  }

  #ringing() {
    return this.#responses().find(message => message.headers.has('RSeq'))
  }

  #latest(): string | undefined {
    const last = this.#responses().at(-1)
    return last?.kind === 'response' ? String(last.status) : undefined
  }
}

const bring: Readonly<Record<Situation, (called: Called) => void>> = {
  'nothing was said but 100': called => called.call(),
  'we ring': called => {
    called.call()
    called.ring()
  },
  'we ring reliably': called => {
    called.call('Require: 100rel')
    called.ring()
  },
  'our reliable 180 is acknowledged': called => {
    called.call('Require: 100rel')
    called.ring()
    called.prack()
  },
  'we answered': called => {
    called.call()
    called.answer()
  },
  'our 200 is acknowledged': called => {
    called.call()
    called.answer()
    called.ack()
  },
  'we refused': called => {
    called.call()
    called.refuse()
  },
  'our refusal is acknowledged': called => {
    called.call()
    called.refuse()
    called.ack()
  },
  'the caller cancelled': called => {
    called.call()
    called.cancel()
    called.pass(3)
    called.ack()
  },
}

const give: Readonly<Record<Event, (called: Called) => void>> = {
  'our 180': called => called.ring(),
  'our 200': called => called.answer(),
  'our 486': called => called.refuse(),
  'the same INVITE': called => called.again(),
  'a CANCEL': called => called.cancel(),
  'an ACK': called => called.ack(),
  'a BYE': called => called.ask('BYE'),
  'a BYE of another tag': called => called.ask('BYE', '', [], '<sip:carol@example.com>;tag=other'),
  'a re-INVITE': called => called.ask('INVITE', sdpText('hold')),
  'an UPDATE with an offer': called => called.ask('UPDATE', sdpText('hold')),
  'an UPDATE without an offer': called => called.ask('UPDATE'),
  'a PRACK of the 180': called => called.prack(),
  'a PRACK of another number': called => called.prack(5),
  'an INFO': called => called.ask('INFO'),
  'an OPTIONS': called => called.ask('OPTIONS'),
  'a REFER': called => called.ask('REFER', '', ['Refer-To: <sip:dave@192.0.2.9>']),
  '40 s of silence': called => called.pass(40_000),
}

const each = <K extends string, V>(names: readonly K[], of: (name: K) => V): Readonly<Record<K, V>> =>
  Object.fromEntries(names.map(name => [name, of(name)])) as Record<K, V>
const nothing = (rule: string): Cell => ({ rule })
const gets = (line: string, rule: string): Cell => ({ hears: [line], rule })
const refused = (method: string, status: number, rule: string): Cell =>
  method === 'INVITE' ? { hears: ['100 INVITE', `${status} INVITE`], rule } : gets(`${status} ${method}`, rule)
const times = (count: number, line: string): readonly string[] => Array.from({ length: count }, () => line)

/** There is no dialog, so requests in one find none. */
const noDialog = {
  ...each(['a BYE', 'a BYE of another tag'], () => refused('BYE', 481, 'RFC 3261 §15.1.2')),
  'a re-INVITE': refused('INVITE', 481, 'RFC 3261 §12.2.2'),
  ...each(['an UPDATE with an offer', 'an UPDATE without an offer'], () => refused('UPDATE', 481, 'RFC 3261 §12.2.2')),
  ...each(['a PRACK of the 180', 'a PRACK of another number'], () => refused('PRACK', 481, 'RFC 3262 §3')),
  'an INFO': refused('INFO', 481, 'RFC 3261 §12.2.2'),
  'an OPTIONS': refused('OPTIONS', 481, 'RFC 3261 §12.2.2'),
  'a REFER': refused('REFER', 481, 'RFC 3261 §12.2.2'),
} as const

/** No final response has been sent. */
const open = {
  'our 180': gets('180 INVITE', 'RFC 3261 §13.3.1.1'),
  'our 200': gets('200 INVITE', 'RFC 3261 §13.3.1.4'),
  'our 486': gets('486 INVITE', 'RFC 3261 §13.3.1.3'),
  'a CANCEL': { hears: ['200 CANCEL', '487 INVITE'], tells: ['cancelled'], rule: 'RFC 3261 §9.2' },
  'an ACK': nothing('RFC 3261 §17.2.1'),
} as const

const early = {
  'a BYE': { hears: ['200 BYE', '487 INVITE'], tells: ['cancelled'], rule: 'RFC 3261 §15.1.2' },
  'a BYE of another tag': refused('BYE', 481, 'RFC 3261 §12.2.2'),
  // The previous one is not answered yet.
  'a re-INVITE': refused('INVITE', 500, 'RFC 3261 §14.2'),
  'an UPDATE with an offer': refused('UPDATE', 500, 'RFC 3311 §5.2'),
  'an UPDATE without an offer': refused('UPDATE', 200, 'RFC 3311 §5.2'),
  ...each(['a PRACK of the 180', 'a PRACK of another number'], () => refused('PRACK', 481, 'RFC 3262 §3')),
  'an INFO': refused('INFO', 200, 'RFC 6086 §4.2.2'),
  'an OPTIONS': refused('OPTIONS', 200, 'RFC 3261 §11.2'),
  'a REFER': refused('REFER', 603, 'RFC 3515 §2.4.2'),
} as const

/** Our final response has been sent. Further ones of the owner are ignored. */
const settled = {
  ...each(['our 180', 'our 486'], () => nothing('RFC 3261 §13.3.1')),
  'a CANCEL': gets('200 CANCEL', 'RFC 3261 §9.2'),
} as const
const confirmed = {
  ...early,
  ...settled,
  'a BYE': { hears: ['200 BYE'], tells: ['ended hungUp'], rule: 'RFC 3261 §15.1.2' },
  // The owner accepts no offers.
  'a re-INVITE': refused('INVITE', 488, 'RFC 3261 §14.2'),
  'an UPDATE with an offer': refused('UPDATE', 488, 'RFC 3311 §5.2'),
} as const
/** The caller left, so the session ends before it begins. */
const tooLate: Cell = { tells: ['ended hungUpByUs'], rule: 'RFC 3261 §13.3.1' }

const cells: Readonly<Record<Situation, Readonly<Record<Event, Cell>>>> = {
  'nothing was said but 100': {
    ...open,
    ...noDialog,
    'the same INVITE': gets('100 INVITE', 'RFC 3261 §17.2.1'),
    '40 s of silence': nothing('RFC 3261 §13.3.1'),
  },
  'we ring': {
    ...open,
    ...early,
    'the same INVITE': gets('180 INVITE', 'RFC 3261 §17.2.1'),
    '40 s of silence': nothing('RFC 3261 §13.3.1'),
  },
  'we ring reliably': {
    ...open,
    ...early,
    // Our next response waits until this one is acknowledged.
    'our 180': nothing('RFC 3262 §3'),
    'the same INVITE': gets('180 INVITE', 'RFC 3261 §17.2.1'),
    'a PRACK of the 180': refused('PRACK', 200, 'RFC 3262 §3'),
    '40 s of silence': {
      hears: [...times(6, '180 INVITE'), ...times(5, '504 INVITE')],
      tells: ['cancelled'],
      rule: 'RFC 3262 §3',
    },
  },
  'our reliable 180 is acknowledged': {
    ...open,
    ...early,
    'the same INVITE': gets('180 INVITE', 'RFC 3261 §17.2.1'),
    '40 s of silence': nothing('RFC 3262 §3'),
  },
  'we answered': {
    ...confirmed,
    'our 200': tooLate,
    'the same INVITE': nothing('RFC 6026 §7.1'),
    'an ACK': { tells: ['confirmed'], rule: 'RFC 3261 §13.3.1.4' },
    // Their transaction is not over, and its response may be lost.
    'a re-INVITE': refused('INVITE', 491, 'RFC 3261 §14.2'),
    'an UPDATE with an offer': refused('UPDATE', 491, 'RFC 3311 §5.2'),
    '40 s of silence': {
      hears: [...times(10, '200 INVITE'), ...times(5, 'BYE')],
      tells: ['lost noAck'],
      rule: 'RFC 3261 §13.3.1.4',
    },
  },
  'our 200 is acknowledged': {
    ...confirmed,
    'our 200': tooLate,
    'the same INVITE': nothing('RFC 6026 §7.1'),
    'an ACK': nothing('RFC 3261 §13.3.1.4'),
    '40 s of silence': nothing('RFC 3261 §13.3.1.4'),
  },
  'we refused': {
    ...settled,
    ...noDialog,
    'our 200': tooLate,
    'the same INVITE': gets('486 INVITE', 'RFC 3261 §17.2.1'),
    'an ACK': nothing('RFC 3261 §17.2.1'),
    '40 s of silence': { hears: times(10, '486 INVITE'), rule: 'RFC 3261 §17.2.1' },
  },
  'our refusal is acknowledged': {
    ...settled,
    ...noDialog,
    'our 200': tooLate,
    'the same INVITE': nothing('RFC 3261 §17.2.1'),
    'an ACK': nothing('RFC 3261 §17.2.1'),
    '40 s of silence': nothing('RFC 3261 §17.2.1'),
  },
  'the caller cancelled': {
    ...settled,
    ...noDialog,
    'our 200': tooLate,
    // Our 200 to the same CANCEL again.
    'a CANCEL': gets('200 CANCEL', 'RFC 3261 §17.2.2'),
    'the same INVITE': nothing('RFC 3261 §17.2.1'),
    'an ACK': nothing('RFC 3261 §17.2.1'),
    '40 s of silence': nothing('RFC 3261 §17.2.1'),
  },
}

describe('an INVITE that we received: each situation with each event', () => {
  let called: Called
  beforeEach(() => (called = new Called()))
  afterEach(() => called.close())

  testCells(cells, (situation, event) => {
    bring[situation](called)
    called.pass(3)
    called.caller.heard()
    called.told.length = 0
    give[event](called)
    called.pass(3)
    return { hears: called.caller.heard(), tells: called.told.slice() }
  })
})
