import assert from 'node:assert/strict'
import { addressIn, mendAfter, mendEvery, silentFor, SoundWatch } from '../../../console/src/phone/sound-watch.js'
import { millis } from '../../../src/foundation/time.js'
import { FakeClock } from '../../fakes/clock.js'

describe('the sound of a call in the browser', () => {
  let clock: FakeClock
  let told: boolean[]
  let mended: number
  let watch: SoundWatch
  beforeEach(() => {
    clock = new FakeClock()
    told = []
    mended = 0
    watch = new SoundWatch(
      (delay, run) => {
        const timer = clock.after(millis(delay), run)
        return () => timer.cancel()
      },
      { silent: isSilent => void told.push(isSilent), mend: () => void (mended += 1) },
    )
  })

  it('is missed within 5 s when no connection comes about, and then when it is there after all', () => {
    watch.reached('new')
    watch.reached('connecting')
    clock.pass(silentFor - 1)
    assert.deepEqual(told, [])
    clock.pass(1)
    assert.ok(silentFor < 5_000)
    assert.deepEqual(told, [true])
    watch.reached('connected')
    clock.pass(60_000)
    assert.deepEqual(told, [true, false])
  })

  it('is missed at once when the connection failed, and after a while when it broke off', () => {
    watch.reached('connected')
    watch.reached('disconnected')
    clock.pass(1_000)
    watch.reached('connected')
    clock.pass(60_000)
    assert.deepEqual(told, [false, false])
    watch.reached('failed')
    assert.deepEqual(told.slice(2), [true])
  })

  it('gets a new way soon after it broke off, again and again until one is found', () => {
    watch.reached('connected')
    watch.reached('disconnected')
    clock.pass(mendAfter - 1)
    assert.equal(mended, 0)
    clock.pass(1)
    assert.equal(mended, 1)
    watch.reached('connecting')
    clock.pass(2 * mendEvery)
    assert.equal(mended, 3)
    watch.reached('failed')
    clock.pass(mendEvery)
    assert.equal(mended, 4)
    watch.reached('connected')
    clock.pass(60_000)
    assert.equal(mended, 4)
    assert.ok(mendAfter + 5 * mendEvery < 30_000, 'while the server waits')
  })

  it('gets a new way when the first one never came about', () => {
    watch.reached('connecting')
    clock.pass(silentFor)
    assert.equal(mended, 1)
    watch.reached('failed')
    watch.stop()
    clock.pass(60_000)
    assert.equal(mended, 1)
  })

  it('is not missed after the call', () => {
    watch.reached('connecting')
    watch.reached('closed')
    clock.pass(60_000)
    watch.reached('connecting')
    watch.stop()
    clock.pass(60_000)
    assert.deepEqual(told, [])
  })

  it('goes to the address in the description', () => {
    const sdp =
      'v=0\r\na=ice-lite\r\na=candidate:1 1 UDP 2130706431 10.77.0.1 40001 typ host\r\na=candidate:2 1 UDP 1 10.8.0.2 40001 typ host\r\n'
    assert.equal(addressIn(sdp), '10.77.0.1')
    assert.equal(addressIn('v=0\r\n'), undefined)
  })
})
