import assert from 'node:assert/strict'
import { seconds } from '../../../../src/foundation/time.js'
import type { AnsweredLeg } from '../../../../src/legs/leg.js'
import { testCells, type Cell } from './cell.js'
import { Phone, reverse, sdp, sdpText, toPhone, Wire } from './wire.js'

/** Situation × event of an INVITE that we sent. The called phone has the forks a and b. */

type Situation =
  | 'nothing came'
  | '100 came'
  | 'fork a rings'
  | 'fork a rings reliably'
  | 'we cancelled before any response'
  | 'we cancelled after 100'
  | 'we cancelled while fork a rings'
  | 'fork a answered'
  | 'it was refused'

type Refusal = 300 | 302 | 401 | 404 | 407 | 486 | 487 | 491 | 500 | 503 | 600 | 603
type Event =
  | 'a 100'
  | 'a 180 without a tag'
  | 'a 180 of fork a'
  | 'a 182 of fork a'
  | 'a 183 of fork b'
  | 'a reliable 180 of fork a'
  | 'a reliable 183 of fork b'
  | 'a 200 of fork a'
  | 'a 200 of fork b'
  | `a ${Refusal}`
  | 'our CANCEL'
  | 'a BYE of fork a'
  | 'a BYE of fork b'
  | 'an UPDATE with an offer of fork a'
  | 'an UPDATE without an offer of fork a'
  | 'an INFO of fork a'
  | 'a PRACK of fork a'
  | 'an INVITE of fork a'
  | 'a CANCEL of fork a'
  | '32 s of silence'
  | 'the end of its time'

const us = '192.0.2.1'
const refusals = [300, 302, 401, 404, 407, 486, 487, 491, 500, 503, 600, 603] as const
const reliable = (number: number) => ({ headers: ['Require: 100rel', `RSeq: ${number}`] })

class Calling {
  readonly wire = new Wire()
  readonly endpoint = this.wire.site(us)
  readonly phone = new Phone(this.wire, '192.0.2.2')
  readonly told: string[] = []
  readonly legs: AnsweredLeg[] = []
  #numbers = 100
  readonly invite = this.endpoint.invite(
    { ...toPhone(), body: sdp('us'), limits: { expires: seconds(100) } },
    {
      ringing: status => this.told.push(`ringing ${status}`),
      answered: leg => {
        this.told.push('answered')
        this.legs.push(leg)
        leg.listen({ ended: ({ kind }) => this.told.push(`ended ${kind}`) })
        leg.acknowledge()
      },
      refused: ({ status }) => this.told.push(`refused ${status}`),
    },
  )

  constructor() {
    this.pass(3)
  }

  pass(ms: number): void {
    this.wire.clock.pass(ms)
  }

  answer(status: number, tag: string, words: Parameters<Phone['answer']>[3] = {}): void {
    this.phone.answer(this.phone.request('INVITE'), status, tag, words)
  }

  /** A response without a tag, which creates no dialog. */
  untagged(status: number): void {
    const { headers } = this.phone.request('INVITE')
    const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(name => `${name}: ${headers.first(name) ?? ''}`)
    this.phone.send([`SIP/2.0 ${status} Whatever`, ...copied], '', us)
  }

  /** A request in the dialog of a fork. */
  ask(method: string, tag: string, body = ''): void {
    this.#numbers += 1
    this.phone.ask(method, us, reverse(this.phone.request('INVITE'), tag), { cseq: this.#numbers, body })
  }

  cancel(): void {
    this.invite.cancel()
    this.pass(3)
  }

  /** Ends whatever is pending. Nothing may be left. */
  close(): void {
    this.invite.cancel()
    for (const leg of this.legs) leg.hangUp()
    this.pass(300_000)
    assert.deepEqual([this.endpoint.openLegs, this.endpoint.transactions, this.wire.clock.size], [0, 0, 0])
  }
}

const cancelled = (calling: Calling): void => {
  calling.cancel()
  calling.phone.answer(calling.phone.request('CANCEL'), 200, 'a')
}
const bring: Readonly<Record<Situation, (calling: Calling) => void>> = {
  'nothing came': () => undefined,
  '100 came': calling => calling.untagged(100),
  'fork a rings': calling => calling.answer(180, 'a'),
  'fork a rings reliably': calling => {
    calling.answer(180, 'a', reliable(1))
    calling.phone.answer(calling.phone.request('PRACK'), 200, '')
  },
  'we cancelled before any response': calling => calling.cancel(),
  'we cancelled after 100': calling => {
    calling.untagged(100)
    cancelled(calling)
  },
  'we cancelled while fork a rings': calling => {
    calling.answer(180, 'a')
    cancelled(calling)
  },
  'fork a answered': calling => calling.answer(200, 'a', { body: sdpText('bob') }),
  'it was refused': calling => calling.answer(486, 'a'),
}

const each = <K extends string, V>(names: readonly K[], of: (name: K) => V): Readonly<Record<K, V>> =>
  Object.fromEntries(names.map(name => [name, of(name)])) as Record<K, V>
const refusalNames = refusals.map(status => `a ${status}` as const)
const statusIn = (name: string): string => name.slice(2)

const give: Readonly<Record<Event, (calling: Calling) => void>> = {
  'a 100': calling => calling.untagged(100),
  'a 180 without a tag': calling => calling.untagged(180),
  'a 180 of fork a': calling => calling.answer(180, 'a'),
  'a 182 of fork a': calling => calling.answer(182, 'a'),
  'a 183 of fork b': calling => calling.answer(183, 'b', { body: sdpText('bob') }),
  'a reliable 180 of fork a': calling => calling.answer(180, 'a', reliable(2)),
  'a reliable 183 of fork b': calling => calling.answer(183, 'b', { ...reliable(7), body: sdpText('bob') }),
  'a 200 of fork a': calling => calling.answer(200, 'a', { body: sdpText('bob') }),
  'a 200 of fork b': calling => calling.answer(200, 'b', { body: sdpText('bob') }),
  ...each(refusalNames, name => (calling: Calling) => calling.answer(Number(statusIn(name)), 'a')),
  'our CANCEL': calling => calling.invite.cancel(),
  'a BYE of fork a': calling => calling.ask('BYE', 'a'),
  'a BYE of fork b': calling => calling.ask('BYE', 'b'),
  'an UPDATE with an offer of fork a': calling => calling.ask('UPDATE', 'a', sdpText('bob')),
  'an UPDATE without an offer of fork a': calling => calling.ask('UPDATE', 'a'),
  'an INFO of fork a': calling => calling.ask('INFO', 'a'),
  'a PRACK of fork a': calling => calling.ask('PRACK', 'a'),
  'an INVITE of fork a': calling => calling.ask('INVITE', 'a', sdpText('bob')),
  'a CANCEL of fork a': calling => calling.ask('CANCEL', 'a'),
  '32 s of silence': calling => calling.pass(32_000),
  'the end of its time': calling => calling.pass(100_000),
}

const nothing = (rule: string): Cell => ({ rule })
const gets = (line: string, rule: string): Cell => ({ hears: [line], rule })

/** No dialog with fork a or b exists for their requests. */
const strangers = {
  ...each(['a BYE of fork a', 'a BYE of fork b'], () => gets('481 BYE', 'RFC 3261 §12.2.2')),
  ...each(['an UPDATE with an offer of fork a', 'an UPDATE without an offer of fork a'], () =>
    gets('481 UPDATE', 'RFC 3261 §12.2.2'),
  ),
  'an INFO of fork a': gets('481 INFO', 'RFC 3261 §12.2.2'),
  'a PRACK of fork a': gets('481 PRACK', 'RFC 3261 §12.2.2'),
  'an INVITE of fork a': { hears: ['100 INVITE', '481 INVITE'], rule: 'RFC 3261 §12.2.2' },
  // It matches no server transaction of ours.
  'a CANCEL of fork a': gets('481 CANCEL', 'RFC 3261 §9.2'),
} as const
/** The early dialog with fork a exists, none with fork b. */
const early = {
  ...strangers,
  'a BYE of fork a': gets('481 BYE', 'RFC 3261 §15: the callee sends none in an early dialog'),
  'an UPDATE with an offer of fork a': gets('491 UPDATE', 'RFC 3311 §5.2'),
  'an UPDATE without an offer of fork a': gets('200 UPDATE', 'RFC 3311 §5.2'),
  'an INFO of fork a': gets('200 INFO', 'RFC 6086 §4.2.2'),
  'a PRACK of fork a': gets('481 PRACK', 'RFC 3262 §3'),
  'an INVITE of fork a': { hears: ['100 INVITE', '491 INVITE'], rule: 'RFC 3261 §14.2' },
} as const

/** We wait for a final response. */
const open = {
  'a 100': nothing('RFC 3261 §13.2.2.1'),
  ...each(['a 180 without a tag', 'a 180 of fork a'], () => ({ tells: ['ringing 180'], rule: 'RFC 3261 §13.2.2.1' })),
  'a 182 of fork a': nothing('RFC 3261 §13.2.2.1'),
  'a 183 of fork b': { tells: ['ringing 183'], rule: 'RFC 3261 §13.2.2.1' },
  'a reliable 180 of fork a': { hears: ['PRACK'], tells: ['ringing 180'], rule: 'RFC 3262 §4' },
  'a reliable 183 of fork b': { hears: ['PRACK'], tells: ['ringing 183'], rule: 'RFC 3262 §4' },
  ...each(['a 200 of fork a', 'a 200 of fork b'], () => ({ hears: ['ACK'], tells: ['answered'], rule: 'RFC 3261 §13.2.2.4' })),
  ...each(refusalNames, name => ({ hears: ['ACK'], tells: [`refused ${statusIn(name)}`], rule: 'RFC 3261 §13.2.2.3' })),
  'our CANCEL': gets('CANCEL', 'RFC 3261 §9.1'),
} as const
/** After a provisional response only the overall time limit ends it. */
const patient = {
  '32 s of silence': nothing('RFC 3261 §17.1.1.2'),
  'the end of its time': { hears: ['CANCEL'], tells: ['refused 408'], rule: 'RFC 3261 §16.8' },
} as const
const rung = each(['a 180 without a tag', 'a 180 of fork a'], () => nothing('RFC 3261 §13.2.2.1'))
const sentAgain = (times: number): readonly string[] => Array.from({ length: times }, () => 'INVITE')

/** The owner is told nothing more. The peer still gets the required responses. */
const unwanted = {
  ...each(['a 100', 'a 180 without a tag', 'a 180 of fork a', 'a 182 of fork a', 'a 183 of fork b'], () =>
    nothing('RFC 3261 §9.1'),
  ),
  ...each(['a reliable 180 of fork a', 'a reliable 183 of fork b'], () => gets('PRACK', 'RFC 3262 §4')),
  ...each(['a 200 of fork a', 'a 200 of fork b'], () => ({ hears: ['ACK', 'BYE'], rule: 'RFC 3261 §9.1, §15' })),
  ...each(refusalNames, () => gets('ACK', 'RFC 3261 §17.1.1.3')),
  'our CANCEL': nothing('RFC 3261 §9.1'),
  '32 s of silence': nothing('RFC 3261 §9.1'),
  'the end of its time': nothing('RFC 3261 §9.1'),
} as const
const lateCancel = (rule: string) => gets('CANCEL', rule)

/** The transaction has its final response. */
const settled = {
  ...each(
    [
      ...(['a 100', 'a 180 without a tag', 'a 180 of fork a', 'a 182 of fork a', 'a 183 of fork b'] as const),
      ...(['a reliable 180 of fork a', 'a reliable 183 of fork b'] as const),
    ],
    () => nothing('RFC 6026 §7.2'),
  ),
  'our CANCEL': nothing('RFC 3261 §9.1'),
  '32 s of silence': nothing('RFC 6026 §7.2'),
  'the end of its time': nothing('RFC 6026 §7.2'),
} as const

const cells: Readonly<Record<Situation, Readonly<Record<Event, Cell>>>> = {
  'nothing came': {
    ...open,
    ...strangers,
    // The CANCEL waits for the first provisional response.
    'our CANCEL': nothing('RFC 3261 §9.1'),
    '32 s of silence': { hears: sentAgain(6), tells: ['refused 408'], rule: 'RFC 3261 §17.1.1.2' },
    'the end of its time': { hears: sentAgain(6), tells: ['refused 408'], rule: 'RFC 3261 §17.1.1.2' },
  },
  '100 came': { ...open, ...patient, ...strangers },
  'fork a rings': { ...open, ...patient, ...rung, ...early, 'a reliable 180 of fork a': gets('PRACK', 'RFC 3262 §4') },
  'fork a rings reliably': {
    ...open,
    ...patient,
    ...rung,
    ...early,
    'a reliable 180 of fork a': gets('PRACK', 'RFC 3262 §4'),
  },
  'we cancelled before any response': {
    ...unwanted,
    ...strangers,
    ...each(['a 100', 'a 180 without a tag', 'a 180 of fork a', 'a 182 of fork a', 'a 183 of fork b'], () =>
      lateCancel('RFC 3261 §9.1'),
    ),
    ...each(['a reliable 180 of fork a', 'a reliable 183 of fork b'], () => ({
      hears: ['CANCEL', 'PRACK'],
      rule: 'RFC 3261 §9.1, RFC 3262 §4',
    })),
    ...each(['32 s of silence', 'the end of its time'], () => ({ hears: sentAgain(6), rule: 'RFC 3261 §17.1.1.2' })),
  },
  'we cancelled after 100': { ...unwanted, ...strangers },
  'we cancelled while fork a rings': { ...unwanted, ...early },
  'fork a answered': {
    ...settled,
    ...strangers,
    'a 200 of fork a': gets('ACK', 'RFC 3261 §13.2.2.4'),
    'a 200 of fork b': { hears: ['ACK', 'BYE'], rule: 'RFC 3261 §13.2.2.4' },
    ...each(refusalNames, () => nothing('RFC 6026 §7.2')),
    'a BYE of fork a': { hears: ['200 BYE'], tells: ['ended hungUp'], rule: 'RFC 3261 §15.1.2' },
    // The owner accepts no offers.
    'an UPDATE with an offer of fork a': gets('488 UPDATE', 'RFC 3311 §5.2'),
    'an UPDATE without an offer of fork a': gets('200 UPDATE', 'RFC 3311 §5.2'),
    'an INFO of fork a': gets('200 INFO', 'RFC 6086 §4.2.2'),
    'a PRACK of fork a': gets('481 PRACK', 'RFC 3262 §3'),
    'an INVITE of fork a': { hears: ['100 INVITE', '488 INVITE'], rule: 'RFC 3261 §14.2' },
  },
  'it was refused': {
    ...settled,
    ...strangers,
    ...each(['a 200 of fork a', 'a 200 of fork b'], () => nothing('RFC 3261 §17.1.1.2')),
    ...each(refusalNames, () => gets('ACK', 'RFC 3261 §17.1.1.2')),
  },
}

describe('an INVITE that we sent: each situation with each event', () => {
  let calling: Calling
  beforeEach(() => (calling = new Calling()))
  afterEach(() => calling.close())

  testCells(cells, (situation, event) => {
    bring[situation](calling)
    calling.pass(3)
    calling.phone.heard()
    calling.told.length = 0
    give[event](calling)
    calling.pass(3)
    return { hears: calling.phone.heard(), tells: calling.told.slice() }
  })
})
