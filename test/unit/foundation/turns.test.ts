import assert from 'node:assert/strict'
import { Turns } from '../../../src/foundation/turns.js'

describe('reads of the store', () => {
  /** Turns whose reads end when the test says so. */
  function bench() {
    const turns = new Turns()
    const begun: string[] = []
    let end: () => void = () => undefined
    const read = (what: string, name: string, gone?: AbortSignal): Promise<void> =>
      turns.run(
        () => {
          begun.push(what)
          return new Promise<void>(resolve => (end = resolve))
        },
        { name, ...(gone && { gone }) },
      )
    const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
    return {
      begun,
      read,
      next: (): Promise<void> => {
        end()
        return settle()
      },
    }
  }

  it('run one at a time, and one reader with many delays another by one read', async () => {
    const { begun, read, next } = bench()
    for (const what of ['a1', 'a2', 'a3']) void read(what, 'ann')
    void read('b1', 'ben')
    void read('c1', 'cleo')
    assert.deepEqual(begun, ['a1'])
    for (let each = 0; each < 5; each += 1) await next()
    assert.deepEqual(begun, ['a1', 'a2', 'b1', 'c1', 'a3'])
  })

  it('for which nobody waits any more are left out, and reject', async () => {
    const { begun, read, next } = bench()
    const gone = new AbortController()
    void read('a1', 'ann', gone.signal)
    const left = [read('a2', 'ann', gone.signal), read('a3', 'ann', gone.signal)]
    const kept = read('b1', 'ben')
    gone.abort()
    for (const each of left) await assert.rejects(each, /nobody waits/)
    await assert.rejects(read('a4', 'ann', gone.signal), /nobody waits/)
    await next()
    await next()
    await kept
    assert.deepEqual(begun, ['a1', 'b1'])
  })

  it('go on after one that failed', async () => {
    const turns = new Turns()
    const failed = turns.run(() => Promise.reject(new Error('the disk is gone')))
    const later = turns.run(() => Promise.resolve('read'))
    await assert.rejects(failed, /disk/)
    assert.equal(await later, 'read')
  })
})
