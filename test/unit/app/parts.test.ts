import assert from 'node:assert/strict'
import { Parts, type Part } from '../../../src/app/parts.js'

describe('the parts of the server', () => {
  let told: string[]
  beforeEach(() => (told = []))
  const part = (name: string, fails: { readonly start?: string; readonly stop?: string } = {}): Part => ({
    async start() {
      told.push(`start ${name}`)
      await Promise.resolve()
      if (fails.start !== undefined) throw new Error(fails.start)
    },
    async stop() {
      told.push(`stop ${name}`)
      await Promise.resolve()
      if (fails.stop !== undefined) throw new Error(fails.stop)
    },
  })

  it('start in order and stop in reverse, one after another', async () => {
    const parts = new Parts([part('store'), {}, part('sip'), part('http')])
    await parts.start()
    await parts.stop()
    assert.deepEqual(told, ['start store', 'start sip', 'start http', 'stop http', 'stop sip', 'stop store'])
    await parts.stop()
    assert.equal(told.length, 6)
  })

  it('are all closed if one does not start, because each may hold something since it was made', async () => {
    const parts = new Parts([part('store'), part('sip', { start: 'no port' }), part('http')])
    await assert.rejects(parts.start(), /no port/)
    assert.deepEqual(told, ['start store', 'start sip', 'stop http', 'stop sip', 'stop store'])
    await parts.stop()
    assert.equal(told.length, 5)
  })

  it('are all stopped even if one fails to stop, which is reported afterwards', async () => {
    const parts = new Parts([part('store'), part('sip', { stop: 'stuck' }), part('http')])
    await parts.start()
    await assert.rejects(parts.stop(), /stuck/)
    assert.deepEqual(told.slice(3), ['stop http', 'stop sip', 'stop store'])
  })

  it('report why the start failed, even if a part then fails to stop', async () => {
    const parts = new Parts([part('store', { stop: 'stuck' }), part('sip', { start: 'no port' })])
    await assert.rejects(parts.start(), /no port/)
    assert.deepEqual(told.slice(2), ['stop sip', 'stop store'])
  })

  it('are no longer started once the stop has begun', async () => {
    let go: (() => void) | undefined
    const slow: Part = { start: () => new Promise(resolve => (go = resolve)), stop: () => void told.push('stop slow') }
    const parts = new Parts([slow, part('http')])
    const started = parts.start()
    await parts.stop()
    go?.()
    await assert.rejects(started, /stopped/)
    assert.deepEqual(told, ['stop http', 'stop slow'])
  })
})
