import assert from 'node:assert/strict'
import { callView, snapshotWorld, type CallId, type Effect, type OfferId } from '../../../src/routing/index.js'
import { agentOf, nameOf, world, type EventAtNow, type Live } from './build.js'
import { titleOf, type Rule } from './rules.js'

/**
 * An offer: each state × each input. The offer is c1.1, at alice. Bob rings only if he is named in the state or if the cell says so.
 * A cell lists what is done and recorded, then the phase of the call.
 */
const c1 = 'c1' as CallId
const offer = 'c1.1' as OfferId

const states = {
  'it rings': live => void live.call('c1', 'serial'),
  'it rings beside another phone': live => void live.call('c1', 'parallel'),
  'it is accepted': live => {
    live.call('c1', 'serial')
    live.accept('c1.1')
  },
  'its agent talks': live => {
    live.call('c1', 'serial')
    live.answer('c1.1')
  },
  'another agent has accepted': live => {
    live.call('c1', 'parallel')
    live.accept('c1.2')
  },
  'it was missed, and bob rings': live => {
    live.call('c1', 'serial')
    live.after(20_000)
  },
  'the caller has left': live => {
    live.call('c1', 'serial')
    live.abandon('c1')
  },
  'there never was such an offer': () => undefined,
} as const satisfies Readonly<Record<string, (live: Live) => void>>
type State = keyof typeof states

const inputs = {
  'the phone rings': { kind: 'offerRinging', offer },
  'the phone answers': { kind: 'offerAccepted', offer },
  'the phone answers 486': { kind: 'offerRefused', offer, code: 486 },
  'the phone answers 603': { kind: 'offerRefused', offer, code: 603 },
  'the phone answers 302': { kind: 'offerRefused', offer, code: 302 },
  'the phone answers 404': { kind: 'offerRefused', offer, code: 404 },
  'the phone answers 503': { kind: 'offerRefused', offer, code: 503 },
  'the phone says nothing': { kind: 'offerRefused', offer, code: 408, silent: true },
  'the agent declines on the console': { kind: 'offerDeclined', offer },
} as const satisfies Readonly<Record<string, EventAtNow>>
type Input = keyof typeof inputs

const rule: Readonly<Record<Input, Rule>> = {
  'the phone rings': 'oneOffer',
  'the phone answers': 'losers',
  'the phone answers 486': 'refused',
  'the phone answers 603': 'refused',
  'the phone answers 302': 'notFollowed',
  'the phone answers 404': 'device',
  'the phone answers 503': 'device',
  'the phone says nothing': 'device',
  'the agent declines on the console': 'refused',
}

type Row = Readonly<Record<Input, readonly string[]>>
const refusals = (row: (end: string) => readonly string[]): Omit<Row, 'the phone rings' | 'the phone answers'> => ({
  'the phone answers 486': row('declined 486'),
  'the phone answers 603': row('declined 603'),
  'the phone answers 302': row('declined 302'),
  'the phone answers 404': row('unreachable 404'),
  'the phone answers 503': row('unreachable 503'),
  'the phone says nothing': row('noResponse 408'),
  // Her phone rings on, so it must be told.
  'the agent declines on the console': ['withdraw c1.1 withdrawn', ...row('declined')],
})
/** Nothing of the offer is left: every input changes nothing. */
const over = (phase: string, because: string, answered: readonly string[]): Row => {
  const ignored = [`ignored: ${because}`, phase]
  return {
    'the phone rings': ignored,
    'the phone answers': [...answered, phase],
    ...refusals(() => ignored),
    'the agent declines on the console': ignored,
  }
}
/** The phone answered too late: its leg must end at once. */
const tooLate = ['withdraw c1.1 withdrawn', 'ignored: the offer is over']

const cells: Readonly<Record<State, Row>> = {
  'it rings': {
    'the phone rings': ['ringing'],
    'the phone answers': ['connect c1.1', 'joining'],
    ...refusals(end => [`ended alice ${end}`, 'offer bob', 'ringing']),
  },
  'it rings beside another phone': {
    'the phone rings': ['ringing'],
    'the phone answers': ['connect c1.1', 'withdraw c1.2 lostRace', 'ended bob lostRace', 'joining'],
    ...refusals(end => [`ended alice ${end}`, 'ringing']),
  },
  'it is accepted': {
    'the phone rings': ['ignored: the offer was accepted', 'joining'],
    'the phone answers': ['ignored: it was accepted before', 'joining'],
    ...refusals(() => ['ignored: the offer was accepted', 'joining']),
    'the agent declines on the console': ['ignored: the offer was accepted', 'joining'],
  },
  // The core no longer knows which offer won. The shell has handed over the leg of this one, so the withdrawal finds no phone.
  'its agent talks': over('connected', 'the offer is over', ['withdraw c1.1 lostRace', 'ignored: another agent was first']),
  'another agent has accepted': over('joining', 'the offer is over', [
    'withdraw c1.1 lostRace',
    'ignored: another agent was first',
  ]),
  'it was missed, and bob rings': over('ringing', 'the offer is over', tooLate),
  'the caller has left': over('over', 'the offer is over', tooLate),
  'there never was such an offer': over('over', 'the offer is over', tooLate),
}

function lineOf(effect: Effect): readonly string[] {
  if (effect.kind === 'offer') return [`offer ${nameOf(effect.agent)}`]
  if (effect.kind === 'withdraw') return [`withdraw ${effect.offer} ${effect.because}`]
  if (effect.kind === 'connect') return [`connect ${effect.offer}`]
  if (effect.kind !== 'record') return []
  const { fact } = effect
  if (fact.kind === 'ignored') return [`ignored: ${fact.because}`]
  if (fact.kind !== 'offerEnded') return []
  return [`ended ${nameOf(fact.agent)} ${fact.why}${fact.code === undefined ? '' : ` ${fact.code}`}`]
}

const made = (): Live =>
  world()
    .group('serial', 'serial', ['alice', 'bob'])
    .group('parallel', 'parallel', ['alice', 'bob'])
    .queue('serial', ['serial'])
    .queue('parallel', ['parallel'])
    .live()

describe('an offer: each state with each input', () => {
  for (const state of Object.keys(cells) as State[])
    for (const input of Object.keys(inputs) as Input[]) {
      const cell = cells[state][input]
      it(`${input} while ${state}: ${cell.join(', ')} (${titleOf(rule[input])})`, () => {
        const live = made()
        states[state](live)
        const before = snapshotWorld(live.world)
        live.tell(inputs[input])
        const phase = callView(live.world, c1)?.phase ?? 'over'
        assert.deepEqual([...live.effects.flatMap(lineOf), phase], cell)
        if (cell.some(line => line.startsWith('ignored'))) assert.deepEqual(snapshotWorld(live.world), before)
        if (cell.includes(`ended alice unreachable 404`)) assert(live.world.agents.get(agentOf('alice'))?.unreachable)
      })
    }
})
