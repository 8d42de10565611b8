import assert from 'node:assert/strict'
import { tagOf } from '../dialog/wire.js'
import { Watching, pbx, us } from './watching.js'

describe('a subscription (RFC 6665)', () => {
  it('sends SUBSCRIBE with package, accepted types, expiry and route', () => {
    const watching = new Watching(3_600, `sip:${pbx}`)
    const { uri, headers } = watching.asked
    assert.equal(uri, 'sip:alice@example.com')
    assert.deepEqual(
      ['Route', 'Event', 'Expires', 'Accept', 'Contact'].map(name => headers.first(name)),
      [`<sip:${pbx};lr>`, 'dialog', '3600', 'application/dialog-info+xml', `<sip:${us}:5060>`],
    )
    assert.equal(watching.subscriber.state, 'pending')
  })

  it('receives NOTIFYs, even before the 2xx, and answers 200', () => {
    const watching = new Watching()
    watching.notify('pending;expires=600', { body: 'early' })
    assert.equal(watching.lastStatus(), '200 NOTIFY')
    assert.equal(watching.subscriber.state, 'pending')
    watching.answer(202, 'Expires: 600')
    watching.notify('active;expires=600', { body: 'later', cseq: 2 })
    assert.deepEqual(watching.told, ['begun', 'pending early', 'active later'])
    assert.equal(watching.subscriber.state, 'active')
    assert.equal((watching.notifications[1]?.until ?? 0) - watching.wire.clock.now() > 590_000, true)
  })

  it('is refreshed in its dialog before it expires, with the granted time', () => {
    const watching = new Watching()
    watching.establish(600)
    const passed = watching.next(600_000)
    assert.ok(passed >= 299_000 && passed <= 451_000, `refreshed after ${passed} ms`)
    const { headers } = watching.asked
    assert.equal(headers.first('CSeq'), '2 SUBSCRIBE')
    assert.equal(tagOf(headers.first('To')), 'n1')
    watching.answer(200, 'Expires: 60')
    assert.ok(watching.next(60_000) <= 46_000)
    assert.deepEqual(watching.told, ['begun', 'active first'])
  })

  it('is replaced at once when a refresh gets 481', () => {
    const watching = new Watching()
    watching.establish(600)
    const first = watching.asked.headers.first('Call-ID')
    watching.next(600_000)
    watching.answer(481)
    assert.ok(watching.next(5_000) <= 1_100)
    assert.notEqual(watching.asked.headers.first('Call-ID'), first)
    assert.deepEqual(watching.told, ['begun', 'active first', 'begun'])
  })

  it('repeats a refresh that fails otherwise while it lasts, and is replaced at its end', () => {
    const watching = new Watching()
    watching.establish(600)
    const callId = watching.asked.headers.first('Call-ID')
    watching.next(600_000)
    watching.answer(500)
    assert.ok(watching.next(31_000) >= 29_000)
    assert.equal(watching.asked.headers.first('Call-ID'), callId)
    watching.answer(503, 'Retry-After: 1000')
    watching.next(600_000)
    assert.notEqual(watching.asked.headers.first('Call-ID'), callId)
  })

  it('retries a silent notifier at growing intervals up to 5 minutes', () => {
    const watching = new Watching()
    const waits: number[] = []
    for (let turn = 0; turn < 12; turn += 1) waits.push(watching.next(400_000))
    assert.equal(watching.subscriber.state, 'pending')
    assert.ok((waits[0] ?? 0) < 35_000, `first after ${waits[0] ?? 0}`)
    assert.ok((waits.at(-1) ?? 0) > 150_000 && (waits.at(-1) ?? 0) < 335_000, `last after ${waits.at(-1) ?? 0}`)
  })

  it('counts a notifier that accepts and never sends NOTIFY as silent (timer N)', () => {
    const watching = new Watching()
    watching.answer(200, 'Expires: 3600')
    const passed = watching.next(40_000)
    assert.ok(passed >= 32_000 && passed <= 34_100, `after ${passed}`)
  })

  it('follows the minimum of a 423, unless it is no more than was asked', () => {
    const watching = new Watching(60)
    watching.answer(423, 'Min-Expires: 300')
    watching.wire.clock.pass(3)
    assert.equal(watching.count, 2)
    assert.equal(watching.asked.headers.first('Expires'), '300')
    watching.answer(423, 'Min-Expires: 300')
    assert.ok(watching.next(10_000) >= 900)
  })

  it('does not follow minima that grow without end at once', () => {
    const watching = new Watching(60)
    watching.answer(423, 'Min-Expires: 300')
    watching.wire.clock.pass(3)
    for (const least of [301, 302, 303]) {
      watching.answer(423, `Min-Expires: ${least}`)
      assert.ok(watching.next(100_000) >= 900)
    }
  })

  it('retries after a refusal, after Retry-After if there is one', () => {
    const watching = new Watching()
    watching.answer(403)
    assert.equal(watching.subscriber.state, 'waiting')
    const first = watching.next(10_000)
    assert.ok(first >= 900 && first <= 2_100, `after ${first}`)
    watching.answer(503, 'Retry-After: 120 (busy)')
    assert.ok(watching.next(200_000) >= 120_000)
  })

  for (const [state, least, most, denied] of [
    ['terminated;reason=deactivated', 0, 1_100, false],
    ['terminated;reason=timeout', 0, 1_100, false],
    ['terminated;reason=probation;retry-after=60', 60_000, 63_000, false],
    ['terminated;reason=giveup', 900, 2_100, false],
    ['terminated', 900, 2_100, false],
    ['terminated;reason=noresource', 149_000, 300_100, true],
    ['terminated;reason=rejected', 149_000, 300_100, true],
  ] as const) {
    it(`is replaced after ${least} to ${most} ms when the notifier says ${state}`, () => {
      const watching = new Watching()
      watching.establish()
      watching.wire.clock.pass(20_000)
      watching.notify(state, { body: 'last', cseq: 2 })
      assert.equal(watching.lastStatus(), '200 NOTIFY')
      assert.deepEqual(watching.told.slice(0, 3), ['begun', 'active first', 'terminated last'])
      const passed = watching.next(400_000)
      assert.ok(passed >= least && passed <= most, `after ${passed}`)
      assert.equal(watching.told.includes('denied'), denied)
    })
  }

  it('retries at growing intervals when it ends at once, so that two peers do not keep each other busy', () => {
    const watching = new Watching()
    const waits: number[] = []
    for (let turn = 0; turn < 6; turn += 1) {
      watching.establish()
      watching.notify('terminated;reason=deactivated', { cseq: 2 })
      waits.push(watching.next(400_000))
    }
    assert.ok((waits.at(-1) ?? 0) > 30_000, waits.join(', '))
  })

  describe('a subscription that gets a NOTIFY', () => {
    let watching: Watching
    beforeEach(() => {
      watching = new Watching()
      watching.establish()
      watching.notifier.heard()
    })

    for (const [what, words, status] of [
      ['that was overtaken by 500 (presence-in-order)', { cseq: 0 }, 500],
      ['of another fork by 481', { tag: 'other', cseq: 2 }, 481],
      ['of another package by 489', { event: 'presence', cseq: 2 }, 489],
      ['with a body that it can’t read by 415', { type: 'text/plain', cseq: 2 }, 415],
      ['with an encoded body by 415', { headers: ['Content-Encoding: gzip'], cseq: 2 }, 415],
      ['that requires an extension by 420', { headers: ['Require: eventlist'], cseq: 2 }, 420],
    ] as const) {
      it(what, () => {
        watching.notify('active;expires=60', { body: 'x', ...words })
        assert.equal(watching.lastStatus(), `${status} NOTIFY`)
        assert.deepEqual(watching.told, ['begun', 'active first'])
      })
    }

    it('answers 400 when it has no Subscription-State', () => {
      watching.notify('', { body: 'x', cseq: 2 })
      assert.equal(watching.lastStatus(), '400 NOTIFY')
    })
  })

  it('requests the full state for its owner, at most every 2 s', () => {
    const watching = new Watching()
    watching.establish()
    watching.wire.clock.pass(5_000)
    watching.subscriber.refresh()
    watching.wire.clock.pass(3)
    assert.equal(watching.asked.headers.first('CSeq'), '2 SUBSCRIBE')
    watching.answer(200, 'Expires: 3600')
    watching.subscriber.refresh()
    assert.ok(watching.next(3_000) >= 1_900)
    assert.equal(watching.asked.headers.first('CSeq'), '3 SUBSCRIBE')
  })

  it('ends when it is stopped, and sends nothing more', () => {
    const watching = new Watching()
    watching.establish()
    watching.subscriber.stop()
    watching.wire.clock.pass(3)
    assert.equal(watching.asked.headers.first('Expires'), '0')
    watching.answer(200, 'Expires: 0')
    const { count } = watching
    watching.wire.clock.pass(10_000_000)
    assert.equal(watching.count, count)
    assert.equal(watching.wire.clock.size, 0)
  })

  it('leaves nothing that waits for the last NOTIFY when its endpoint stops', async () => {
    const watching = new Watching()
    watching.establish()
    watching.subscriber.stop()
    await watching.endpoint.stop()
    watching.wire.clock.pass(3)
    assert.equal(watching.wire.clock.size, 0)
  })

  it('sends nothing more when it is stopped while it waits', () => {
    const watching = new Watching()
    watching.answer(403)
    watching.subscriber.stop()
    watching.wire.clock.pass(10_000_000)
    assert.equal(watching.count, 1)
  })
})
