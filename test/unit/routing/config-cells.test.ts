import assert from 'node:assert/strict'
import {
  callView,
  type CallId,
  type CallPhase,
  type Effect,
  type PromptId,
  type RoutingSettings,
} from '../../../src/routing/index.js'
import { asks, nameOf, seconds, toQueue, world, type Live, type WorldBuilder } from './build.js'
import { titleOf, type Rule } from './rules.js'

/** A new config: the phase of a call × what has changed. A cell lists what is done with the call, then its phase. */
const c1 = 'c1' as CallId
const prompt = (name: string): PromptId => name as PromptId

const bring: Readonly<Record<CallPhase, (live: Live) => void>> = {
  greeting: live => void live.call('c1', 'greets', true),
  asking: live => void live.call('c1', 'asks', true),
  farewell: live => void live.call('c1', 'parts', true),
  waiting: live => void live.call('c1', 'away'),
  ringing: live => void live.call('c1', 'support'),
  joining: live => {
    live.call('c1', 'support')
    live.accept('c1.1')
  },
  connected: live => {
    live.call('c1', 'support')
    live.answer('c1.1')
  },
  forwarding: live => void live.call('c1', 'forwards'),
}

interface Change {
  readonly rule: Rule
  readonly config: RoutingSettings
}

interface Parts {
  readonly agents?: readonly string[]
  readonly method?: 'serial' | 'parallel'
  readonly question?: string
  readonly queue?: string
  readonly alertTime?: number
}

function built({
  agents = ['alice'],
  method = 'serial',
  question = 'menu',
  queue = 'support',
  alertTime = 20,
}: Parts = {}): WorldBuilder {
  return world()
    .agent('bob', { alwaysAvailable: false })
    .group('support', method, agents, { agentAlertTime: seconds(alertTime) })
    .group('away', 'serial', ['bob'])
    .queue(queue, ['support'])
    .queue('away', ['away'])
    .workflow('support', queue)
    .workflow('greets', queue, { welcome: prompt('welcome') })
    .workflow('asks', '', { entry: asks(question, { 1: toQueue(queue) }) })
    .workflow('parts', '', { entry: { kind: 'disconnect', prompt: prompt('bye') } })
    .workflow('forwards', '', { entry: { kind: 'forward', as: 'number', to: 'tel:+15550100' } })
}

const changes = {
  'nothing that concerns it': { rule: 'firstIn', config: built().settings() },
  'another agent in the group': { rule: 'search', config: built({ agents: ['carol'] }).settings() },
  'all phones of the group ring now': {
    rule: 'parallel',
    config: built({ agents: ['alice', 'carol'], method: 'parallel' }).settings(),
  },
  'a longer alert time': { rule: 'missed', config: built({ alertTime: 60 }).settings() },
  'another question': { rule: 'key', config: built({ question: 'choice' }).settings() },
  'another name of its queue': { rule: 'firstIn', config: built({ queue: 'help' }).settings() },
  'no workflow and no queue': { rule: 'inactive', config: world().group('support', 'serial', ['alice']).settings() },
} as const satisfies Readonly<Record<string, Change>>
type Changed = keyof typeof changes

const stays = (phase: CallPhase, otherwise: Partial<Record<Changed, string>> = {}): Readonly<Record<Changed, string>> => ({
  'nothing that concerns it': phase,
  'another agent in the group': phase,
  'all phones of the group ring now': phase,
  'a longer alert time': phase,
  'another question': phase,
  'another name of its queue': phase,
  'no workflow and no queue': phase,
  ...otherwise,
})

const gone = 'reject unconfigured; over unconfigured'
const cells: Readonly<Record<CallPhase, Readonly<Record<Changed, string>>>> = {
  greeting: stays('greeting', { 'no workflow and no queue': gone }),
  // A changed question is asked again.
  asking: stays('asking', { 'another question': 'play choice; asking', 'no workflow and no queue': gone }),
  farewell: stays('farewell', { 'no workflow and no queue': gone }),
  waiting: stays('waiting', { 'no workflow and no queue': `wait failed; ${gone}` }),
  ringing: stays('ringing', {
    'another agent in the group': 'withdraw alice; offer carol; ringing',
    'all phones of the group ring now': 'offer carol; ringing',
    'another name of its queue': 'wait moved; ringing',
    'no workflow and no queue': `withdraw alice; wait failed; ${gone}`,
  }),
  // Who has answered keeps the call.
  joining: stays('joining'),
  connected: stays('connected'),
  forwarding: stays('forwarding'),
}

function lineOf(effect: Effect): readonly string[] {
  if (effect.kind === 'offer') return [`offer ${nameOf(effect.agent)}`]
  if (effect.kind === 'play') return [`play ${effect.prompt}`]
  if (effect.kind === 'reject') return [`reject ${effect.why}`]
  if (effect.kind !== 'record') return []
  const { fact } = effect
  if (fact.kind === 'offerEnded') return [`withdraw ${nameOf(fact.agent)}`]
  if (fact.kind === 'waitEnded') return [`wait ${fact.outcome}`]
  return fact.kind === 'callFinished' ? [`over ${fact.why}`] : []
}

const sorted = (cell: string): string[] => cell.split('; ').sort()

describe('a new config: each phase of a call with each change', () => {
  for (const phase of Object.keys(cells) as CallPhase[])
    for (const changed of Object.keys(changes) as Changed[]) {
      const cell = cells[phase][changed]
      it(`a call that is ${phase} meets ${changed}: ${cell} (${titleOf(changes[changed].rule)})`, () => {
        const live = built().live()
        bring[phase](live)
        live.replace(changes[changed].config)
        const then = callView(live.world, c1)?.phase
        assert.deepEqual([...live.effects.flatMap(lineOf), ...(then ? [then] : [])].sort(), sorted(cell))
      })
    }

  it(`lets a phone that rings ring for the alert time with which it began (${titleOf('missed')})`, () => {
    const live = built().live()
    bring.ringing(live)
    live.replace(changes['a longer alert time'].config)
    live.after(seconds(19))
    assert.equal(callView(live.world, c1)?.phase, 'ringing')
    live.after(seconds(1))
    assert.deepEqual(live.withdrawn(), ['c1.1 missed'])
  })

  for (const phase of ['joining', 'connected', 'forwarding'] as const)
    it(`lets a call that is ${phase} end as before, when nothing of it is left in the config (${titleOf('bye')})`, () => {
      const live = built().live()
      bring[phase](live)
      live.replace(changes['no workflow and no queue'].config)
      live.hangUp('c1')
      assert.equal(live.world.calls.size, 0)
      assert.equal(live.timers.size, 0)
      assert.equal(live.facts('callFinished')[0]?.why, phase === 'connected' ? 'answered' : 'abandoned')
    })
})
