import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { slicesOf } from '../../../src/http/listing.js'

describe('a list of the API', () => {
  async function textOf(slices: AsyncIterable<string>): Promise<string> {
    let text = ''
    for await (const slice of slices) text += slice
    return text
  }

  it('shows the items that match', async () => {
    assert.equal(await textOf(slicesOf([undefined, 1, undefined, 2], item => item)), '[1,2]')
    assert.equal(await textOf(slicesOf([undefined], item => item)), '[]')
    const many = Array.from({ length: 250 }, (_, index) => index)
    assert.equal(await textOf(slicesOf(many, item => item)), JSON.stringify(many))
  })

  it('gives others a turn after each 100 items at which it looks, shown or not', async () => {
    let looked = 0
    function* items(): IterableIterator<undefined> {
      for (; looked < 1_000; looked += 1) yield undefined
    }
    const charged: number[] = []
    const reading = textOf(
      slicesOf(
        items(),
        item => item,
        shown => charged.push(shown),
      ),
    )
    await Promise.resolve()
    assert.ok(looked <= 100, `${looked} in the first turn`)
    assert.equal(await reading, '[]')
    assert.deepEqual(charged, Array(10).fill(0))
  })

  it('makes one slice in each turn, however many lists are asked for at once', async () => {
    let looked = 0
    function* items(): IterableIterator<number> {
      for (let each = 0; each < 300; each += 1) {
        looked += 1
        yield each
      }
    }
    const all = Array.from({ length: 20 }, () => textOf(slicesOf(items(), item => item)))
    let before = 0
    for (let turn = 0; looked < 20 * 300; turn += 1) {
      await nextTurn()
      // The first slices begin with their requests.
      if (turn > 0) assert.ok(looked - before <= 200, `${looked - before} items in one turn`)
      before = looked
    }
    await Promise.all(all)
  })
})
