import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { Uncaught } from '../../../src/app/uncaught.js'
import { spiedLog } from '../../fakes/spies.js'

describe('uncaught errors', () => {
  it('are logged and counted by kind, and the first one resolves a promise', async () => {
    const source = new EventEmitter()
    const uncaught = new Uncaught(source)
    const log = spiedLog()
    uncaught.log = log
    source.emit('uncaughtException', new Error('one'))
    source.emit('unhandledRejection', 'two')
    await uncaught.first
    assert.deepEqual([...uncaught.counts], [['exception', 1], ['rejection', 1]]) // prettier-ignore
    assert.deepEqual(
      log.error.args.map(([message, fields]) => [message, fields?.event, fields?.['kind']]),
      [
        ['an uncaught error: one', 'server.uncaught', 'exception'],
        ['an unhandled promise rejection: two', 'server.uncaught', 'rejection'],
      ],
    )
    uncaught.stop()
    assert.equal(source.listenerCount('uncaughtException') + source.listenerCount('unhandledRejection'), 0)
  })

  it('are still counted after the thousandth, but no longer logged', () => {
    const source = new EventEmitter()
    const uncaught = new Uncaught(source)
    const log = spiedLog()
    uncaught.log = log
    for (let each = 0; each < 5_000; each++) source.emit('uncaughtException', new Error('again'))
    assert.deepEqual([log.error.callCount, uncaught.counts.get('exception')], [1_000, 5_000])
  })
})
