import assert from 'node:assert/strict'
import { OneAtATime } from '../../../console/src/one-at-a-time.js'

describe('an action of the console', () => {
  it('begins at once, and ignores the second click until its outcome is there', async () => {
    const [told, begun]: [boolean[], string[]] = [[], []]
    const turn = new OneAtATime(running => void told.push(running))
    let finish = (): void => undefined
    const outcome = new Promise<void>(resolve => (finish = resolve))
    const first = turn.run(() => {
      begun.push('first')
      return outcome
    })
    assert.deepEqual(begun, ['first'])
    assert.equal(await turn.run(async () => void begun.push('second')), false)
    finish()
    assert.equal(await first, true)
    assert.equal(await turn.run(async () => void begun.push('third')), true)
    assert.deepEqual(
      [begun, told],
      [
        ['first', 'third'],
        [true, false, true, false],
      ],
    )
  })

  it('can be tried again after it threw', async () => {
    const turn = new OneAtATime()
    await assert.rejects(
      turn.run(() => Promise.reject(new Error('no'))),
      /no/,
    )
    assert.equal(await turn.run(async () => undefined), true)
  })
})
