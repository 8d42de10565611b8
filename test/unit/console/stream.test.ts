import assert from 'node:assert/strict'
import { EventStream, longestSilence, tryAgainAfter, type Source } from '../../../console/src/live/stream.js'
import { millis } from '../../../src/foundation/time.js'
import { FakeClock } from '../../fakes/clock.js'

/** A connection to a server. The test plays the server. */
class FakeSource implements Source {
  readonly #told = new Map<string, (message: { readonly data: string }) => void>()
  closed = false

  addEventListener(kind: string, told: (message: { readonly data: string }) => void): void {
    this.#told.set(kind, told)
  }

  close(): void {
    this.closed = true
  }

  say(kind: string, data = '{}'): void {
    this.#told.get(kind)?.({ data })
  }
}

describe('the event stream of the console', () => {
  let clock: FakeClock
  let sources: FakeSource[]
  let seen: string[]
  let stream: EventStream
  const last = (): FakeSource => sources.at(-1) ?? assert.fail('the stream was never opened')

  beforeEach(() => {
    clock = new FakeClock()
    sources = []
    seen = []
    stream = new EventStream(
      ['agent'],
      {
        opened: () => void seen.push('opened'),
        lost: () => void seen.push('lost'),
        came: (kind, text) => void seen.push(`${kind} ${text}`),
      },
      {
        open() {
          const source = new FakeSource()
          sources.push(source)
          return source
        },
        after(delay, run) {
          const timer = clock.after(millis(delay), run)
          return () => timer.cancel()
        },
      },
    )
    stream.start()
    last().say('open')
  })

  it('is taken as lost after 40 s without an event, and is opened again', () => {
    for (let n = 0; n < 8; n += 1) {
      clock.pass(15_000)
      last().say('alive')
    }
    last().say('agent', '{"uri":"a"}')
    clock.pass(longestSilence - 1)
    assert.deepEqual(seen, ['opened', 'agent {"uri":"a"}'])
    const silent = last()
    clock.pass(1)
    assert.deepEqual([seen.pop(), silent.closed, sources.length], ['lost', true, 1])
    clock.pass(tryAgainAfter)
    last().say('open')
    silent.say('agent', 'late')
    assert.deepEqual([seen.pop(), sources.length], ['opened', 2])
  })

  it('reports each failed attempt until it is stopped, even one without a response', () => {
    last().say('error')
    clock.pass(tryAgainAfter)
    last().say('error')
    clock.pass(tryAgainAfter + longestSilence)
    assert.deepEqual(seen, ['opened', 'lost', 'lost', 'lost'])
    clock.pass(tryAgainAfter)
    stream.stop()
    clock.pass(10 * longestSilence)
    assert.deepEqual([seen.length, sources.length, last().closed], [4, 4, true])
  })
})
