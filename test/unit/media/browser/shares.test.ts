import assert from 'node:assert/strict'
import { Shares } from '../../../../src/media/browser/shares.js'

const settings = { perAccount: 3, perAddress: 4, keptForAgents: 40 }
const guest = (account: string, address = '192.0.2.1') => ({ kind: 'guest', account, address }) as const
const agent = (account: string) => ({ kind: 'agent', account, address: '192.0.2.1' }) as const

describe('the shares of legs with browsers', () => {
  it('limit the legs of each account', () => {
    const shares = new Shares(settings, 100)
    for (const owner of [guest('g'), agent('a')]) {
      for (let taken = 0; taken < 3; taken += 1) assert.equal(shares.take(owner), undefined)
      assert.equal(shares.take(owner), 'account')
      shares.giveBack(owner)
      assert.equal(shares.take(owner), undefined)
    }
  })

  it('limit the legs of guests at each address', () => {
    const shares = new Shares(settings, 100)
    for (const account of ['a', 'b', 'c', 'd']) assert.equal(shares.take(guest(account)), undefined)
    assert.equal(shares.take(guest('e')), 'address')
    assert.equal(shares.take(guest('e', '192.0.2.2')), undefined)
    assert.equal(shares.take(agent('a')), undefined)
  })

  it('keep places for agents, and never refuse agents who are called', () => {
    const shares = new Shares(settings, 10)
    for (let taken = 0; taken < 6; taken += 1) assert.equal(shares.take(guest(`g${taken}`, `192.0.2.${taken}`)), undefined)
    assert.equal(shares.take(guest('h', '192.0.2.9')), 'guests')
    for (let taken = 0; taken < 20; taken += 1) assert.equal(shares.take({ kind: 'called' }), undefined)
  })
})
