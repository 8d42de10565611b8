import assert from 'node:assert/strict'
import type { SubscriberState } from '../../../../src/sip/subscription/subscriber.js'
import { Watching } from './watching.js'

/** State × event of our subscription (RFC 6665 §4.1). The waits between attempts are tested in subscriber.test.ts. */

type Row = SubscriberState | 'asked' | 'stopped and told so' | 'stopped for more than 32 s'
type Notified = 'active' | 'pending' | 'deactivated' | 'timeout' | 'probation' | 'giveup' | 'rejected' | 'noresource'
type Event =
  `a NOTIFY: ${Notified}` | 'a 423' | 'a 489' | 'the time of its next try' | 'the wish for the whole state' | 'its end by us'

interface Cell {
  readonly then: SubscriberState
  /** What the notifier receives. */
  readonly hears?: readonly string[]
  readonly tells?: readonly string[]
  readonly rule: string
}

const stopped = (watching: Watching): void => {
  watching.establish()
  watching.subscriber.stop()
  watching.wire.clock.pass(3)
  watching.answer(200, 'Expires: 0')
}

const bring: Readonly<Record<Row, (watching: Watching) => void>> = {
  asked: () => undefined,
  pending: watching => {
    watching.answer(200, 'Expires: 3600')
    watching.notify('pending;expires=3600')
  },
  active: watching => {
    watching.establish()
    watching.wire.clock.pass(20_000)
  },
  waiting: watching => watching.answer(489),
  stopped,
  'stopped and told so': watching => {
    stopped(watching)
    watching.notify('terminated;reason=timeout', { cseq: 6 })
  },
  'stopped for more than 32 s': watching => {
    stopped(watching)
    watching.wire.clock.pass(33_000)
  },
}

const ended = (reason: Notified) => (watching: Watching) => watching.notify(`terminated;reason=${reason}`, { cseq: 7 })
const give: Readonly<Record<Event, (watching: Watching) => void>> = {
  'a NOTIFY: active': watching => watching.notify('active;expires=3600', { body: 'x', cseq: 7 }),
  'a NOTIFY: pending': watching => watching.notify('pending;expires=3600', { cseq: 7 }),
  'a NOTIFY: deactivated': ended('deactivated'),
  'a NOTIFY: timeout': ended('timeout'),
  'a NOTIFY: probation': ended('probation'),
  'a NOTIFY: giveup': ended('giveup'),
  'a NOTIFY: rejected': ended('rejected'),
  'a NOTIFY: noresource': ended('noresource'),
  'a 423': watching => watching.answer(423, 'Min-Expires: 7200'),
  'a 489': watching => watching.answer(489),
  'the time of its next try': watching => watching.wire.clock.pass(2_000),
  'the wish for the whole state': watching => {
    watching.subscriber.refresh()
    watching.wire.clock.pass(3)
  },
  'its end by us': watching => {
    watching.subscriber.stop()
    watching.wire.clock.pass(3)
  },
}

const over: Cell = { then: 'waiting', hears: ['200 NOTIFY'], tells: ['terminated -'], rule: 'RFC 6665 §4.1.3' }
const denied: Cell = { ...over, tells: ['terminated -', 'denied'] }
/** The subscription exists, or may be accepted. */
const heard = {
  'a NOTIFY: active': { then: 'active', hears: ['200 NOTIFY'], tells: ['active x'], rule: 'RFC 6665 §4.1.3' },
  'a NOTIFY: pending': { then: 'pending', hears: ['200 NOTIFY'], tells: ['pending -'], rule: 'RFC 6665 §4.1.3' },
  ...{ 'a NOTIFY: deactivated': over, 'a NOTIFY: timeout': over, 'a NOTIFY: probation': over, 'a NOTIFY: giveup': over },
  ...{ 'a NOTIFY: rejected': denied, 'a NOTIFY: noresource': denied },
} as const

/** Nothing happens, because its SUBSCRIBE was answered before. */
const settled = (then: SubscriberState) => {
  const nothing: Cell = { then, rule: 'RFC 6665 §4.1.2.1' }
  return { 'a 423': nothing, 'a 489': nothing, 'the time of its next try': nothing }
}
const unsubscribed: Cell = { then: 'stopped', hears: ['SUBSCRIBE'], rule: 'RFC 6665 §4.1.2.3' }

/** There is no subscription for a NOTIFY. */
const unknown = (then: SubscriberState) => {
  const refused: Cell = { then, hears: ['481 NOTIFY'], rule: 'RFC 6665 §4.1.3' }
  const nothing: Cell = { then, rule: 'RFC 6665 §4.1.2.1' }
  return {
    ...{ 'a NOTIFY: active': refused, 'a NOTIFY: pending': refused },
    ...{ 'a NOTIFY: deactivated': refused, 'a NOTIFY: timeout': refused, 'a NOTIFY: probation': refused },
    ...{ 'a NOTIFY: giveup': refused, 'a NOTIFY: rejected': refused, 'a NOTIFY: noresource': refused },
    ...{ 'a 423': nothing, 'a 489': nothing, 'the wish for the whole state': nothing },
  }
}

const stays: Cell = { then: 'stopped', rule: 'RFC 6665 §4.1.2.3' }
const forgotten = { ...unknown('stopped'), 'the time of its next try': stays, 'its end by us': stays }
/** Until the last NOTIFY the subscription exists, but nobody uses its content. */
const taken: Cell = { then: 'stopped', hears: ['200 NOTIFY'], rule: 'RFC 6665 §4.4.1' }
const lastWords = {
  ...{ 'a NOTIFY: active': taken, 'a NOTIFY: pending': taken },
  ...{ 'a NOTIFY: deactivated': taken, 'a NOTIFY: timeout': taken, 'a NOTIFY: probation': taken },
  ...{ 'a NOTIFY: giveup': taken, 'a NOTIFY: rejected': taken, 'a NOTIFY: noresource': taken },
}

const cells: Readonly<Record<Row, Readonly<Record<Event, Cell>>>> = {
  asked: {
    ...heard,
    'a 423': { then: 'pending', hears: ['SUBSCRIBE'], tells: ['begun'], rule: 'RFC 6665 §4.1.2.1' },
    'a 489': { then: 'waiting', rule: 'RFC 6665 §4.1.2.1' },
    // The transaction repeats the SUBSCRIBE.
    'the time of its next try': { then: 'pending', hears: ['SUBSCRIBE', 'SUBSCRIBE'], rule: 'RFC 3261 §17.1.2.2' },
    'the wish for the whole state': { then: 'pending', rule: 'RFC 6665 §4.1.2.2' },
    // No dialog is known yet.
    'its end by us': { then: 'stopped', rule: 'RFC 6665 §4.1.2.3' },
  },
  pending: {
    ...heard,
    ...settled('pending'),
    // It comes anyway, within 2 s.
    'the wish for the whole state': { then: 'pending', rule: 'RFC 6665 §4.1.2.2' },
    'its end by us': unsubscribed,
  },
  active: {
    ...heard,
    ...settled('active'),
    'the wish for the whole state': { then: 'active', hears: ['SUBSCRIBE'], rule: 'RFC 6665 §4.1.2.2' },
    'its end by us': unsubscribed,
  },
  waiting: {
    ...unknown('waiting'),
    'the time of its next try': {
      then: 'pending',
      hears: ['SUBSCRIBE', 'SUBSCRIBE'],
      tells: ['begun'],
      rule: 'RFC 6665 §4.1.2.1',
    },
    'its end by us': { then: 'stopped', rule: 'RFC 6665 §4.1.2.3' },
  },
  stopped: { ...forgotten, ...lastWords },
  'stopped and told so': forgotten,
  'stopped for more than 32 s': forgotten,
}

const keys = <K extends string>(of: Readonly<Record<K, unknown>>): K[] => Object.keys(of) as K[]

describe('a subscription of ours: each state with each event', () => {
  for (const row of keys(cells))
    describe(`while it is ${row}`, () => {
      for (const event of keys(cells[row])) {
        const { then, hears = [], tells = [], rule } = cells[row][event]
        const said = [...hears.map(line => `sends ${line}`), ...tells.map(line => `tells ${line}`), `is ${then}`]
        it(`${event}: ${said.join(', ')} (${rule})`, () => {
          const watching = new Watching()
          bring[row](watching)
          watching.notifier.heard()
          watching.told.length = 0
          give[event](watching)
          const seen = { then: watching.subscriber.state, hears: watching.notifier.heard(), tells: watching.told }
          assert.deepEqual(seen, { then, hears, tells })
        })
      }
    })
})
