import { presenceSourceNames } from '../presence/port.js'
import type { Names } from './names.js'

/** Keys of the journal and of call documents whose texts are words of Carillon, and never of a site. */
const closedKeys: ReadonlySet<string> = new Set(
  (
    'kind state method routingMethod participationPolicy homed why cause by side as digit outcome candidate when timeZone consent ' +
    'record during notice takes rings source answer recorded transferredBy version'
  ).split(' '),
)
/** Keys whose texts are ids of calls and offers, which Carillon made. */
const idKeys: ReadonlySet<string> = new Set('call callId id offer offers calls'.split(' '))
const idForm = /^[0-9a-z]+-[0-9a-z]+(?:\.\d+)?$/
const uriForm = /^(?:sips?|tel):/i
const moment = /^\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?$/
/** Reasons of events and effects. Those of presence may have any text after their source. */
const closedReasons: ReadonlySet<string> = new Set(['missed', 'withdrawn', 'lostRace', 'noMedia'])
const sources: ReadonlySet<string> = new Set([...presenceSourceNames, 'always'])

/**
 * A plain JSON value in which each text that may come from a site is replaced. `key`: the name under which the value stands. Numbers,
 * moments and ids of calls stay.
 */
export function valueWithout(value: unknown, names: Names, key = ''): unknown {
  if (typeof value === 'string') return textWithout(value, names, key)
  if (Array.isArray(value)) return value.map((each: unknown) => valueWithout(each, names, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, valueWithout(each, names, name)]))
}

function textWithout(text: string, names: Names, key: string): string {
  if ((closedKeys.has(key) && !uriForm.test(text)) || moment.test(text) || text === 'builtin:default') return text
  if (idKeys.has(key) && idForm.test(text)) return text
  return key === 'because' ? reasonWithout(text, names) : names.text(text)
}

function reasonWithout(text: string, names: Names): string {
  if (closedReasons.has(text)) return text
  const [source = '', ...rest] = text.split(': ')
  return sources.has(source) && rest.length > 0 ? `${source}: ${names.text(rest.join(': '))}` : names.text(text)
}
