import { workflowNumberForm } from '../../config/numbers.js'
import { unknownWay, type Way } from '../way.js'
import type { Section } from './sections.js'

type Fields = Readonly<Record<string, unknown>>

/** How long callers wait in a queue at most, in seconds, and where they go then. */
export interface TimedWay {
  readonly wait: number | undefined
  /** What the dialplan computes as the wait, such as `${QMAXWAIT}`. */
  readonly computed?: string
  readonly then: Way
}

/** What the dialplan says of one queue. */
export interface Entry extends TimedWay {
  /** The numbers that lead to the queue. */
  readonly numbers: readonly string[]
}

/** An entry while extensions are read. */
interface Found extends TimedWay {
  readonly numbers: string[]
}

/** What a target of the old PBX becomes here. */
export interface Targets {
  /** The name of each queue here by its name there, in lower case. */
  readonly queues: ReadonlyMap<string, string>
  readonly domain: string
}

/** A step of an extension: `Queue(sales,,,,300)`. */
interface Step {
  readonly exten: string
  /** In lower case. */
  readonly app: string
  readonly args: string
  /** As it is written. */
  readonly text: string
}

/**
 * What extensions.conf says of each queue, by its name in lower case. Only calls of `Queue()` in extensions are looked at. The first queue of an
 * extension has its number. A later one of it has none, because callers come there from the first.
 */
export function entriesOf(contexts: readonly Section[], targets: Targets): ReadonlyMap<string, Entry> {
  const [first, later] = [new Map<string, Found>(), new Map<string, Found>()]
  for (const { settings } of contexts) {
    const steps = stepsOf(settings)
    const begun = new Set<string>()
    for (const [index, { exten, app, args }] of steps.entries()) {
      if (app !== 'queue') continue
      const [name = '', , , , wait = ''] = args.split(/[,|]/).map(each => each.trim())
      const key = name.toLowerCase()
      const own = { ...waitOf(wait), then: after(steps, index, key, targets) }
      if (begun.has(exten)) add(later, key, { ...own, numbers: [] })
      else add(first, key, { ...own, numbers: workflowNumberForm.test(exten) ? [exten] : [] })
      begun.add(exten)
    }
  }
  return new Map([...later, ...first])
}

/** The way of the first extension counts, and the numbers of all. */
function add(entries: Map<string, Found>, key: string, entry: Found): void {
  const before = entries.get(key)
  if (before) before.numbers.push(...entry.numbers)
  else entries.set(key, entry)
}

/** `exten => 2001,1,Queue(sales)`, and `same => n,…` for the same extension. */
function stepsOf(settings: Section['settings']): readonly Step[] {
  const steps: Step[] = []
  let exten = ''
  for (const { key, value } of settings) {
    if (key !== 'exten' && key !== 'same') continue
    const parts = value.split(',')
    if (key === 'exten') exten = (parts.shift() ?? '').trim()
    const text = parts.slice(1).join(',').trim()
    const [, app = '', args = ''] = /^(\w{1,40})(?:\((.*)\))?/.exec(text) ?? []
    steps.push({ exten, app: app.toLowerCase(), args, text })
  }
  return steps
}

/** The fifth parameter of `Queue()`. No time, and 0, mean that callers wait without end. */
function waitOf(text: string): Pick<TimedWay, 'wait' | 'computed'> {
  if (/^\d{1,9}$/.test(text)) return { wait: Number(text) || undefined }
  return { wait: undefined, ...(text !== '' && { computed: text }) }
}

/** Steps that do nothing to the call. */
const silent: ReadonlySet<string> = new Set([
  'noop',
  'verbose',
  'set',
  'log',
  'answer',
  'progress',
  'ringing',
  'mset',
  'gosub',
  'celgenuserevent',
])

/** What follows the step in its extension. */
function after(steps: readonly Step[], index: number, own: string, targets: Targets): Way {
  const exten = steps[index]?.exten
  for (let next = index + 1; next < steps.length; next += 1) {
    const step = steps[next]
    if (!step || step.exten !== exten) break
    if (silent.has(step.app)) continue
    const action = actionOf(step, own, targets)
    return action ? { kind: 'action', action } : unknownWay(`extensions.conf goes on with ${step.text}`)
  }
  return { kind: 'action', action: { disconnect: true } }
}

function actionOf({ app, args }: Step, own: string, targets: Targets): Fields | undefined {
  if (app === 'hangup') return { disconnect: true }
  const [first = ''] = args.split(/[,|]/).map(each => each.trim())
  if (app === 'queue') return queueAction(first, own, targets)
  const [, user] = app === 'dial' ? (/^(?:PJSIP|SIP)\/([\w.+-]{1,64})$/i.exec(first) ?? []) : []
  return user === undefined ? undefined : { uri: `sip:${user}@${targets.domain}` }
}

function queueAction(name: string, own: string, { queues }: Targets): Fields | undefined {
  const key = name.toLowerCase()
  const queue = key === own ? undefined : queues.get(key)
  return queue === undefined ? undefined : { queue }
}

/** Without extensions.conf, nothing is known. */
export const noWay: TimedWay = {
  wait: undefined,
  then: unknownWay('extensions.conf says where the call goes then'),
}

/** A destination of FreePBX, such as `ext-queues,601,1`. */
export function freepbxWay(maxWait: string, destination: string, own: string, targets: Targets): TimedWay {
  const wait = /^\d{1,9}$/.test(maxWait) ? Number(maxWait) || undefined : undefined
  const [context = '', target = ''] = destination.split(',').map(each => each.trim())
  if (context === 'app-blackhole' && target === 'hangup') return { wait, then: { kind: 'action', action: { disconnect: true } } }
  const action = context === 'ext-queues' ? queueAction(target, own, targets) : extension(context, target, targets.domain)
  const words = destination === '' ? 'FreePBX has no destination' : `the destination in FreePBX is ${destination}`
  return { wait, then: action ? { kind: 'action', action } : unknownWay(words) }
}

function extension(context: string, target: string, domain: string): Fields | undefined {
  const isExtension = (context === 'from-did-direct' || context === 'ext-group') && /^\d{1,15}$/.test(target)
  return isExtension ? { uri: `sip:${target}@${domain}` } : undefined
}
