import assert from 'node:assert/strict'
import { isOurCallId, Tokens } from '../../../../src/sip/transaction/tokens.js'
import { seededBytes } from './pair.js'

describe('branches, tags and Call-IDs', () => {
  it('are all different, and branches have the magic cookie', () => {
    const tokens = new Tokens(seededBytes(1))
    const made = Array.from({ length: 5_000 }, () => [tokens.branch(), tokens.tag()]).flat()
    assert.equal(new Set(made).size, made.length)
    assert.ok(made.filter((_, index) => index % 2 === 0).every(branch => /^z9hG4bK[a-z0-9.]+$/.test(branch)))
  })

  it('of two processes differ, although both count from one', () => {
    const [one, other] = [new Tokens(seededBytes(1)), new Tokens(seededBytes(2))]
    assert.notEqual(one.branch(), other.branch())
  })

  it('in Call-IDs: those of one process begin alike, are all different, and nobody can guess the rest', () => {
    const tokens = new Tokens(seededBytes(1))
    const made = Array.from({ length: 1_000 }, () => tokens.callId())
    assert.equal(new Set(made.map(id => id.slice(-16))).size, made.length, 'each ends with 64 bits of its own')
    assert.equal(new Set(made.map(id => id.split('.')[0])).size, 1)
    assert.notEqual(new Tokens(seededBytes(2)).callId().split('.')[0], made[0]?.split('.')[0])
  })

  it('use fresh random bytes when the pool is empty', () => {
    let draws = 0
    const tokens = new Tokens(size => (draws++, new Uint8Array(size)))
    for (let i = 0; i < 2_000; i++) tokens.number()
    assert.equal(draws, 2)
  })

  it('know a Call-ID of ours by its form, so that the dialogs that we began are found by our tag', () => {
    const tokens = new Tokens(seededBytes(1))
    assert.ok(isOurCallId(tokens.callId()))
    assert.ok(isOurCallId('0123456789abcdef0123456789abcdef'), 'one of version 0.1')
    for (const other of ['a84b4c76e66710@pc33.example.com', '1-2345@127.0.0.1', '']) assert.ok(!isOurCallId(other), other)
  })
})
