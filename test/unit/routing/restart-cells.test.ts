import assert from 'node:assert/strict'
import {
  agentView,
  callView,
  keptCall,
  restoreWorld,
  snapshotWorld,
  type CallId,
  type Effect,
  type KeptCall,
  type PromptId,
  type WorkflowName,
} from '../../../src/routing/index.js'
import type { Action } from '../../../src/routing/world/settings.js'
import { agentOf, asks, nameOf, seconds, toQueue, world, type Live, type WorldBuilder } from './build.js'

/**
 * A restart: where a call stands × how the config has changed meanwhile (docs/decisions/016-restart.md). A cell lists what the new process
 * does with the call, then its phase.
 */
const c1 = 'c1' as CallId
const prompt = (name: string): PromptId => name as PromptId
const voicemail: Action = { kind: 'forward', as: 'voicemail', to: 'sip:box@example.com' }
const target: Action = { kind: 'forward', as: 'number', to: 'tel:+15550100' }

const standings = {
  'is greeted': { bring: live => void live.call('c1', 'greets', true) },
  'hears a question': { bring: live => void live.call('c1', 'asks', true) },
  'has answered a question and hears the next': {
    bring: live => {
      live.call('c1', 'asks', true)
      live.press('c1', '1')
    },
  },
  'waits behind its answers': {
    bring: live => {
      live.call('c1', 'asks', true)
      live.press('c1', '1')
      live.press('c1', '2')
    },
  },
  'hears a farewell': { bring: live => void live.call('c1', 'parts', true) },
  waits: { bring: live => void live.call('c1', 'away') },
  'rings at alice': { bring: live => void live.call('c1', 'support') },
  'is being joined with alice': {
    bring: live => {
      live.call('c1', 'support')
      live.accept('c1.1')
    },
  },
  'is connected to alice': {
    bring: live => {
      live.call('c1', 'support')
      live.answer('c1.1')
    },
  },
  'is connected to dave, who got it from alice': {
    bring: live => {
      live.call('c1', 'support')
      live.answer('c1.1')
      live.refer('c1', 'agent', 'dave')
      live.through('c1')
    },
  },
  'is forwarded to a number': { bring: live => void live.call('c1', 'forwards') },
  'is forwarded to voicemail after its time in the queue': {
    bring: live => {
      live.call('c1', 'patient')
      live.after(seconds(30))
    },
  },
  'is connected to the target of an action': {
    bring: live => {
      live.call('c1', 'forwards')
      live.join('c1')
    },
  },
} as const satisfies Readonly<Record<string, { readonly bring: (live: Live) => void }>>
type Standing = keyof typeof standings

const configs = {
  'the same config': built(),
  'a config without its workflow and queue': world().group('support', 'serial', ['alice', 'dave']).queue('else', ['support']),
  'a config without its agents': built({ agents: ['erin'] }),
} as const satisfies Readonly<Record<string, WorldBuilder>>
type Config = keyof typeof configs

function built({ agents = ['alice'] }: { readonly agents?: readonly string[] } = {}): WorldBuilder {
  const made = world()
    .agent('bob', { alwaysAvailable: false })
    .group('support', 'serial', agents)
    .group('away', 'serial', ['bob'])
    .queue('support', ['support'])
    .queue('away', ['away'])
    .queue('patient', ['away'], { timeout: { after: seconds(30), action: voicemail } })
    .workflow('greets', 'support', { welcome: prompt('welcome') })
    .workflow('asks', '', { entry: asks('menu', { 1: asks('more', { 2: toQueue('away') }) }) })
    .workflow('parts', 'support', { entry: { kind: 'disconnect', prompt: prompt('goodbye') } })
    .workflow('forwards', 'support', { entry: target })
  return agents.includes('alice') ? made.group('others', 'serial', ['dave']) : made
}

const gone = ['reject unconfigured', 'over: unconfigured']
const talks = ['connected']
const cells: Readonly<Record<Standing, Readonly<Record<Config, readonly string[]>>>> = {
  // A welcome or a question that was cut off is not begun in its middle: the workflow's entry follows.
  'is greeted': {
    'the same config': ['wait', 'offer alice', 'ringing'],
    'a config without its workflow and queue': gone,
    'a config without its agents': ['wait', 'offer erin', 'ringing'],
  },
  'hears a question': {
    'the same config': ['play menu', 'asking'],
    'a config without its workflow and queue': gone,
    'a config without its agents': ['play menu', 'asking'],
  },
  'has answered a question and hears the next': {
    'the same config': ['play menu', 'asking'],
    'a config without its workflow and queue': gone,
    'a config without its agents': ['play menu', 'asking'],
  },
  'waits behind its answers': {
    'the same config': ['wait', 'waiting'],
    'a config without its workflow and queue': gone,
    'a config without its agents': ['wait', 'waiting'],
  },
  'hears a farewell': {
    'the same config': ['reject disconnected', 'over: disconnected'],
    'a config without its workflow and queue': ['reject disconnected', 'over: disconnected'],
    'a config without its agents': ['reject disconnected', 'over: disconnected'],
  },
  waits: {
    'the same config': ['waiting'],
    'a config without its workflow and queue': gone,
    'a config without its agents': ['waiting'],
  },
  'rings at alice': {
    'the same config': ['offer alice', 'ringing'],
    'a config without its workflow and queue': gone,
    'a config without its agents': ['offer erin', 'ringing'],
  },
  'is being joined with alice': {
    'the same config': ['offer alice', 'ringing'],
    'a config without its workflow and queue': gone,
    'a config without its agents': ['offer erin', 'ringing'],
  },
  // A talk goes on, whatever the config says.
  'is connected to alice': {
    'the same config': ['talks alice', 'connected'],
    'a config without its workflow and queue': ['talks alice', 'connected'],
    'a config without its agents': talks,
  },
  'is connected to dave, who got it from alice': {
    'the same config': ['talks dave', 'connected'],
    'a config without its workflow and queue': ['talks dave', 'connected'],
    'a config without its agents': talks,
  },
  'is forwarded to a number': {
    'the same config': ['forward number tel:+15550100 disconnected', 'forwarding'],
    'a config without its workflow and queue': ['forward number tel:+15550100 disconnected', 'forwarding'],
    'a config without its agents': ['forward number tel:+15550100 disconnected', 'forwarding'],
  },
  'is forwarded to voicemail after its time in the queue': {
    'the same config': ['forward voicemail sip:box@example.com timedOut', 'forwarding'],
    'a config without its workflow and queue': ['forward voicemail sip:box@example.com timedOut', 'forwarding'],
    'a config without its agents': ['forward voicemail sip:box@example.com timedOut', 'forwarding'],
  },
  'is connected to the target of an action': {
    'the same config': talks,
    'a config without its workflow and queue': talks,
    'a config without its agents': talks,
  },
}

function lineOf(effect: Effect): readonly string[] {
  if (effect.kind === 'offer') return [`offer ${nameOf(effect.agent)}`]
  if (effect.kind === 'play') return [`play ${effect.prompt}`]
  if (effect.kind === 'wait') return ['wait']
  if (effect.kind === 'reject') return [`reject ${effect.why}`]
  if (effect.kind === 'forward') return [`forward ${effect.as} ${effect.to} ${effect.why}`]
  if (effect.kind !== 'record') return []
  const { fact } = effect
  if (fact.kind === 'agentLeg') return [`${fact.state} ${nameOf(fact.agent)}`]
  return fact.kind === 'callFinished' ? [`over: ${fact.why}`] : []
}

/** The text of a row, read again. */
function kept(live: Live): KeptCall {
  const found = keptCall(live.world, c1)
  assert(found)
  return JSON.parse(JSON.stringify(found)) as KeptCall
}

function restarted(standing: Standing, config: Config): Live {
  const before = built().live()
  standings[standing].bring(before)
  const live = configs[config].live()
  live.now = before.now
  live.tell({ kind: 'callRestored', call: c1, kept: kept(before) })
  return live
}

describe('a call from before a restart: where it stands with each config', () => {
  for (const standing of Object.keys(cells) as Standing[])
    for (const config of Object.keys(configs) as Config[]) {
      const cell = cells[standing][config]
      it(`a call that ${standing}, with ${config}: ${cell.join(', ')}`, () => {
        const live = restarted(standing, config)
        const phase = callView(live.world, c1)?.phase
        assert.deepEqual([...live.effects.flatMap(lineOf), ...(phase ? [phase] : [])], cell)
      })
    }

  for (const standing of Object.keys(cells) as Standing[])
    it(`a call that ${standing} is kept in the same words by the next process`, () => {
      const live = restarted(standing, 'the same config')
      if (!callView(live.world, c1)) return
      const before = kept(live)
      const again = built().live()
      again.now = live.now
      again.tell({ kind: 'callRestored', call: c1, kept: before })
      assert.deepEqual({ ...kept(again), offersMade: 0 }, { ...before, offersMade: 0 })
    })

  it('asks from the start, and keeps only the answers that follow', () => {
    const live = restarted('has answered a question and hears the next', 'the same config')
    live.press('c1', '1')
    live.press('c1', '2')
    const digits = callView(live.world, c1)?.answers.map(({ digit }) => digit)
    assert.deepEqual(digits, ['1', '2'])
    live.replace({
      ...built().settings(),
      queues: built().queue('new', ['away']).settings().queues.slice(-1),
      workflows: [asksFor('new')],
    })
    assert.equal(callView(live.world, c1)?.queue, 'new', 'the answers lead to a queue of a new config')
  })

  it('reads a forwarded call of a journal of 0.1.0, which does not say why the call comes', () => {
    const before = built().live()
    standings['is forwarded to a number'].bring(before)
    const text = JSON.stringify(snapshotWorld(before.world)).replace(/"as":"number","why":"disconnected"/, '"old":true')
    assert.match(text, /"old":true/)
    const phase = restoreWorld(JSON.parse(text) as ReturnType<typeof snapshotWorld>).calls.get(c1)?.phase
    assert(phase?.kind === 'forwarding')
    assert.deepEqual([phase.as, phase.why], ['uri', 'disconnected'])
  })

  it('gives an agent who leaves a restored call its wrap-up, and no second one', () => {
    const live = restarted('is connected to alice', 'the same config')
    live.hangUp('c1')
    assert.equal(agentView(live.world, agentOf('alice'))?.activity, 'free')
    assert.equal(live.timers.size, 0)
  })
})

const asksFor = (queue: string) => ({
  name: 'asks' as WorkflowName,
  active: true,
  entry: asks('menu', { 1: asks('more', { 2: toQueue(queue) }) }),
})
