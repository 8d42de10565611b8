import { LeftOut } from '../left-out.js'
import type { Notes } from '../notes.js'
import type { Section } from './sections.js'
import type { QueueValues } from './values.js'

/** The settings that become something in the config. */
const taken: ReadonlySet<string> = new Set([
  ...['strategy', 'timeout', 'wrapuptime', 'maxlen', 'servicelevel', 'member', 'joinempty', 'leavewhenempty'],
  ...['announce-frequency', 'announce-position', 'announce-holdtime', 'musicclass', 'music', 'musiconhold'],
])

const off = /^(?:no|false|off|0|n|f|dontcare)?$/i
const on = /^(?:yes|true|on|1|y|t)$/i
const anything = /^/

/** Values that mean what Carillon does, or nothing at all. */
const harmless: Readonly<Record<string, RegExp>> = {
  autofill: on,
  ringinuse: off,
  weight: off,
  shared_lastcall: on,
  persistentmembers: on,
  'monitor-type': anything,
  'monitor-join': anything,
  recording: off,
  'min-announce-frequency': anything,
  'announce-position-limit': anything,
  'announce-round-seconds': off,
  timeoutpriority: /^app$/i,
  'periodic-announce-frequency': off,
  account: anything,
  rvolume: off,
}

/** Settings about which an admin need do nothing, and why. */
const changed: Readonly<Record<string, string>> = {
  retry: 'Carillon offers the call to the next agent at once',
  ringinuse: 'an agent has one offer at a time, and none during a call',
  autofill: 'Carillon always offers waiting calls to all agents who are free',
  timeoutrestart: 'each offer has the whole alert time',
  timeoutpriority: 'the longest wait ends on time, also while a phone rings',
  setinterfacevar: 'there is no dialplan behind a queue',
  setqueuevar: 'there is no dialplan behind a queue',
  setqueueentryvar: 'there is no dialplan behind a queue',
  eventwhencalled: 'the HTTP API has the events of each call',
  eventmemberstatus: 'the HTTP API has the events of each agent',
  persistentmembers: 'Carillon keeps sign-ins over a restart',
  shared_lastcall: 'the wrap-up time after a call counts in all groups',
  force_longest_waiting_caller: 'Carillon always does that',
  'announce-round-seconds': 'Carillon rounds the wait itself',
  'announce-to-first-user': 'Carillon tells it to everybody who waits',
  'announce-position-only-up': 'Carillon tells it at equal times',
  'relative-periodic-announce': 'announcements come at equal times',
  'random-periodic-announce': 'Carillon has no such announcements',
  'periodic-announce-startdelay': 'Carillon has no such announcements',
  autopausedelay: 'Carillon counts missed calls instead (agents.pauseAfterMisses)',
  autopausebusy: 'an agent who declines is not called for agents.ringbackGracePeriod',
  autopauseunavail: 'an agent whose phone does not answer at all is not called for 30 s',
  enable_cidname_logging: 'the records of calls have the names of callers',
  'log-restricted-caller-id': 'a caller who hides the number is recorded as anonymous',
  log_membername_as_agent: 'the records of calls have the names of agents',
}

/** Settings that an admin can have in another way. */
const remedies: Readonly<Record<string, string>> = {
  context: 'a caller who may leave by a key needs a workflow of the type interactive before the queue',
  announce: 'agents hear nothing before a call; the name of the workflow is on their phone (callerDisplay)',
  'queue-callerannounce': 'callers hear nothing before they are connected; write welcome at the workflow if that is enough',
  reportholdtime: 'agents hear nothing before a call; the console shows how long the caller waited',
  'periodic-announce': 'write announce with position or wait, or mix the words into musicOnHold',
  'periodic-announce-frequency': 'write announce with position or wait, or mix the words into musicOnHold',
  'monitor-format': 'write record: always here, if you may record',
  recording: 'write record here, if you may record',
  weight:
    'Carillon serves the call that has waited longest, across all queues; put agents of the more important queue into a group of their own',
  autopause: 'write agents.pauseAfterMisses in carillon.yaml; it is for all queues',
  penaltymemberslimit: 'groups are always tried in their order',
  defaultrule: 'groups are always tried in their order; a time-out may lead to a queue with more groups',
  memberdelay: 'Carillon connects at once',
  membergosub: 'do it on the PBX, on the way to the phone of the agent',
  negative_penalty_invalid: 'remove agents who should get no calls',
}

/** Writes notes about the settings of Asterisk that are left out. */
export class Others {
  readonly #leftOut: LeftOut

  constructor(notes: Notes) {
    this.#leftOut = new LeftOut({ isHarmless, changed, remedies }, notes)
  }

  /** Writes a note for each setting that does not become something in the config. */
  take(values: QueueValues): void {
    for (const [key, value] of values.entries) this.#one(key, value, values.name)
  }

  /** The section `general`, which is for all queues. */
  general(sections: readonly Section[]): void {
    for (const { settings } of sections) for (const { key, value } of settings) this.#one(key, value, undefined)
  }

  end(): void {
    this.#leftOut.end()
  }

  #one(key: string, value: string, queue: string | undefined): void {
    if (!isSound(key)) this.#leftOut.take(key, value, queue)
    else if (!isHarmless(key, value))
      this.#leftOut.once('the sounds queue-…', 'Carillon speaks its own sentences, in the language of the queue', queue)
  }
}

const isSound = (key: string): boolean => key.startsWith('queue-') && key !== 'queue-callerannounce'

function isHarmless(key: string, value: string): boolean {
  if (taken.has(key) || key.startsWith('cron_') || key === '') return true
  if (key.startsWith('queue-')) return value === '' || value === key || value.startsWith('silence/')
  const good = Object.hasOwn(harmless, key) ? harmless[key] : undefined
  // An empty setting, or one that is off, changes nothing, unless being off is the difference.
  return good ? good.test(value) : off.test(value)
}
