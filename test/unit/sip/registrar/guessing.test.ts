import assert from 'node:assert/strict'
import { nonceIn } from '../../../fakes/digest.js'
import { accounts, Desk, edge, pbx, phoneHop, type Asked } from './asking.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'

const from = (host: string): Hop => ({ ...phoneHop, host })
const few = Array<number>(5).fill(401)
const slow = Array<number>(3).fill(503)

describe('the registrar’s limit on guesses', () => {
  let desk: Desk
  beforeEach(() => (desk = new Desk()))

  const guesses = (user: string, count: number, asked: Asked = {}): number[] =>
    Array.from({ length: count }, () => desk.guess(user, asked).status)

  it('allows five for an account, then one in ten seconds, whether the account exists or not', () => {
    for (const user of ['alice', 'nobody', 'bob']) {
      desk = new Desk()
      assert.deepEqual(guesses(user, 8), [...few, ...slow], user)
      assert.deepEqual(guesses(`${user}@RGS.example.com`, 1), [503], 'other spellings of the account share its limit')
      desk.clock.pass(10_000)
      assert.deepEqual(guesses(user, 2), [401, 503])
    }
  })

  it('allows twenty for all accounts together, so that nobody tries one password for each account', () => {
    const statuses = Array.from({ length: 25 }, (_each, at) => desk.guess(`user${at}`).status)
    assert.deepEqual(statuses, [...Array<number>(20).fill(401), ...Array<number>(5).fill(503)])
  })

  it('answers 503 with Retry-After, without checking the password', () => {
    const nonce = nonceIn(desk.ask('alice').text)
    guesses('alice', 5)
    const right = desk.ask('alice', { authorization: desk.credentials({ nonce }) })
    assert.deepEqual([right.status, right.response.headers.values('Retry-After')], [503, ['10']])
    assert.equal(desk.rejected.at(-1), 'guessing')
  })

  it('counts a whole IPv6 network as one source', () => {
    const statuses = Array.from({ length: 6 }, (_each, at) => desk.guess('alice', { source: from(`2001:db8::${at}`) }).status)
    assert.deepEqual(statuses, [...few, 503])
    const spread = Array.from(
      { length: 20 },
      (_each, at) => desk.guess('alice', { source: from(`2001:db8:0:${at + 1}::1`) }).status,
    )
    assert.deepEqual(spread.slice(-5), Array<number>(5).fill(503))
  })

  describe('does not affect the right password', () => {
    it('of a phone at a new address, however many guesses come from elsewhere', () => {
      for (let host = 1; host <= 50; host += 1) guesses('alice', 6, { source: from(`203.0.113.${host}`) })
      assert.equal(desk.register('alice').status, 200)
    })

    it('at an address where it was right before, whatever that address guesses for other accounts', () => {
      assert.equal(desk.register('alice').status, 200)
      for (let each = 0; each < 50; each += 1) guesses(`user${each}`, 1)
      assert.equal(desk.register('alice').status, 200)
      assert.equal(desk.register('carol').status, 503)
    })

    it('after a restart', () => {
      desk.register('alice')
      desk.register('alice', { headers: ['Expires: 0'] })
      desk = new Desk(accounts(['alice', 'carol']), desk.kept)
      for (let each = 0; each < 50; each += 1) guesses(`user${each}`, 1)
      assert.equal(desk.register('alice').status, 200)
      assert.equal(desk.registrar.knows(phoneHop), true)
    })

    it('at up to ten addresses for each account, and at none that belong to an older password', () => {
      for (let host = 1; host <= 12; host += 1) desk.register('alice', { source: from(`203.0.113.${host}`), contacts: [] })
      const known = (next: Desk): boolean[] => [1, 2, 3, 12].map(host => next.registrar.knows(from(`203.0.113.${host}`)))
      assert.deepEqual(known(new Desk(accounts(['alice']), desk.kept)), [false, false, true, true])
      assert.deepEqual(known(new Desk(accounts(['alice'], [], 'another'), desk.kept)), [false, false, false, false])
    })

    it('of other phones behind the same proxy of sip.proxies', () => {
      const behind = (host: string): Asked => ({
        ...{ source: from(edge), contacts: ['<sip:alice@10.0.0.1>'] },
        vias: [`SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx;received=${host}`],
        headers: ['Supported: path', `Path: <sip:${edge};lr;ob>`],
      })
      assert.deepEqual(guesses('alice', 6, behind('203.0.113.1')), [...few, 503])
      assert.equal(desk.register('alice', behind('203.0.113.2')).status, 200)
      for (const host of ['192.0.2.55', pbx]) {
        const other = { ...behind('203.0.113.3'), source: from(host) }
        assert.deepEqual(guesses('alice', 6, other), [...few, 503])
        assert.equal(desk.guess('alice', { ...other, vias: behind('203.0.113.4').vias ?? [] }).status, 503)
      }
    })

    it('of a known phone behind a proxy that lets phones write received; other places behind it are limited for that account', () => {
      const behind = (host: string): Asked => ({
        ...{ source: from(edge), contacts: [] },
        vias: [`SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKx;received=${host}`],
      })
      assert.equal(desk.register('alice', behind('203.0.113.1')).status, 200)
      const statuses = Array.from({ length: 60 }, (_each, at) => desk.guess('alice', behind(`10.9.${at}.1`)).status)
      assert.equal(statuses.filter(status => status === 401).length, 20)
      assert.equal(statuses.at(-1), 503)
      assert.equal(desk.register('alice', behind('203.0.113.1')).status, 200)
      assert.equal(desk.register('carol', behind('203.0.113.2')).status, 200)
      const sure = 'SIP/2.0/UDP 203.0.113.3:5060;branch=z9hG4bKx;received=203.0.113.3'
      assert.equal(desk.register('alice', { ...behind(''), vias: [sure] }).status, 200)
    })
  })

  describe('does not count', () => {
    it('a nonce that was never issued: the answer has a new one, and the old one is stale', () => {
      for (let each = 0; each < 100; each += 1) {
        const answer = desk.ask('alice', { authorization: desk.credentials({ nonce: 'x.y.z', password: 'guess' }) })
        assert.equal(answer.status, 401)
        assert.match(answer.text, /stale=true/)
      }
      assert.equal(desk.register('alice').status, 200)
      assert.deepEqual(desk.rejected, [])
    })

    it('a nonce that was issued to another address, because a forged source can’t receive one', () => {
      const nonce = nonceIn(desk.ask('alice', { source: from('203.0.113.9') }).text)
      for (let each = 0; each < 100; each += 1)
        assert.equal(desk.ask('alice', { authorization: desk.credentials({ nonce, password: 'guess' }) }).status, 401)
      assert.equal(desk.register('alice').status, 200)
    })
  })
})
