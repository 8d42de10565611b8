import assert from 'node:assert/strict'
import { agentView, callView, snapshotWorld, type AgentActivity, type CallId, type Effect } from '../../../src/routing/index.js'
import { agentOf, nameOf, seconds, world, type EventAtNow, type Live } from './build.js'
import { titleOf, type Rule } from './rules.js'

/**
 * A transfer: how far it is × what happens. Alice answered the call for the group `support`; Dave is the target, an agent of another
 * group. Alice has a wrap-up of 30 s, Dave one of 10 s. A cell lists what is done and recorded, then the call's phase, then what Alice and
 * Dave do.
 */
const c1 = 'c1' as CallId
const named = { asker: 'sip:alice@example.com', to: agentOf('dave') }
const began = (
  by: 'agent' | 'caller',
  to: 'dave' | 'alice' | 'outsider',
  how: 'refer' | 'replaces' | 'consult' = 'refer',
): EventAtNow => ({
  kind: 'transferBegan',
  call: c1,
  by,
  how,
  asker: `sip:${by}@example.com`,
  ...(to === 'outsider' ? { to: 'tel:+15550100' } : { to: agentOf(to), agent: agentOf(to) }),
})

const stages = {
  'there is none': () => undefined,
  'alice asked for dave': live => void live.tell(began('agent', 'dave')),
  'alice asked for dave and hung up': live => {
    live.tell(began('agent', 'dave'))
    live.transfer('c1', 'agent')
  },
  'alice asked for an outsider': live => void live.tell(began('agent', 'outsider')),
  'the caller asked for dave': live => void live.tell(began('caller', 'dave')),
  'alice moves the call to her other phone': live => void live.tell(began('agent', 'alice', 'replaces')),
  'alice calls dave to talk first': live => void live.tell(began('agent', 'dave', 'consult')),
  'alice talks to dave first': live => {
    live.tell(began('agent', 'dave', 'consult'))
    live.tell({ kind: 'consultAnswered', call: c1 })
  },
  'dave has taken her place': live => {
    live.tell(began('agent', 'dave'))
    live.through('c1')
  },
  'an outsider has taken her place': live => {
    live.tell(began('agent', 'outsider'))
    live.through('c1')
  },
} as const satisfies Readonly<Record<string, (live: Live) => void>>
type Stage = keyof typeof stages

const inputs = {
  'alice asks for dave': { rule: 'transfers', event: began('agent', 'dave') },
  'the config refuses a REFER': { rule: 'transfers', event: { kind: 'transferRefused', call: c1, by: 'agent', ...named } },
  'the target answers': { rule: 'transfers', event: { kind: 'transferThrough', call: c1 } },
  'the target of a consultation answers': { rule: 'transfers', event: { kind: 'consultAnswered', call: c1 } },
  'the target is busy': { rule: 'transfers', event: { kind: 'transferFailed', call: c1, code: 486 } },
  'alice takes it back': { rule: 'transfers', event: { kind: 'transferFailed', call: c1, code: 487, takenBack: true } },
  'the side of the agent leaves': { rule: 'inAnyCall', event: { kind: 'callTransferred', call: c1, by: 'agent' } },
  'the caller hangs up': { rule: 'bye', event: { kind: 'callEnded', call: c1, cause: 'callerHungUp' } },
  'the side of the agent hangs up': { rule: 'bye', event: { kind: 'callEnded', call: c1, cause: 'agentHungUp' } },
} as const satisfies Readonly<Record<string, { readonly rule: Rule; readonly event: EventAtNow }>>
type Input = keyof typeof inputs

type Row = Readonly<Record<Input, string>>
const refused = 'began alice to dave; refused'
const none = 'ignored: no transfer is under way'
const nobody = 'ignored: nobody waits for the answer'
const underWay = 'refuseTransfer; ignored: a transfer is under way'

const cells: Readonly<Record<Stage, Row>> = {
  'there is none': {
    'alice asks for dave': 'began agent to dave; dave rings; transfer; connected; alice talking, dave ringing',
    'the config refuses a REFER': `${refused}; connected; alice talking, dave free`,
    'the target answers': `${none}; connected; alice talking, dave free`,
    'the target of a consultation answers': `${none}; connected; alice talking, dave free`,
    'the target is busy': `${none}; connected; alice talking, dave free`,
    'alice takes it back': `${none}; connected; alice talking, dave free`,
    'the side of the agent leaves': 'left agent; alice over; connected; alice wrappingUp, dave free',
    'the caller hangs up': 'alice over; answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'alice over; answered alice; over; alice wrappingUp, dave free',
  },
  'alice asked for dave': {
    'alice asks for dave': `${underWay}; connected; alice talking, dave ringing`,
    'the config refuses a REFER': `${refused}; connected; alice talking, dave ringing`,
    'the target answers': 'through; left agent; alice over; dave talks; connected; alice wrappingUp, dave talking',
    'the target of a consultation answers': `${nobody}; connected; alice talking, dave ringing`,
    'the target is busy': 'failed 486; dave over; connected; alice talking, dave free',
    'alice takes it back': 'takenBack; dave over; connected; alice talking, dave free',
    'the side of the agent leaves': 'left agent; alice over; connected; alice wrappingUp, dave ringing',
    // The end of the talk ends the transfer too.
    'the caller hangs up': 'alice over; dave over; answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'alice over; dave over; answered alice; over; alice wrappingUp, dave free',
  },
  'alice asked for dave and hung up': {
    'alice asks for dave': `${underWay}; connected; alice wrappingUp, dave ringing`,
    'the config refuses a REFER': `${refused}; connected; alice wrappingUp, dave ringing`,
    'the target answers': 'through; dave talks; connected; alice wrappingUp, dave talking',
    // Nobody is left on that side. The shell ends the call.
    'the target of a consultation answers': `${nobody}; connected; alice wrappingUp, dave ringing`,
    'the target is busy': 'failed 486; dave over; connected; alice wrappingUp, dave free',
    'alice takes it back': 'takenBack; dave over; connected; alice wrappingUp, dave free',
    'the side of the agent leaves': 'ignored: the call has no agent; connected; alice wrappingUp, dave ringing',
    'the caller hangs up': 'dave over; answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'dave over; answered alice; over; alice wrappingUp, dave free',
  },
  'alice asked for an outsider': {
    'alice asks for dave': `${underWay}; connected; alice talking, dave free`,
    'the config refuses a REFER': `${refused}; connected; alice talking, dave free`,
    'the target answers': 'through; left agent; alice over; connected; alice wrappingUp, dave free',
    'the target of a consultation answers': `${nobody}; connected; alice talking, dave free`,
    'the target is busy': 'failed 486; connected; alice talking, dave free',
    'alice takes it back': 'takenBack; connected; alice talking, dave free',
    'the side of the agent leaves': 'left agent; alice over; connected; alice wrappingUp, dave free',
    'the caller hangs up': 'alice over; answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'alice over; answered alice; over; alice wrappingUp, dave free',
  },
  'the caller asked for dave': {
    'alice asks for dave': `${underWay}; connected; alice talking, dave ringing`,
    'the config refuses a REFER': `${refused}; connected; alice talking, dave ringing`,
    'the target answers': 'through; left caller; dave talks; connected; alice talking, dave talking',
    'the target of a consultation answers': `${nobody}; connected; alice talking, dave ringing`,
    'the target is busy': 'failed 486; dave over; connected; alice talking, dave free',
    'alice takes it back': 'takenBack; dave over; connected; alice talking, dave free',
    'the side of the agent leaves': 'left agent; alice over; connected; alice wrappingUp, dave ringing',
    'the caller hangs up': 'alice over; dave over; answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'alice over; dave over; answered alice; over; alice wrappingUp, dave free',
  },
  // She stays in one talk, whichever of her phones it is on: no leg is recorded, and no wrap-up follows.
  'alice moves the call to her other phone': {
    'alice asks for dave': `${underWay}; connected; alice talking, dave free`,
    'the config refuses a REFER': `${refused}; connected; alice talking, dave free`,
    'the target answers': 'through; connected; alice talking, dave free',
    'the target of a consultation answers': `${nobody}; connected; alice talking, dave free`,
    'the target is busy': 'failed 486; connected; alice talking, dave free',
    'alice takes it back': 'takenBack; connected; alice talking, dave free',
    'the side of the agent leaves': 'left agent; alice over; connected; alice talking, dave free',
    'the caller hangs up': 'alice over; answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'alice over; answered alice; over; alice wrappingUp, dave free',
  },
  'alice calls dave to talk first': {
    'alice asks for dave': `${underWay}; connected; alice talking, dave ringing`,
    'the config refuses a REFER': `${refused}; connected; alice talking, dave ringing`,
    'the target answers': 'through; left agent; alice over; dave talks; connected; alice wrappingUp, dave talking',
    'the target of a consultation answers': 'consulted; connected; alice talking, dave talking',
    'the target is busy': 'failed 486; dave over; connected; alice talking, dave free',
    'alice takes it back': 'takenBack; dave over; connected; alice talking, dave free',
    'the side of the agent leaves': 'left agent; alice over; connected; alice wrappingUp, dave ringing',
    'the caller hangs up': 'alice over; dave over; answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'alice over; dave over; answered alice; over; alice wrappingUp, dave free',
  },
  // The talk with Alice is not a talk with the caller: Dave's leg is recorded as talking when he has taken her place.
  'alice talks to dave first': {
    'alice asks for dave': `${underWay}; connected; alice talking, dave talking`,
    'the config refuses a REFER': `${refused}; connected; alice talking, dave talking`,
    'the target answers': 'through; left agent; alice over; dave talks; connected; alice wrappingUp, dave talking',
    'the target of a consultation answers': `${nobody}; connected; alice talking, dave talking`,
    'the target is busy': 'failed 486; dave over; connected; alice talking, dave free',
    'alice takes it back': 'takenBack; dave over; connected; alice talking, dave free',
    'the side of the agent leaves': 'left agent; alice over; connected; alice wrappingUp, dave talking',
    'the caller hangs up': 'alice over; dave over; answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'alice over; dave over; answered alice; over; alice wrappingUp, dave free',
  },
  'dave has taken her place': {
    'alice asks for dave': 'began agent to dave; busy; refuseTransfer; connected; alice wrappingUp, dave talking',
    'the config refuses a REFER': `${refused}; connected; alice wrappingUp, dave talking`,
    'the target answers': `${none}; connected; alice wrappingUp, dave talking`,
    'the target of a consultation answers': `${none}; connected; alice wrappingUp, dave talking`,
    'the target is busy': `${none}; connected; alice wrappingUp, dave talking`,
    'alice takes it back': `${none}; connected; alice wrappingUp, dave talking`,
    'the side of the agent leaves': 'left agent; dave over; connected; alice wrappingUp, dave wrappingUp',
    // The call counts for Alice, who answered it.
    'the caller hangs up': 'dave over; answered alice; over; alice wrappingUp, dave wrappingUp',
    'the side of the agent hangs up': 'dave over; answered alice; over; alice wrappingUp, dave wrappingUp',
  },
  'an outsider has taken her place': {
    'alice asks for dave': 'began agent to dave; dave rings; transfer; connected; alice wrappingUp, dave ringing',
    'the config refuses a REFER': `${refused}; connected; alice wrappingUp, dave free`,
    'the target answers': `${none}; connected; alice wrappingUp, dave free`,
    'the target of a consultation answers': `${none}; connected; alice wrappingUp, dave free`,
    'the target is busy': `${none}; connected; alice wrappingUp, dave free`,
    'alice takes it back': `${none}; connected; alice wrappingUp, dave free`,
    'the side of the agent leaves': 'ignored: the call has no agent; connected; alice wrappingUp, dave free',
    'the caller hangs up': 'answered alice; over; alice wrappingUp, dave free',
    'the side of the agent hangs up': 'answered alice; over; alice wrappingUp, dave free',
  },
}

function lineOf(effect: Effect): readonly string[] {
  if (effect.kind === 'transfer' || effect.kind === 'refuseTransfer') return [effect.kind]
  if (effect.kind !== 'record') return []
  const { fact } = effect
  switch (fact.kind) {
    case 'ignored':
      return [`ignored: ${fact.because}`]
    case 'transferBegan':
      return [`began ${fact.asker === named.asker ? 'alice' : fact.by} to ${nameOf(agentOf('dave'))}`]
    case 'consultAnswered':
      return ['consulted']
    case 'transferEnded':
      return [`${fact.outcome}${fact.code === undefined ? '' : ` ${fact.code}`}`]
    case 'callTransferred':
      return [`left ${fact.by}`]
    case 'agentLeg':
      return [`${nameOf(fact.agent)} ${fact.state}`]
    case 'callFinished':
      return [`${fact.why} ${fact.agent === undefined ? 'by nobody' : nameOf(fact.agent)}`]
    default:
      return []
  }
}

const activity = (live: Live, name: string): AgentActivity | undefined => agentView(live.world, agentOf(name))?.activity

function shown(live: Live): string {
  const phase = callView(live.world, c1)?.phase ?? 'over'
  const agents = `alice ${activity(live, 'alice') ?? ''}, dave ${activity(live, 'dave') ?? ''}`
  return [...live.effects.flatMap(lineOf), phase, agents].join('; ')
}

function begun(stage: Stage): Live {
  const live = world()
    .agent('alice', { wrapUp: seconds(30) })
    .agent('dave', { wrapUp: seconds(10) })
    .group('support', 'serial', ['alice'])
    .group('second', 'serial', ['dave'])
    .queue('support', ['support'])
    .queue('second', ['second'])
    .live()
  live.call('c1', 'support')
  live.answer('c1.1')
  stages[stage](live)
  return live
}

describe('a transfer: how far it is with what happens', () => {
  for (const stage of Object.keys(cells) as Stage[])
    for (const input of Object.keys(inputs) as Input[]) {
      const cell = cells[stage][input]
      const { rule, event } = inputs[input]
      it(`${stage}, and ${input}: ${cell} (${titleOf(rule)})`, () => {
        const live = begun(stage)
        const before = snapshotWorld(live.world)
        live.tell(event)
        assert.equal(shown(live), cell)
        if (cell.startsWith('ignored')) assert.deepEqual(snapshotWorld(live.world), before)
      })
    }

  for (const stage of Object.keys(cells) as Stage[])
    it(`leaves nothing behind after the end of a call in which ${stage} (${titleOf('wrapUp')})`, () => {
      const live = begun(stage)
      live.hangUp('c1')
      live.after(seconds(30))
      assert.equal(live.timers.size, 0)
      for (const agent of ['alice', 'dave']) assert.equal(activity(live, agent), 'free')
      live.call('c2', 'support')
      live.call('c3', 'second')
      assert.deepEqual(live.offers(), ['c3.1 dave'])
    })

  for (const doing of ['talks', 'rings', 'is away'] as const)
    it(`${doing === 'talks' ? 'refuses' : 'allows'} a target who ${doing} in another call (${titleOf('inAnyCall')})`, () => {
      const live = begun('there is none')
      if (doing === 'is away') live.presence('dave', 'away')
      else live.call('c2', 'second')
      if (doing === 'talks') live.answer('c2.1')
      live.tell(began('agent', 'dave'))
      const done = live.effects.map(({ kind }) => kind).filter(kind => kind === 'transfer' || kind === 'refuseTransfer')
      assert.deepEqual(done, [doing === 'talks' ? 'refuseTransfer' : 'transfer'])
      // A target who is rung for the transfer is not rung for anything else.
      assert.deepEqual(live.withdrawn(), doing === 'rings' ? ['c2.1 withdrawn'] : [])
    })
})
