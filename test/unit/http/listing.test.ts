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
    assert.equal(await textOf(slicesOf('ann', [undefined, 1, undefined, 2], item => item)), '[1,2]')
    assert.equal(await textOf(slicesOf('ann', [undefined], item => item)), '[]')
    const many = Array.from({ length: 250 }, (_, index) => index)
    assert.equal(await textOf(slicesOf('ann', many, item => item)), JSON.stringify(many))
  })

  it('gives others a turn after each 100 items at which it looks, shown or not', async () => {
    let looked = 0
    function* items(): IterableIterator<undefined> {
      for (; looked < 1_000; looked += 1) yield undefined
    }
    const charged: number[] = []
    const reading = textOf(
      slicesOf(
        'ann',
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

  it('lets people take turns, so that many lists of one do not delay another’s', async () => {
    const done: string[] = []
    const list = async (who: string): Promise<void> => {
      await textOf(slicesOf(who, Array(500).fill(1), item => item))
      done.push(who)
    }
    await Promise.all([...Array.from({ length: 20 }, () => list('eve')), list('ann')])
    assert.ok(done.indexOf('ann') <= 1, done.join())
  })

  it('makes one slice in each turn, however many lists are asked for at once', async () => {
    let looked = 0
    function* items(): IterableIterator<number> {
      for (let each = 0; each < 300; each += 1) {
        looked += 1
        yield each
      }
    }
    const all = Array.from({ length: 20 }, () => textOf(slicesOf('ann', items(), item => item)))
    let before = 0
    while (looked < 20 * 300) {
      await nextTurn()
      assert.ok(looked - before <= 200, `${looked - before} items in one turn`)
      before = looked
    }
    await Promise.all(all)
  })
})
