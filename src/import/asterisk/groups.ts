import type { Written } from '../imported.js'
import { methodOf, type Strategy } from '../strategies.js'
import type { Names } from '../texts.js'
import type { Member } from './members.js'
import type { QueueValues } from './values.js'

/** The routing method of each strategy. */
const strategies: Readonly<Record<string, Strategy>> = {
  ringall: { method: 'parallel' },
  linear: { method: 'serial' },
  rrmemory: { method: 'roundRobin' },
  roundrobin: { method: 'roundRobin' },
  rrordered: { method: 'roundRobin' },
  leastrecent: {
    method: 'longestIdle',
    differs: 'longestIdle counts from the end of the last call, and calls of other queues count, too',
  },
  fewestcalls: {
    method: 'longestIdle',
    differs: 'Carillon does not count the calls of agents; the agent who is idle longest is next',
  },
  random: { method: 'roundRobin', differs: 'Carillon chooses nobody at random; agents are called in turn' },
  wrandom: {
    method: 'roundRobin',
    differs: 'Carillon chooses nobody at random; agents are called in turn, and the penalties, which were weights, are left out',
  },
}

/** One group for each penalty, the lowest first. A queue without members gets one formal group without agents. */
export function groupsOf(values: QueueValues, members: readonly Member[], names: Names): readonly Written[] {
  const first = names.free(values.name)
  const word = (values.text('strategy') ?? 'ringall').toLowerCase()
  const method = methodOf(strategies, word, first, values.notes)
  const times = { agentAlertTime: alertOf(values), wrapUp: wrapUpOf(values) }
  const written = (name: string, participationPolicy: 'formal' | 'informal', agents: readonly string[]): Written => ({
    name,
    fields: { name, participationPolicy, routingMethod: method, ...times, agents },
  })
  if (members.length === 0) {
    const remedy = 'write the agents who may sign in; they do it on the console or by a code (agents.signIn)'
    values.notes.lost('group', first, 'agents', 'the export names no members, so agents signed in and out by themselves', remedy)
    return [written(first, 'formal', [])]
  }
  const levels = levelsOf(values, members, word)
  return levels.map((level, index) =>
    written(
      index === 0 ? first : names.free(`${values.name.slice(0, 100)} (penalty ${level[0]?.penalty ?? 0})`),
      'informal',
      level.map(({ uri }) => uri),
    ),
  )
}

/** The members by penalty. For wrandom, penalties are not an order. */
function levelsOf(values: QueueValues, members: readonly Member[], strategy: string): readonly (readonly Member[])[] {
  const penalties = [...new Set(members.map(({ penalty }) => penalty))].sort((one, other) => one - other)
  if (strategy === 'wrandom' || penalties.length < 2) return [members]
  values.notes.changed(
    ...(['queue', values.name, 'groups'] as const),
    `the penalties ${penalties.slice(0, 8).join(', ')} became groups in this order`,
    'a call goes to the next group when nobody in the group before is free, and also when everybody there was tried and nobody answered',
  )
  return penalties.map(penalty => members.filter(each => each.penalty === penalty))
}

const [leastAlert, mostAlert] = [10, 180]
/** Asterisk rings a phone for 15 s, unless the queue says otherwise. */
const defaultAlert = 15

function alertOf(values: QueueValues): string {
  if (values.number('timeout') !== 0) return `${values.within('timeout', 'groups', [leastAlert, mostAlert]) ?? defaultAlert}s`
  const why = 'a phone rings for 180 s at most; then the call goes to the next agent'
  values.notes.changed('queue', values.name, 'groups', `phones rang without end (timeout = 0) and ring for ${mostAlert} s`, why)
  return `${mostAlert}s`
}

function wrapUpOf(values: QueueValues): string | undefined {
  const seconds = values.within('wrapuptime', 'groups', [0, 3_600]) ?? 0
  return seconds === 0 ? undefined : `${seconds}s`
}
