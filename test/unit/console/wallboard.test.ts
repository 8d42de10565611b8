import assert from 'node:assert/strict'
import { emptyWorld, type LiveQueue } from '../../../console/src/live/world.js'
import { moodOf } from '../../../console/src/pages/wallboard/mood.js'
import { boardAddress, limitOf, settingsIn, shownQueues } from '../../../console/src/pages/wallboard/settings.js'

const settings = (query: string) => settingsIn(new URLSearchParams(query))

describe('The settings of a wallboard', () => {
  it('come back from the address that they make, whatever the names of the queues', () => {
    const names = ['sales & support', '12:lines', 'Éva=1', 'b,a']
    const address = boardAddress({
      queues: names,
      limits: new Map(names.map((name, index) => [name, { late: index + 1, many: index + 10 }])),
      sound: true,
    })
    const read = settings(address.split('?')[1] ?? '')
    assert.deepEqual(read.queues, names)
    assert.deepEqual(read.limits.get('12:lines'), { late: 2, many: 11 })
    assert.equal(read.limits.size, 4)
    assert.equal(read.sound, true)
  })

  it('are the defaults where the address has nothing, or nothing that can be read', () => {
    assert.equal(boardAddress(settings('')), '/wallboard')
    assert.equal(boardAddress(settings('queue=&late=0:a&late=99999:a&late=x:a&late=60&many=-1:a&sound=loud')), '/wallboard')
    for (const text of ['', '0', '1.5', '1e3', '86401']) assert.equal(limitOf(text), undefined, text)
  })

  it('show the chosen queues in their order, without those that do not exist, and all if none is left', () => {
    const all = new Map([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    assert.deepEqual(shownQueues(all, settings('queue=c&queue=gone&queue=a&queue=c')), [3, 1])
    assert.deepEqual(shownQueues(all, settings('queue=gone')), [1, 2, 3])
  })
})

describe('The mood of a queue', () => {
  const agent = { uri: 'sip:alice@example.com', activity: 'free', groups: [{ name: 'support', signedIn: true, excluded: null }] }
  const live = {
    ...emptyWorld,
    groups: new Map([['support', { name: 'support', agents: [agent.uri] }]]),
    agents: new Map([[agent.uri, agent]]),
  } as unknown as typeof emptyWorld
  const queue = (waitingCalls: number): LiveQueue =>
    ({
      ...{ name: 'support', groups: ['support'], waitingCalls, serviceLevel: { within: 20, target: 0.8 } },
      ...(waitingCalls > 0 && { oldestSince: 0 }),
    }) as unknown as LiveQueue

  for (const [title, waiting, seconds, query, mood] of [
    ['calm while nobody waits, whatever the limits', 0, 900, 'late=1:support&many=1:support', 'calm'],
    ['waits within the limits', 2, 60, 'many=3:support', 'waits'],
    ['late after three times the service level', 1, 61, '', 'late'],
    ['late after its own limit', 1, 31, 'late=30:support', 'late'],
    ['not late before its own limit', 1, 100, 'late=120:support', 'waits'],
    ['not late by the limit of another queue', 1, 31, 'late=30:sales', 'waits'],
    ['too many callers from its limit on', 3, 10, 'many=3:support', 'many'],
  ] as const)
    it(`is ${mood}: ${title}`, () => assert.equal(moodOf(queue(waiting), live, settings(query), seconds * 1_000), mood))

  it('is unstaffed if callers wait and no agent could answer', () => {
    assert.equal(moodOf(queue(1), { ...live, agents: new Map() }, settings(''), 0), 'unstaffed')
  })
})
