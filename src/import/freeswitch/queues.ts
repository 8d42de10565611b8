import { formatDuration, seconds } from '../../foundation/time.js'
import type { KnownSettings } from '../left-out.js'
import type { Notes } from '../notes.js'
import { actionOf, waitOf, type Way } from '../way.js'
import { numberOf } from './agents.js'
import type { Parameters } from './site.js'

type Fields = Readonly<Record<string, unknown>>

/** A queue as the config writes it. */
export function queueOf(name: string, params: Parameters, groups: readonly string[], way: Way, notes: Notes): Fields {
  return { name, groups, timeout: timeoutOf(name, params, way, notes), noAgents: noAgentsOf(name, params, way, notes) }
}

function timeoutOf(name: string, params: Parameters, way: Way, notes: Notes): Fields | undefined {
  const given = numberOf(params.get('max-wait-time')) ?? 0
  if (given === 0) return undefined
  const after = waitOf(given, name, notes)
  const action = actionOf(way, 'timeout', `callers leave the queue after ${after} s`, name, notes)
  return { after: formatDuration(seconds(after)), action }
}

function noAgentsOf(name: string, params: Parameters, way: Way, notes: Notes): Fields | undefined {
  const given = numberOf(params.get('max-wait-time-with-no-agent')) ?? 0
  if (given === 0) return undefined
  const why = 'Carillon does not wait: the action follows at once when nobody is signed in'
  notes.changed('queue', name, 'noAgents', `callers left after ${given} s without an agent`, why)
  const action = actionOf(way, 'noAgents', 'callers of a queue without agents leave it', name, notes)
  return { when: 'noneSignedIn', action }
}

const taken: ReadonlySet<string> = new Set([
  ...['strategy', 'max-wait-time', 'max-wait-time-with-no-agent', 'moh-sound'],
  ...['tier-rules-apply', 'tier-rule-wait-second', 'tier-rule-wait-multiply-level', 'tier-rule-no-agent-no-wait'],
  ...['ring-progressively-delay', 'announce-frequency'],
])

const off = /^(?:false|no|0)?$/i

const harmless: Readonly<Record<string, RegExp>> = {
  'time-base-score': /^(?:queue)?$/i,
  'skip-agents-with-external-calls': /^true$/i,
  'discard-abandoned-after': /^/,
  'max-wait-time-with-no-agent-time-reached': /^/,
}

export const known: KnownSettings = {
  isHarmless: (key, value) =>
    taken.has(key) || key === '' || (Object.hasOwn(harmless, key) ? harmless[key] : off)?.test(value) === true,
  changed: {
    'time-base-score': 'a wait counts from the moment when the call comes into the queue',
    'agent-no-answer-status': 'an agent who misses a call stays signed in, unless you write agents.pauseAfterMisses',
    'skip-agents-with-external-calls': 'Carillon knows calls of the PBX only by presence (docs/presence.md)',
  },
  remedies: {
    'announce-sound': 'write announce with position or wait, or mix the words into musicOnHold',
    'record-template': 'write record: always here, if you may record',
    'abandoned-resume-allowed': 'callers who call again wait at the end',
  },
}
