import fc from 'fast-check'
import { millis } from '../../src/foundation/time.js'
import type {
  Action,
  AgentSettings,
  GroupName,
  GroupSettings,
  PresenceState,
  QueueName,
  QueueSettings,
  RoutingMethodName,
  RoutingSettings,
  WorkflowName,
} from '../../src/routing/index.js'
import { agentOf } from '../unit/routing/build.js'

const agentNames = ['ann', 'bob', 'cem', 'dov', 'eva', 'fay']
const groupNames = ['g1', 'g2', 'g3'] as GroupName[]
const queueNames = ['q1', 'q2'] as QueueName[]
const methods: RoutingMethodName[] = ['longestIdle', 'parallel', 'roundRobin', 'serial', 'attendant']
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

/** As records come from a config: with a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true })

const optional = <K extends string, T>(key: K, value: fc.Arbitrary<T>): fc.Arbitrary<Partial<Record<K, T>>> =>
  fc.oneof(
    fc.constant<Partial<Record<K, T>>>({}),
    value.map(found => ({ [key]: found }) as Partial<Record<K, T>>),
  )

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constant<Action>({ kind: 'disconnect' }),
  fc.constant<Action>({ kind: 'forward', as: 'voicemail', to: 'sip:vm@example.com' }),
  fc.constantFrom(...queueNames).map<Action>(queue => ({ kind: 'queue', queue })),
)

const agent = (name: string): fc.Arbitrary<AgentSettings> =>
  record({
    uri: fc.constant(agentOf(name)),
    homed: fc.constantFrom('local', 'local', 'local', 'online'),
    wrapUp: fc.constantFrom(millis(0), millis(7_000)),
    alwaysAvailable: fc.boolean(),
  })

const group = (name: GroupName): fc.Arbitrary<GroupSettings> =>
  fc
    .tuple(
      record({
        name: fc.constant(name),
        participationPolicy: fc.constantFrom('informal', 'informal', 'formal'),
        agentAlertTime: fc.constantFrom(millis(10_000), millis(20_000)),
        routingMethod: fc.constantFrom(...methods),
        agents: fc.shuffledSubarray(agentNames).map(names => names.map(agentOf)),
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
        groups: fc.shuffledSubarray(groupNames),
        noAgents: record({ when: fc.constantFrom('noneConfigured', 'noneSignedIn'), action }),
      }),
      optional('timeout', record({ after: fc.constantFrom(millis(10_000), millis(45_000)), action })),
      optional(
        'overflow',
        record({ waitingCalls: fc.integer({ min: 0, max: 3 }), candidate: fc.constantFrom('newest', 'oldest'), action }),
      ),
    )
    .map(([settings, timeout, overflow]) => ({ ...settings, ...timeout, ...overflow }))

/** Two workflows w1 and w2 over one or two queues, three groups, six agents. Names stay the same, so that one can replace another. */
export const settings: fc.Arbitrary<RoutingSettings> = record({
  ringbackGracePeriod: fc.constantFrom(millis(30_000), millis(60_000)),
  agents: fc.tuple(...agentNames.map(agent)),
  missing: fc.subarray(agentNames, { maxLength: 2 }),
  groups: fc.tuple(...groupNames.map(group)),
  queues: fc.tuple(...queueNames.map(queue)),
  active: fc.boolean(),
  second: fc.boolean(),
}).map(({ missing, second, active, ...rest }) => {
  const gone = new Set(missing.map(agentOf))
  return {
    generation: 1,
    ringbackGracePeriod: rest.ringbackGracePeriod,
    agents: rest.agents.filter(({ uri }) => !gone.has(uri)),
    groups: rest.groups.map(settings => ({ ...settings, agents: settings.agents.filter(uri => !gone.has(uri)) })),
    queues: second ? rest.queues : rest.queues.slice(0, 1).map(withoutOthers),
    workflows: [
      { name: 'w1' as WorkflowName, active: true, entry: { kind: 'queue', queue: 'q1' as QueueName } },
      { name: 'w2' as WorkflowName, active, entry: { kind: 'queue', queue: (second ? 'q2' : 'q1') as QueueName } },
    ],
  }
})

/** A queue that stands alone has no action that names the other. */
function withoutOthers(settings: QueueSettings): QueueSettings {
  const safe = (from: Action): Action => (from.kind === 'queue' && from.queue !== settings.name ? { kind: 'disconnect' } : from)
  const { timeout, overflow, noAgents } = settings
  return {
    ...settings,
    noAgents: { ...noAgents, action: safe(noAgents.action) },
    ...(timeout ? { timeout: { ...timeout, action: safe(timeout.action) } } : {}),
    ...(overflow ? { overflow: { ...overflow, action: safe(overflow.action) } } : {}),
  }
}

/** Something that happens; `pick` chooses among what there is at that moment. */
export type Happening =
  | { readonly kind: 'arrive'; readonly workflow: 'w1' | 'w2' }
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
      readonly what: 'joined' | 'joinFailed' | 'forwardFailed' | 'abandon' | 'end'
      readonly cause: number
    }
  | { readonly kind: 'release'; readonly pick: number }
  | { readonly kind: 'stray'; readonly pick: number }
  | { readonly kind: 'replace'; readonly settings: RoutingSettings }

const pick = fc.nat({ max: 1000 })

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: record({ kind: fc.constant('arrive' as const), workflow: fc.constantFrom('w1' as const, 'w2' as const) }),
  },
  {
    weight: 4,
    arbitrary: record({ kind: fc.constant('wait' as const), span: fc.constantFrom(1, 50, 900, 5_000, 12_000, 31_000) }),
  },
  {
    weight: 4,
    arbitrary: record({
      kind: fc.constant('presence' as const),
      pick,
      state: fc.constantFrom(...presenceStates, 'available' as const, 'available' as const),
    }),
  },
  { weight: 2, arbitrary: record({ kind: fc.constant('sign' as const), pick, group: pick, signedIn: fc.boolean() }) },
  {
    weight: 7,
    arbitrary: record({
      kind: fc.constant('offer' as const),
      pick,
      what: fc.constantFrom('accept' as const, 'accept' as const, 'decline' as const, 'refuse' as const, 'ringing' as const),
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
        'joinFailed' as const,
        'forwardFailed' as const,
        'abandon' as const,
        'end' as const,
        'end' as const,
      ),
      cause: pick,
    }),
  },
  { weight: 1, arbitrary: record({ kind: fc.constant('release' as const), pick }) },
  { weight: 1, arbitrary: record({ kind: fc.constant('stray' as const), pick }) },
  { weight: 1, arbitrary: record({ kind: fc.constant('replace' as const), settings }) },
)

export const happenings: fc.Arbitrary<Happening[]> = fc.array(happening, { minLength: 1, maxLength: 60, size: 'max' })
