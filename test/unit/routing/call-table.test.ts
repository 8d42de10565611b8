import assert from 'node:assert/strict'
import { callTable, type CallInput, type CallMove } from '../../../src/routing/call/table.js'
import { callView, snapshotWorld, type CallId, type CallPhase, type Effect, type PromptId } from '../../../src/routing/index.js'
import { asks, nameOf, toQueue, world, type EventAtNow, type Live } from './build.js'

/** Brings caller c1 into each phase. In `connected` with an agent, or with the target of an action. */
type Situation = Exclude<CallPhase, 'connected'> | 'connected to alice' | 'connected to the target'

/** The reports of the core, and the next phase, if c1 is still there. */
type Cell = readonly string[]

const c1 = 'c1' as CallId
const goodbye = 'goodbye' as PromptId
const target = { kind: 'forward', as: 'number', to: 'tel:+15550100' } as const

const phaseOf = (situation: Situation): CallPhase =>
  situation === 'connected to alice' || situation === 'connected to the target' ? 'connected' : situation

function made(): Live {
  return world()
    .agent('bob', { alwaysAvailable: false })
    .group('support', 'serial', ['alice'])
    .group('away', 'serial', ['bob'])
    .queue('support', ['support'])
    .queue('away', ['away'])
    .workflow('greets', 'support', { welcome: 'welcome' as PromptId })
    .workflow('asks', 'support', { entry: asks('menu', { 1: toQueue('support') }) })
    .workflow('parts', 'support', { entry: { kind: 'disconnect', prompt: goodbye } })
    .workflow('forwards', 'support', { entry: target })
    .live()
}

const bring: Readonly<Record<Situation, (live: Live) => void>> = {
  greeting: live => void live.call('c1', 'greets', true),
  asking: live => void live.call('c1', 'asks', true),
  farewell: live => void live.call('c1', 'parts', true),
  waiting: live => void live.call('c1', 'away'),
  ringing: live => void live.call('c1', 'support'),
  joining: live => {
    live.call('c1', 'support')
    live.accept('c1.1')
  },
  'connected to alice': live => {
    live.call('c1', 'support')
    live.answer('c1.1')
  },
  forwarding: live => void live.call('c1', 'forwards'),
  'connected to the target': live => {
    live.call('c1', 'forwards')
    live.join('c1')
  },
}

const gives: Readonly<Record<CallInput, { readonly words: string; readonly event: EventAtNow }>> = {
  abandoned: { words: 'the caller cancels', event: { kind: 'callAbandoned', call: c1 } },
  noMedia: { words: 'no RTP comes from the caller', event: { kind: 'callAbandoned', call: c1, because: 'noMedia' } },
  joined: { words: 'the legs are joined', event: { kind: 'callJoined', call: c1 } },
  joinFailed: { words: 'the join fails', event: { kind: 'joinFailed', call: c1, code: 488 } },
  forwardFailed: { words: 'the forward target refuses', event: { kind: 'forwardFailed', call: c1, code: 486 } },
  endedByCaller: { words: 'the caller hangs up', event: { kind: 'callEnded', call: c1, cause: 'callerHungUp' } },
  endedByAgent: { words: 'the agent hangs up', event: { kind: 'callEnded', call: c1, cause: 'agentHungUp' } },
  endedByTarget: { words: 'the forward target hangs up', event: { kind: 'callEnded', call: c1, cause: 'forwardHungUp' } },
  endedByFault: { words: 'we fail', event: { kind: 'callEnded', call: c1, cause: 'failed' } },
}

/** The expected result of each move. */
const shows: Readonly<Record<CallMove, RegExp>> = {
  ignore: /^ignored: the call is \w+$/,
  abandon: /^over: abandoned/m,
  loseMedia: /^over: noMedia/m,
  connect: /^(connected to alice|forwarded to tel:.*)$/m,
  waitAgain: /^offer declined$[^]*^then waiting$/m,
  failForward: /^reject forwardFailed$[^]*^over: forwardFailed/m,
  finish: /^over: (answered|forwarded) /m,
  fail: /^reject failed$[^]*^over: failed/m,
}

/** Without a partner of the caller. `first`: what else is reported before the end. `outcome`: of a wait. */
function alone(phase: CallPhase, first: Cell = [], wait?: string): Readonly<Record<CallInput, Cell>> {
  const waited = (outcome: string): Cell => (wait === undefined ? [] : [`${wait} ${outcome}`])
  const ignored = [`ignored: the call is ${phase}`, `then ${phase}`]
  const left = [...first, ...waited('abandoned'), 'over: abandoned by callerHungUp']
  return {
    abandoned: left,
    noMedia: [...first, ...waited('failed'), 'over: noMedia by serverHungUp'],
    joined: ignored,
    joinFailed: ignored,
    forwardFailed: ignored,
    endedByCaller: left,
    endedByAgent: ignored,
    endedByTarget: ignored,
    endedByFault: ['reject failed', ...first, ...waited('failed'), 'over: failed by failed'],
  }
}

/** Two sides are joined. Either end ends the same talk. */
function joined(why: 'answered' | 'forwarded'): Readonly<Record<CallInput, Cell>> {
  const ignored = ['ignored: the call is connected', 'then connected']
  return {
    abandoned: [`over: ${why} by failed`],
    noMedia: [`over: ${why} by failed`],
    ...{ joined: ignored, joinFailed: ignored, forwardFailed: ignored },
    endedByCaller: [`over: ${why} by callerHungUp`],
    endedByAgent: [`over: ${why} by agentHungUp`],
    endedByTarget: [`over: ${why} by forwardHungUp`],
    endedByFault: [`over: ${why} by failed`],
  }
}

const again = ['offer declined', 'then waiting']

const expected: Readonly<Record<Situation, Readonly<Record<CallInput, Cell>>>> = {
  greeting: alone('greeting'),
  asking: alone('asking'),
  farewell: alone('farewell'),
  waiting: alone('waiting', [], 'wait'),
  ringing: alone('ringing', ['withdraw c1.1 withdrawn', 'offer withdrawn'], 'wait'),
  joining: {
    ...alone('joining', ['withdraw c1.1 withdrawn', 'offer withdrawn'], 'wait'),
    joined: ['offer answered', 'wait answered', 'connected to alice', 'then connected'],
    joinFailed: again,
    endedByAgent: again,
  },
  forwarding: {
    ...alone('forwarding'),
    joined: ['forwarded to tel:+15550100', 'then connected'],
    forwardFailed: ['reject forwardFailed', 'over: forwardFailed by failed'],
    endedByTarget: ['reject forwardFailed', 'over: forwardFailed by forwardHungUp'],
  },
  'connected to alice': joined('answered'),
  'connected to the target': joined('forwarded'),
}

/** The reports about c1. Timers, music and the views of agents have tests of their own. */
function lineOf(effect: Effect): readonly string[] {
  if (effect.kind === 'reject') return [`reject ${effect.why}`]
  if (effect.kind === 'withdraw') return [`withdraw ${effect.offer} ${effect.because}`]
  if (effect.kind === 'offer' || effect.kind === 'connect' || effect.kind === 'forward') return [effect.kind]
  if (effect.kind !== 'record') return []
  const { fact } = effect
  if (fact.kind === 'ignored') return [`ignored: ${fact.because}`]
  if (fact.kind === 'offerEnded') return [`offer ${fact.why}`]
  if (fact.kind === 'waitEnded') return [`wait ${fact.outcome}`]
  if (fact.kind === 'callConnected') return [`connected to ${nameOf(fact.agent)}`]
  if (fact.kind === 'callForwarded') return [`forwarded to ${fact.to}`]
  return fact.kind === 'callFinished' ? [`over: ${fact.why} by ${fact.cause}`] : []
}

function reported(live: Live): string[] {
  const phase = callView(live.world, c1)?.phase
  return [...live.effects.flatMap(lineOf), ...(phase === undefined ? [] : [`then ${phase}`])]
}

const keys = <K extends string>(of: Readonly<Record<K, unknown>>): K[] => Object.keys(of) as K[]

describe('a call of the core: each phase with each input', () => {
  for (const situation of keys(expected))
    describe(`while it is ${situation}`, () => {
      for (const input of keys(gives)) {
        const cell = expected[situation][input]
        const move = callTable[phaseOf(situation)][input]
        it(`${gives[input].words}: ${move} (${cell.join(', ')})`, () => {
          const live = made()
          bring[situation](live)
          assert.equal(callView(live.world, c1)?.phase, phaseOf(situation))
          const before = snapshotWorld(live.world)
          live.tell(gives[input].event)
          assert.deepEqual(reported(live), cell)
          assert.match(cell.filter(line => move !== 'ignore' || !line.startsWith('then ')).join('\n'), shows[move])
          if (move === 'ignore') assert.deepEqual(snapshotWorld(live.world), before)
        })
      }
    })

  it('is over for every input that comes after its end', () => {
    for (const input of keys(gives)) {
      const live = made()
      bring.waiting(live)
      live.abandon('c1')
      const before = snapshotWorld(live.world)
      live.tell(gives[input].event)
      assert.deepEqual(reported(live), ['ignored: the call is over'])
      assert.deepEqual(snapshotWorld(live.world), before)
    }
  })

  it('names the caller whose connection was lost, where it is the same end as a BYE', () => {
    for (const situation of keys(expected)) {
      const live = made()
      bring[situation](live)
      live.tell({ kind: 'callEnded', call: c1, cause: 'callerGone' })
      const byBye = expected[situation].endedByCaller
      assert.deepEqual(
        reported(live),
        byBye.map(line => line.replace('by callerHungUp', 'by callerGone')),
      )
    }
  })
})
