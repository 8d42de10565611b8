import assert from 'node:assert/strict'
import type { Agent, Call, Membership } from '../../../console/src/api/documents.js'
import { worldOf, type LiveWorld } from '../../../console/src/live/world.js'
import { hindranceFor, type Hindrance } from '../../../console/src/pages/desk/attended.js'
import { en } from '../../../console/src/language/en.js'

const world: LiveWorld = worldOf(
  {
    agents: [],
    groups: [
      { name: 'returns', routingMethod: 'attendant' },
      { name: 'desk', routingMethod: 'attendant' },
      { name: 'sales', routingMethod: 'serial' },
    ],
    queues: [{ name: 'q', groups: ['returns', 'desk', 'sales'], waitingCalls: 0, oldestWait: 0 }],
    calls: [],
  } as never,
  0,
)
const hindrance = (
  excluded: Readonly<Record<string, Membership['excluded']>>,
  offers: readonly { readonly group: string }[] = [],
  queue = 'q',
): Hindrance | undefined =>
  hindranceFor(
    { groups: Object.entries(excluded).map(([name, why]) => ({ name, excluded: why })) } as unknown as Agent,
    { queue, offers } as unknown as Call,
    world,
  )

describe('an attendant', () => {
  it('may take a call through any attendant group of its queue that may offer calls', () => {
    assert.equal(hindrance({ returns: 'notSignedIn', desk: null }), undefined)
    for (const why of ['ringing', 'unsteady', 'offersFull', 'inGrace', 'justMissed'] as const)
      assert.equal(hindrance({ desk: why }), undefined, why)
  })

  it('is told to sign in, or why no call can be taken now', () => {
    assert.deepEqual(hindrance({ returns: 'notSignedIn', desk: 'notSignedIn' }), { kind: 'signIn', groups: ['returns', 'desk'] })
    for (const why of ['doNotDisturb', 'offline', 'wrappingUp', 'unreachable', 'homedOnline'] as const)
      assert.deepEqual(hindrance({ desk: why, sales: null }), { kind: 'excluded', why })
  })

  it('takes a ringing call only in the group where it rings', () => {
    assert.deepEqual(hindrance({ returns: 'notSignedIn', desk: null }, [{ group: 'returns' }]), {
      ...{ kind: 'signIn', groups: ['returns'] },
    })
  })

  it('reads why a call could not be taken without its id', () => {
    assert.equal(
      en.failed.refused('mx23d7xa-uycumqx: the agent is in no attendant group of its queue that may be offered calls now'),
      'None of your groups can take this call now.',
    )
    assert.equal(en.failed.refused('mx23d7xa-uycumqx: the call is over'), 'This call has ended.')
  })
})
