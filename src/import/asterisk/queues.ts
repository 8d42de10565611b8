import { formatDuration, seconds } from '../../foundation/time.js'
import type { Way } from './ways.js'
import type { QueueValues } from './values.js'

type Fields = Readonly<Record<string, unknown>>

interface QueueParts {
  readonly values: QueueValues
  readonly groups: readonly string[]
  /** Whether agents are always signed in. */
  readonly isInformal: boolean
  readonly way: Way
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

/** Where a call goes that leaves the queue. `why`: why it leaves. */
function actionOf(values: QueueValues, field: string, why: string, { then }: Way): Fields {
  if (then.kind === 'action') return then.action
  const { name, notes } = values
  notes.lost('queue', name, field, why, `${then.words}; write the action here; until then the call is disconnected`)
  return { disconnect: true }
}

const [leastWait, mostWait] = [10, 65_535]

function timeoutOf(values: QueueValues, way: Way): Fields | undefined {
  if (way.computed !== undefined)
    values.notes.lost(
      ...(['queue', values.name, 'timeout', `the dialplan computes how long callers wait: ${way.computed}`] as const),
      'write timeout with the time and the action',
    )
  if (way.wait === undefined) return undefined
  const after = Math.min(mostWait, Math.max(leastWait, way.wait))
  if (after !== way.wait)
    values.notes.changed(
      ...(['queue', values.name, 'timeout', `the longest wait was ${way.wait} s and is ${after} s`] as const),
      `Carillon allows ${leastWait} to ${mostWait}`,
    )
  return {
    after: formatDuration(seconds(after)),
    action: actionOf(values, 'timeout', `callers leave the queue after ${after} s`, way),
  }
}

function overflowOf(values: QueueValues, way: Way): Fields | undefined {
  if (values.number('maxlen') === 0) return undefined
  const waitingCalls = values.within('maxlen', 'overflow', [0, 1_000])
  if (waitingCalls === undefined) return undefined
  return { waitingCalls, action: actionOf(values, 'overflow', `callers beyond maxlen = ${waitingCalls} leave the queue`, way) }
}

/** A queue that callers may not join, or must leave, while it has no agents. */
function noAgentsOf(values: QueueValues, way: Way, isInformal: boolean): Fields | undefined {
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
  return { when: 'noneSignedIn', action: actionOf(values, 'noAgents', 'callers of a queue without agents leave it', way) }
}

function serviceLevelOf(values: QueueValues): Fields | undefined {
  if (values.number('servicelevel') === 0) return undefined
  const within = values.within('servicelevel', 'serviceLevel', [1, 3_600])
  return within === undefined ? undefined : { within: formatDuration(seconds(within)) }
}
