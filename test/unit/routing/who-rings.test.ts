import assert from 'node:assert/strict'
import {
  presenceStates,
  routingMethodNames,
  type AgentSettings,
  type CallId,
  type GroupName,
  type GroupSettings,
  type PresenceState,
  type RoutingMethodName,
} from '../../../src/routing/index.js'
import type { Exclusion } from '../../../src/routing/world/words.js'
import { agentOf, nameOf, seconds, world, type Live } from './build.js'
import { titleOf, type Rule } from './rules.js'

/**
 * What alice does × the group's method: is she offered a call of the group `desk`? Zed, who is always free, stands after her in the list.
 * Her other calls come to the group `other`, of which she is the only agent.
 */
interface State {
  readonly rule: Rule
  readonly bring: (live: Live) => void
  readonly agent?: Partial<AgentSettings>
  readonly group?: Partial<GroupSettings>
  /** Alice, or why she is left out: with the four methods that take free agents, and with attendant. */
  readonly free: 'alice' | Exclusion
  readonly attendant: 'alice' | Exclusion
}

const nothing = (): void => undefined
const bringPresence = (state: PresenceState) => (live: Live) => void live.presence('alice', state)
const watched: Partial<AgentSettings> = { alwaysAvailable: false }

/** The table "Presence" of §2, with the reason for each "no". */
const presences: Readonly<Record<PresenceState, Pick<State, 'free' | 'attendant'>>> = {
  available: { free: 'alice', attendant: 'alice' },
  inactive: { free: 'alice', attendant: 'alice' },
  busy: { free: 'notAvailable', attendant: 'alice' },
  beRightBack: { free: 'notAvailable', attendant: 'alice' },
  away: { free: 'notAvailable', attendant: 'alice' },
  offWork: { free: 'notAvailable', attendant: 'alice' },
  doNotDisturb: { free: 'doNotDisturb', attendant: 'doNotDisturb' },
  offline: { free: 'offline', attendant: 'offline' },
}

const other = (live: Live): void => void live.call('other', 'other')
const talk = (live: Live): void => {
  other(live)
  live.answer('other.1')
}

const states: Readonly<Record<string, State>> = {
  ...Object.fromEntries(
    presenceStates.map(state => [
      `her presence is ${state}`,
      { rule: 'presence', bring: bringPresence(state), agent: watched, ...presences[state] } satisfies State,
    ]),
  ),
  'no source has said anything': { rule: 'presence', bring: nothing, agent: watched, free: 'offline', attendant: 'offline' },
  'she is homed online': {
    rule: 'homedOnline',
    bring: nothing,
    agent: { homed: 'online' },
    free: 'homedOnline',
    attendant: 'homedOnline',
  },
  'the group is formal and she never signed in': {
    rule: 'formal',
    bring: nothing,
    group: { participationPolicy: 'formal' },
    free: 'notSignedIn',
    attendant: 'notSignedIn',
  },
  'the group is formal and she signed in': {
    rule: 'formal',
    bring: live => void live.signIn('alice', 'desk'),
    group: { participationPolicy: 'formal' },
    free: 'alice',
    attendant: 'alice',
  },
  'the group is formal and she signed in, then out': {
    rule: 'formal',
    bring: live => {
      live.signIn('alice', 'desk')
      live.signOut('alice', 'desk')
    },
    group: { participationPolicy: 'formal' },
    free: 'notSignedIn',
    attendant: 'notSignedIn',
  },
  'the group is formal, she signed in, and is off work': {
    rule: 'presence',
    bring: live => {
      live.signIn('alice', 'desk')
      live.presence('alice', 'offWork')
    },
    agent: watched,
    group: { participationPolicy: 'formal' },
    free: 'notAvailable',
    attendant: 'alice',
  },
  'her phone rings for a call of another group': { rule: 'oneOffer', bring: other, free: 'ringing', attendant: 'alice' },
  'as many calls ring at her as the group allows': {
    rule: 'attendantOffers',
    bring: other,
    group: { attendantOffers: 1 },
    free: 'ringing',
    attendant: 'offersFull',
  },
  'she has answered a call that is not joined yet': {
    rule: 'allGroups',
    bring: live => {
      other(live)
      live.accept('other.1')
    },
    free: 'onACall',
    attendant: 'alice',
  },
  'she talks in a call of another group': { rule: 'allGroups', bring: talk, free: 'onACall', attendant: 'alice' },
  'she calls a group and waits there': {
    rule: 'inAnyCall',
    bring: live => void live.callFrom('alice', 'own', 'empty'),
    free: 'onACall',
    attendant: 'alice',
  },
  'she called a group and talks there': {
    rule: 'inAnyCall',
    bring: live => {
      live.callFrom('alice', 'own', 'colleague')
      live.answer('own.1')
    },
    free: 'onACall',
    attendant: 'alice',
  },
  'her phone rings for a transfer': {
    rule: 'inAnyCall',
    bring: live => {
      live.call('own', 'colleague')
      live.answer('own.1')
      live.refer('own', 'agent', 'alice')
    },
    free: 'onACall',
    attendant: 'alice',
  },
  'she got a call by a transfer': {
    rule: 'inAnyCall',
    bring: live => {
      live.call('own', 'colleague')
      live.answer('own.1')
      live.refer('own', 'agent', 'alice')
      live.through('own')
    },
    free: 'onACall',
    attendant: 'alice',
  },
  'the transfer to her has failed': {
    rule: 'inAnyCall',
    bring: live => {
      live.call('own', 'colleague')
      live.answer('own.1')
      live.refer('own', 'agent', 'alice')
      live.tell({ kind: 'transferFailed', call: 'own' as CallId, code: 486 })
    },
    free: 'alice',
    attendant: 'alice',
  },
  'her call is over, and she has no wrap-up': {
    rule: 'wrapUp',
    bring: live => {
      talk(live)
      live.hangUp('other')
    },
    free: 'alice',
    attendant: 'alice',
  },
  'her call is over, and her wrap-up runs': {
    rule: 'wrapUp',
    bring: live => {
      talk(live)
      live.hangUp('other')
      live.after(29_999)
    },
    agent: { wrapUp: seconds(30) },
    free: 'wrappingUp',
    attendant: 'wrappingUp',
  },
  'the time of her wrap-up is over': {
    rule: 'wrapUp',
    bring: live => {
      talk(live)
      live.hangUp('other')
      live.after(30_000)
    },
    agent: { wrapUp: seconds(30) },
    free: 'alice',
    attendant: 'alice',
  },
  'she has ended her wrap-up': {
    rule: 'wrapUp',
    bring: live => {
      talk(live)
      live.hangUp('other')
      live.tell({ kind: 'agentReleased', agent: agentOf('alice') })
    },
    agent: { wrapUp: seconds(30) },
    free: 'alice',
    attendant: 'alice',
  },
  'the call that she made is over': {
    rule: 'inAnyCall',
    bring: live => {
      live.callFrom('alice', 'own', 'colleague')
      live.answer('own.1')
      live.hangUp('own')
    },
    agent: { wrapUp: seconds(30) },
    free: 'alice',
    attendant: 'alice',
  },
  'she declined another call': {
    rule: 'refused',
    bring: live => {
      other(live)
      live.refuse('other.1')
    },
    free: 'alice',
    attendant: 'alice',
  },
  'her phone answered another call with 503': {
    rule: 'device',
    bring: live => {
      other(live)
      live.refuse('other.1', 503)
      live.abandon('other')
      live.after(29_999)
    },
    free: 'unreachable',
    attendant: 'unreachable',
  },
  'thirty seconds have passed since her phone failed': {
    rule: 'device',
    bring: live => {
      other(live)
      live.refuse('other.1', 503)
      live.abandon('other')
      live.after(30_000)
    },
    free: 'alice',
    attendant: 'alice',
  },
  'her presence came back while another call had rung': {
    rule: 'presence',
    bring: live => {
      live.presence('alice', 'available')
      other(live)
      live.presence('alice', 'busy')
      live.presence('alice', 'available')
      live.abandon('other')
    },
    agent: watched,
    free: 'unsteady',
    attendant: 'unsteady',
  },
}

function made({ agent, group }: State, method: RoutingMethodName): Live {
  return world()
    .agent('alice', agent)
    .agent('nobody', watched)
    .group('desk', method, ['alice', 'zed'], group)
    .group('other', 'serial', ['alice'])
    .group('colleague', 'serial', ['carol'])
    .group('empty', 'serial', ['nobody'])
    .queue('desk', ['desk'])
    .queue('other', ['other'])
    .queue('colleague', ['colleague'])
    .queue('empty', ['empty'])
    .live()
}

/** Alice, if the new call rings at her, or why not. */
function outcome(live: Live): string {
  live.call('new', 'desk')
  const made = live.facts('offerMade')
  if (made.some(({ decision }) => nameOf(decision.chosen) === 'alice')) return 'alice'
  return made[0]?.decision.excluded.find(({ agent }) => nameOf(agent) === 'alice')?.why ?? 'nobody is offered it'
}

describe('who is offered a call: what an agent does × the routing method', () => {
  for (const [words, state] of Object.entries(states))
    for (const method of routingMethodNames) {
      const expected = method === 'attendant' ? state.attendant : state.free
      const shows = expected === 'alice' ? 'offers her the call' : `leaves her out: ${expected}`
      it(`${method} ${shows} while ${words} (${titleOf(state.rule)})`, () => {
        const live = made(state, method)
        live.signIn('zed', 'desk')
        state.bring(live)
        assert.equal(outcome(live), expected)
        const view = live.world.groups.get('desk' as GroupName)?.members[0]
        if (expected !== 'alice') assert.equal(view?.excluded, expected, 'the views name the same reason')
      })
    }
})
