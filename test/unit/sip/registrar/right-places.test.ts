import assert from 'node:assert/strict'
import { FakeClock } from '../../../fakes/clock.js'
import { Guesses } from '../../../../src/sip/registrar/guesses.js'
import { RightPlaces } from '../../../../src/sip/registrar/right-places.js'

describe('addresses where a password was right', () => {
  it('stay known for an account while another account shows its password from 12,000 networks', () => {
    const guesses = new Guesses(new FakeClock())
    guesses.succeeded('2001:db8:1:1::5', 'alice')
    guesses.succeeded('198.51.100.7', 'alice')
    for (let at = 0; at < 12_000; at += 1) guesses.succeeded(`2001:db8:2:${at.toString(16)}::1`, 'mallory')
    assert.equal(guesses.knows('2001:db8:1:1::5'), true)
    assert.equal(guesses.knows('198.51.100.7'), true)
    for (let each = 0; each < 25; each += 1) guesses.failed('198.51.100.7', `user${each}`)
    assert.equal(guesses.isSlowed('198.51.100.7', 'alice'), false)
  })

  it('are at most twenty for each account, the latest ones', () => {
    const places = new RightPlaces()
    for (let host = 1; host <= 21; host += 1) places.add(`203.0.113.${host}`, 'alice')
    places.add('203.0.113.2', 'alice')
    places.add('203.0.113.22', 'alice')
    const known = [1, 2, 3, 4, 22].map(host => places.has(`203.0.113.${host}`, 'alice'))
    assert.deepEqual(known, [false, true, false, true, true])
    assert.equal(places.includes('203.0.113.3'), false)
  })

  it('are known while any account was right there', () => {
    const places = new RightPlaces()
    for (const account of ['alice', 'bob']) places.add('203.0.113.1', account)
    for (let host = 2; host <= 21; host += 1) places.add(`203.0.113.${host}`, 'alice')
    assert.deepEqual([places.has('203.0.113.1', 'alice'), places.has('203.0.113.1', 'bob')], [false, true])
    assert.equal(places.includes('203.0.113.1'), true)
  })

  it('count an IPv6 /64 as one address', () => {
    const places = new RightPlaces()
    places.add('2001:db8:0:1::5', 'alice')
    assert.equal(places.includes('2001:db8:0:1::77'), true)
    assert.equal(places.includes('2001:db8:0:2::5'), false)
  })
})
