import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LeaseKeeper } from '../../../src/cluster/keeper.js'
import type { LeaseAnswer, LeaseQuestion } from '../../../src/cluster/lease.js'
import type { Heard } from '../../../src/cluster/sight.js'
import { silentLog } from '../../../src/foundation/log.js'
import { millis } from '../../../src/foundation/time.js'
import { FakeClock } from '../../fakes/clock.js'

describe('The keeper of the lease', () => {
  let clock: FakeClock
  let over: string[]
  let answer: (question: LeaseQuestion) => LeaseAnswer | undefined
  let keeper: LeaseKeeper
  beforeEach(() => {
    clock = new FakeClock()
    over = []
    answer = question =>
      question.kind === 'renew' || question.server !== undefined
        ? { kind: 'ours', server: 'r', token: 1 }
        : { kind: 'theirs', server: 'r', leader: undefined }
    const ask = (question: LeaseQuestion): Promise<LeaseAnswer> => {
      const given = answer(question)
      return given ? Promise.resolve(given) : Promise.reject(new Error('away'))
    }
    keeper = new LeaseKeeper({ clock, log: silentLog, node: 'a', span: millis(2_000), ask, over: why => void over.push(why) })
  })
  afterEach(() => keeper.stop())

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.pass(50)
      await nextTurn()
    }
  }

  it('leads after a whole span, and for as long as Redis renews the lease', async () => {
    keeper.begin()
    await pass(1_900)
    assert.equal(keeper.mayDecide(), false)
    await pass(400)
    assert.equal(keeper.mayDecide(), true)
    assert.equal(await keeper.leads, 1)
    await pass(20_000)
    assert.equal(keeper.mayDecide(), true)
    assert.deepEqual(over, [])
  })

  it('ends when Redis does not answer, before the lease does', async () => {
    keeper.begin()
    await pass(3_000)
    answer = () => undefined
    await pass(1_600)
    assert.equal(keeper.isLost, true)
    assert.equal(keeper.mayDecide(), true)
    await pass(400)
    assert.equal(keeper.mayDecide(), false)
    assert.deepEqual(over, ['Redis did not renew the lease in time'])
  })

  it('knows who stands by, as long as Redis answers', async () => {
    answer = () => ({ kind: 'theirs', server: 'r', leader: 'b', others: ['b', 'c'] })
    keeper.begin()
    await pass(300)
    assert.deepEqual(keeper.others, ['b', 'c'])
    answer = () => undefined
    await pass(300)
    assert.deepEqual(keeper.others, [])
  })

  it('ends when another node leads', async () => {
    keeper.begin()
    await pass(3_000)
    answer = () => ({ kind: 'theirs', server: 'r', leader: 'b' })
    await pass(300)
    assert.deepEqual(over, ['b leads now'])
  })

  it('does not decide after a pause, even before its timer has run', async () => {
    keeper.begin()
    await pass(3_000)
    clock.pass(0)
    const now = clock.monotonic()
    clock.monotonic = () => now + 5_000
    assert.equal(keeper.mayDecide(), false)
    assert.equal(over.length, 1)
  })

  it('tells who leads, since when, who stands by, and what it hears', async () => {
    const heard: Heard[] = []
    const latest = { token: 7, since: 1_000 }
    let given: LeaseAnswer | undefined = { kind: 'theirs', server: 'r', leader: 'b', others: ['b', 'c'], latest }
    const ask = (): Promise<LeaseAnswer> => (given ? Promise.resolve(given) : Promise.reject(new Error('away')))
    const over = (): void => undefined
    const standby = new LeaseKeeper({
      ...{ clock, log: silentLog, node: 'a', span: millis(2_000), ask, over },
      heard: each => heard.push(each),
    })
    standby.begin()
    await pass(250)
    assert.deepEqual(standby.sight, { role: 'standby', node: 'a', leader: 'b', since: 1_000, others: ['b', 'c'] })
    assert.deepEqual(heard.at(-1), { took: 0, hasLeader: true, lease: 7 })
    given = { kind: 'theirs', server: 'r', leader: undefined }
    await pass(250)
    assert.deepEqual([standby.sight.leader, standby.sight.since, heard.at(-1)?.hasLeader], [undefined, undefined, false])
    given = undefined
    const before = heard.length
    await pass(250)
    assert.deepEqual([standby.sight.role, standby.sight.others, heard.length], ['lost', [], before])
    standby.stop()
  })
})
