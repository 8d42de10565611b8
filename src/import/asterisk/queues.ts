import { formatDuration, seconds } from '../../foundation/time.js'
import { actionOf, waitOf } from '../way.js'
import type { TimedWay } from './ways.js'
import type { QueueValues } from './values.js'

type Fields = Readonly<Record<string, unknown>>

interface QueueParts {
  readonly values: QueueValues
  readonly groups: readonly string[]
  /** Whether agents are always signed in. */
  readonly isInformal: boolean
  readonly way: TimedWay
}

/** A queue as the config writes it. */
export function queueOf({ values, groups, isInformal, way }: QueueParts): Fields {
  return {
    name: values.name,
    groups,
    announce: announceOf(values),
    timeout: timeoutOf(values, way),
    overflow: overflowOf(values, way),
    noAgents: noAgentsOf(values, way, isInformal),
    serviceLevel: serviceLevelOf(values),
  }
}

/** Without a frequency, Asterisk announces nothing. With one, it says the position and the wait unless it is told not to. */
function announceOf(values: QueueValues): Fields | undefined {
  if ((values.number('announce-frequency') ?? 0) === 0) return undefined
  const position = isSaid(values, 'announce-position', /^(?:limit|more)$/i)
  const wait = isSaid(values, 'announce-holdtime', /^once$/i)
  if (!position && !wait) return undefined
  const every = values.within('announce-frequency', 'announce', [10, 600])
  return {
    ...(position && { position }),
    ...(wait && { wait }),
    ...(every !== undefined && { every: formatDuration(seconds(every)) }),
  }
}

/** `sometimes`: values by which Asterisk says it to some callers, or only once. */
function isSaid(values: QueueValues, key: string, sometimes: RegExp): boolean {
  const text = values.text(key) ?? 'yes'
  if (!sometimes.test(text)) return values.isYes(key, true)
  values.notes.changed(
    'queue',
    values.name,
    'announce',
    `it was ${key} = ${text}`,
    'Carillon tells it each time, and to each caller',
  )
  return true
}

function timeoutOf(values: QueueValues, way: TimedWay): Fields | undefined {
  if (way.computed !== undefined)
    values.notes.lost(
      ...(['queue', values.name, 'timeout', `the dialplan computes how long callers wait: ${way.computed}`] as const),
      'write timeout with the time and the action',
    )
  if (way.wait === undefined) return undefined
  const { name, notes } = values
  const after = waitOf(way.wait, name, notes)
  const action = actionOf(way.then, 'timeout', `callers leave the queue after ${after} s`, name, notes)
  return { after: formatDuration(seconds(after)), action }
}

function overflowOf(values: QueueValues, way: TimedWay): Fields | undefined {
  if (values.number('maxlen') === 0) return undefined
  const waitingCalls = values.within('maxlen', 'overflow', [0, 1_000])
  if (waitingCalls === undefined) return undefined
  const why = `callers beyond maxlen = ${waitingCalls} leave the queue`
  return { waitingCalls, action: actionOf(way.then, 'overflow', why, values.name, values.notes) }
}

/** A queue that callers may not join, or must leave, while it has no agents. */
function noAgentsOf(values: QueueValues, way: TimedWay, isInformal: boolean): Fields | undefined {
  const [join, leave] = [values.text('joinempty') ?? 'yes', values.text('leavewhenempty') ?? 'no']
  if (values.isYes('joinempty', true) && /^(?:no|false|off|0|n|f)$/i.test(leave)) return undefined
  const { name, notes } = values
  const what = `it was joinempty = ${join}, leavewhenempty = ${leave}`
  const onlySignIns = 'Carillon looks only at who is signed in, and not at phones that are busy, paused or unreachable'
  if (isInformal) {
    const remedy = `${onlySignIns}. The agents here are always signed in, so callers wait; make the groups formal if agents should sign in, and write noAgents`
    notes.lost('queue', name, 'noAgents', what, remedy)
    return undefined
  }
  notes.changed('queue', name, 'noAgents', what, onlySignIns)
  return {
    when: 'noneSignedIn',
    action: actionOf(way.then, 'noAgents', 'callers of a queue without agents leave it', name, notes),
  }
}

function serviceLevelOf(values: QueueValues): Fields | undefined {
  if (values.number('servicelevel') === 0) return undefined
  const within = values.within('servicelevel', 'serviceLevel', [1, 3_600])
  return within === undefined ? undefined : { within: formatDuration(seconds(within)) }
}
