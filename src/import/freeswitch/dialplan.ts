import { workflowNumberForm } from '../../config/numbers.js'
import { inside, withoutEntities, type Element } from '../xml.js'
import { unknownWay, type Way } from '../way.js'

/** An extension of the dialplan that leads to a queue. */
export interface Extension {
  /** The name of the queue, such as `support@default`. */
  readonly queue: string
  readonly numbers: readonly string[]
  /** The step after the queue. Undefined: the extension ends. */
  readonly next: Step | undefined
}

interface Step {
  readonly application: string
  readonly data: string
}

/** Steps that do nothing to the call. */
const silent: ReadonlySet<string> = new Set(['set', 'export', 'log', 'info', 'answer', 'sleep', 'hash', 'db'])

/** The queues to which an extension leads. Only the first has the numbers of the extension. */
export function extensionsOf(extension: Element): readonly Extension[] {
  const steps = inside(extension, 'action').map(action => ({
    application: attribute(action, 'application').toLowerCase(),
    data: attribute(action, 'data'),
  }))
  const numbers = inside(extension, 'condition')
    .filter(condition => attribute(condition, 'field') === 'destination_number')
    .flatMap(condition => numbersOf(attribute(condition, 'expression')))
  const told = steps.filter(({ application }) => !silent.has(application))
  const first = told.findIndex(({ application }) => application === 'callcenter')
  return told.flatMap(({ application, data }, index) => {
    if (application !== 'callcenter') return []
    return [{ queue: data, numbers: index === first ? numbers : [], next: told[index + 1] }]
  })
}

/** The numbers of `^5000$`, `^(5000)$` and `^(?:5000|5001)$`. Other expressions have none that could be listed. */
function numbersOf(expression: string): readonly string[] {
  const [, choices = ''] = /^\^(?:\((?:\?:)?)?([\d|+\\]{2,200})\)?\$$/.exec(expression) ?? []
  return choices
    .replaceAll('\\', '')
    .split('|')
    .filter(each => workflowNumberForm.test(each))
}

/** What the step after a queue becomes. `queues`: the name of each queue here by its name there. */
export function wayOf(next: Step | undefined, queues: ReadonlyMap<string, string>, domain: string): Way {
  if (!next || next.application === 'hangup') return { kind: 'action', action: { disconnect: true } }
  const queue = next.application === 'callcenter' ? queues.get(next.data) : undefined
  if (queue !== undefined) return { kind: 'action', action: { queue } }
  const [, number] = next.application === 'transfer' ? (/^(\+?\d{2,15})(?: |$)/.exec(next.data) ?? []) : []
  if (number !== undefined) return { kind: 'action', action: { uri: `sip:${number}@${domain}` } }
  return unknownWay(`the dialplan goes on with ${next.application} ${next.data}`)
}

function attribute({ attributes }: Element, name: string): string {
  const value = attributes[name]
  return typeof value === 'string' ? withoutEntities(value).trim() : ''
}
