import fc from 'fast-check'
import { millis } from '../../src/foundation/time.js'
import type {
  AgentSettings,
  GroupName,
  GroupSettings,
  PresenceState,
  QueueName,
  QueueSettings,
  RoutingSettings,
  WorkflowName,
} from '../../src/routing/index.js'
import { routingMethodNames, type Digit } from '../../src/routing/world/words.js'
import { agentOf } from '../unit/routing/build.js'
import {
  action,
  announce,
  digits,
  withoutMissingQueues,
  mostly,
  optional,
  queueNames,
  record,
  workflow,
} from './random-world-workflows.js'

const agentNames = ['ann', 'bob', 'cem', 'dov', 'eva', 'fay']
const groupNames = ['g1', 'g2', 'g3'] as GroupName[]
const methods = routingMethodNames
export const presenceStates: PresenceState[] = [
  'available',
  'inactive',
  'busy',
  'doNotDisturb',
  'beRightBack',
  'away',
  'offWork',
  'offline',
]

const agent = (name: string): fc.Arbitrary<AgentSettings> =>
  record({
    uri: fc.constant(agentOf(name)),
    homed: mostly('local' as const, 'online' as const),
    wrapUp: fc.constantFrom(millis(0), millis(7_000)),
    alwaysAvailable: mostly(true, false),
  })

const group = (name: GroupName): fc.Arbitrary<GroupSettings> =>
  fc
    .tuple(
      record({
        name: fc.constant(name),
        participationPolicy: fc.constantFrom('informal', 'informal', 'formal'),
        agentAlertTime: fc.constantFrom(millis(10_000), millis(20_000)),
        routingMethod: fc.constantFrom(...methods),
        agents: fc
          .oneof(fc.shuffledSubarray(agentNames, { minLength: 2 }), fc.shuffledSubarray(agentNames))
          .map(names => names.map(agentOf)),
        attendantOffers: fc.integer({ min: 1, max: 3 }),
      }),
      optional('wrapUp', fc.constantFrom(millis(0), millis(4_000))),
    )
    .map(([settings, more]) => ({ ...settings, ...more }))

const queue = (name: QueueName): fc.Arbitrary<QueueSettings> =>
  fc
    .tuple(
      record({
        name: fc.constant(name),
        groups: fc.oneof(fc.shuffledSubarray(groupNames, { minLength: 1 }), fc.shuffledSubarray(groupNames)),
        noAgents: record({ when: mostly('noneConfigured' as const, 'noneSignedIn' as const), action }),
      }),
      optional('timeout', record({ after: fc.constantFrom(millis(10_000), millis(45_000)), action })),
      optional(
        'overflow',
        record({ waitingCalls: fc.integer({ min: 0, max: 3 }), candidate: fc.constantFrom('newest', 'oldest'), action }),
      ),
      optional('announce', announce),
    )
    .map(([settings, timeout, overflow, told]) => ({ ...settings, ...timeout, ...overflow, ...told }))

/** Workflows w1 to w3, one or two queues, three groups, six agents. w1 only has a queue. Names stay the same, so that settings can replace each other. */
export const settings: fc.Arbitrary<RoutingSettings> = record({
  ringbackGracePeriod: fc.constantFrom(millis(30_000), millis(60_000)),
  pauseAfterMisses: fc.constantFrom(undefined, 1, 2),
  agents: fc.tuple(...agentNames.map(agent)),
  missing: fc.subarray(agentNames, { maxLength: 2 }),
  groups: fc.tuple(...groupNames.map(group)),
  queues: fc.tuple(...queueNames.map(queue)),
  workflows: fc.tuple(workflow('w2'), workflow('w3')),
  gone: mostly<string | undefined>(undefined, 'w2', 'w3'),
  second: fc.boolean(),
}).map(({ missing, second, gone: absent, ...rest }) => {
  const gone = new Set(missing.map(agentOf))
  const simple = { name: 'w1' as WorkflowName, active: true, entry: { kind: 'queue', queue: 'q1' as QueueName } } as const
  const made: RoutingSettings = {
    generation: 1,
    ringbackGracePeriod: rest.ringbackGracePeriod,
    ...(rest.pauseAfterMisses !== undefined && { pauseAfterMisses: rest.pauseAfterMisses }),
    agents: rest.agents.filter(({ uri }) => !gone.has(uri)),
    groups: rest.groups.map(settings => ({ ...settings, agents: settings.agents.filter(uri => !gone.has(uri)) })),
    queues: rest.queues,
    workflows: [simple, ...rest.workflows.filter(({ name }) => name !== absent)],
  }
  // In half of the worlds there is one queue only.
  return second ? made : withoutMissingQueues({ ...made, queues: made.queues.slice(0, 1) })
})

/** One step of a random run. `pick` chooses among the existing calls, agents and so on. */
export type Happening =
  | {
      readonly kind: 'arrive'
      readonly workflow: 'w1' | 'w2' | 'w3'
      readonly hears: boolean
      readonly caller?: string | undefined
    }
  /** The prompt of a caller has ended. `late`: the report concerns a prompt that was replaced meanwhile. */
  | { readonly kind: 'heard'; readonly pick: number; readonly late: boolean }
  | { readonly kind: 'press'; readonly pick: number; readonly digit: Digit }
  | { readonly kind: 'wait'; readonly span: number }
  | { readonly kind: 'presence'; readonly pick: number; readonly state: PresenceState }
  | { readonly kind: 'sign'; readonly pick: number; readonly group: number; readonly signedIn: boolean }
  | {
      readonly kind: 'offer'
      readonly pick: number
      readonly what: 'accept' | 'decline' | 'refuse' | 'ringing'
      readonly code: number
    }
  | {
      readonly kind: 'call'
      readonly pick: number
      readonly what:
        'joined' | 'joinFailed' | 'forwardFailed' | 'abandon' | 'end' | 'transferred' | 'consulted' | 'through' | 'transferFailed'
      readonly cause: number
    }
  | {
      readonly kind: 'refer'
      readonly pick: number
      readonly agent: number
      readonly by: 'agent' | 'caller'
      readonly how: 'refer' | 'replaces' | 'consult'
    }
  | { readonly kind: 'release' | 'resume'; readonly pick: number }
  | { readonly kind: 'picked'; readonly pick: number; readonly call: number }
  | { readonly kind: 'stray'; readonly pick: number }
  | { readonly kind: 'replace'; readonly settings: RoutingSettings }

const pick = fc.nat({ max: 1000 })

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: record({
      kind: fc.constant('arrive' as const),
      workflow: fc.constantFrom('w1' as const, 'w2' as const, 'w3' as const),
      hears: fc.constantFrom(true, true, false),
      caller: mostly<string | undefined>(undefined, ...agentNames),
    }),
  },
  {
    weight: 6,
    arbitrary: record({ kind: fc.constant('heard' as const), pick, late: fc.constantFrom(false, false, false, false, true) }),
  },
  { weight: 4, arbitrary: record({ kind: fc.constant('press' as const), pick, digit: fc.constantFrom(...digits) }) },
  {
    weight: 4,
    arbitrary: record({ kind: fc.constant('wait' as const), span: fc.constantFrom(1, 50, 900, 5_000, 12_000, 31_000) }),
  },
  {
    weight: 4,
    arbitrary: record({
      kind: fc.constant('presence' as const),
      pick,
      state: mostly<PresenceState>('available', ...presenceStates),
    }),
  },
  { weight: 2, arbitrary: record({ kind: fc.constant('sign' as const), pick, group: pick, signedIn: mostly(true, false) }) },
  {
    weight: 7,
    arbitrary: record({
      kind: fc.constant('offer' as const),
      pick,
      what: fc.constantFrom(
        'accept' as const,
        'accept' as const,
        'accept' as const,
        'decline' as const,
        'refuse' as const,
        'ringing' as const,
      ),
      code: fc.constantFrom(302, 404, 408, 480, 486, 503, 600, 603),
    }),
  },
  {
    weight: 7,
    arbitrary: record({
      kind: fc.constant('call' as const),
      pick,
      what: fc.constantFrom(
        'joined' as const,
        'joined' as const,
        'joined' as const,
        'joined' as const,
        'joinFailed' as const,
        'forwardFailed' as const,
        'abandon' as const,
        'end' as const,
        'end' as const,
        'transferred' as const,
        'consulted' as const,
        'through' as const,
        'through' as const,
        'transferFailed' as const,
      ),
      cause: pick,
    }),
  },
  {
    weight: 3,
    arbitrary: record({
      kind: fc.constant('refer' as const),
      pick,
      agent: pick,
      by: fc.constantFrom('agent' as const, 'agent' as const, 'caller' as const),
      how: fc.constantFrom('refer' as const, 'refer' as const, 'consult' as const, 'replaces' as const),
    }),
  },
  { weight: 1, arbitrary: record({ kind: fc.constantFrom('release' as const, 'resume' as const), pick }) },
  { weight: 2, arbitrary: record({ kind: fc.constant('picked' as const), pick, call: pick }) },
  { weight: 1, arbitrary: record({ kind: fc.constant('stray' as const), pick }) },
  { weight: 1, arbitrary: record({ kind: fc.constant('replace' as const), settings }) },
)

/** Long enough for complex states. fast-check shrinks a failing sequence to the few steps that matter. */
export const happenings: fc.Arbitrary<Happening[]> = fc.noBias(fc.array(happening, { minLength: 1, maxLength: 60, size: 'max' }))
