import assert from 'node:assert/strict'
import type { Agent, Membership } from '../../../console/src/api/documents.js'
import { worldOf, type LiveWorld } from '../../../console/src/live/world.js'
import { partFor, whoAnswers } from '../../../console/src/pages/try/who-answers.js'

type Standing = Readonly<Record<string, Membership['excluded']>>

function agent(name: string, groups: Standing, more: Partial<Agent> = {}): Agent {
  const memberships = Object.entries(groups).map(([group, excluded]) => ({
    name: group,
    participationPolicy: group === 'formal' ? 'formal' : 'informal',
    signedIn: excluded !== 'notSignedIn',
    excluded,
  }))
  return { uri: name, name, homed: 'local', activity: 'free', groups: memberships, ...more } as unknown as Agent
}

const worldWith = (...agents: readonly Agent[]): LiveWorld =>
  worldOf(
    {
      agents,
      groups: ['formal', 'others'].map(name => ({
        name,
        agents: agents.filter(({ groups }) => groups.some(group => group.name === name)).map(({ uri }) => uri),
      })),
      queues: [
        { name: 'first', groups: ['formal', 'others'], waitingCalls: 0 },
        { name: 'second', groups: ['others'], waitingCalls: 0 },
      ],
      calls: [],
    } as never,
    0,
  )
const names = (queues: readonly string[], live: LiveWorld): string =>
  whoAnswers(queues, live)
    .map(({ name }) => name)
    .join()

describe('who answers a call on the page to try one', () => {
  it('is everybody of the first group that may offer it, in each queue, once', () => {
    const ann = agent('ann', { formal: null })
    const [bob, cas] = [agent('bob', { others: null }), agent('cas', { others: null })]
    assert.equal(names(['first'], worldWith(ann, bob, cas)), 'ann')
    assert.equal(names(['first', 'second'], worldWith(ann, bob, cas)), 'ann,bob,cas')
    assert.equal(names(['first', 'second'], worldWith(bob, cas)), 'bob,cas')
    assert.equal(names(['first'], worldWith(agent('ann', { formal: 'notSignedIn' }), bob)), 'bob')
    assert.equal(names(['first'], worldWith(agent('ann', { formal: null }, { activity: 'talking' }))), '')
    assert.equal(names(['unknown'], worldWith(ann)), '')
  })

  it('can be the person themselves, as the first agent who is not ready, signed in where that is missing', () => {
    const [ann, bob] = [agent('ann', { formal: 'notSignedIn' }), agent('bob', { others: 'offline' })]
    assert.deepEqual(partFor(['first'], worldWith(ann, bob)), { agent: ann, signIns: ['formal'] })
    const ready = agent('ann', { formal: null })
    assert.deepEqual(partFor(['first'], worldWith(ready, bob)), { agent: bob, signIns: [] })
    assert.deepEqual(partFor(['first'], worldWith(ready)), { agent: ready, signIns: [] })
    assert.equal(partFor(['first'], worldWith(agent('eve', { formal: 'homedOnline' }, { homed: 'online' }))), undefined)
    assert.equal(partFor([], worldWith(ann)), undefined)
  })
})
