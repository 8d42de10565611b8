import assert from 'node:assert/strict'
import { Tokens } from '../../../../src/sip/transaction/tokens.js'
import { seededBytes } from './pair.js'

describe('branches and tags', () => {
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

  it('use fresh random bytes when the pool is empty', () => {
    let draws = 0
    const tokens = new Tokens(size => (draws++, new Uint8Array(size)))
    for (let i = 0; i < 2_000; i++) tokens.number()
    assert.equal(draws, 2)
  })
})
