import { faultAt, type Placed } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import { formatOpenRange } from './hours.js'
import type { GroupEntry } from './schema.js'
import type { Week } from './schema-workflows.js'
import { promptsOf } from './walk.js'

/** Warns about names and words that work but may confuse people or programs. */
export function lintNames(gathered: Gathered): ConfigFault[] {
  const { groups, queues, workflows, holidays, hours, sections } = gathered
  return [
    ...[...groups, ...queues, ...workflows, ...holidays, ...hours].flatMap(lintName),
    ...holidays
      .filter(({ value }) => value.days.length === 0)
      .map(set => faultAt(set, ['days'], `the set of holidays '${set.value.name}' has no day`)),
    ...workflows.flatMap(workflow =>
      typeof workflow.value.hours === 'object' ? overlaps(workflow, 'hours', workflow.value.hours) : [],
    ),
    ...hours.flatMap(set => overlaps(set, 'week', set.value.week)),
    ...foreignDomain(gathered),
    ...groups.flatMap(group => uselessCode(group, sections?.agents.signIn !== undefined)),
    ...markup(gathered),
  ]
}

/** Warns about a wrong `sip.domain`, with which phones can't register and numbers at our domain are not found. */
function foreignDomain({ agents, workflows, sections, sectionPlaces }: Gathered): ConfigFault[] {
  const sip = sectionPlaces.get('sip')
  const named = [...agents.map(({ value }) => value.uri), ...workflows.map(({ value }) => value.uri.text)]
  if (!sip || !sections || named.length === 0) return []
  const { domain } = sections.sip
  const hosts = named.map(uri => /@([^:;?>]+)/.exec(uri)?.[1]?.toLowerCase())
  if (hosts.includes(domain.toLowerCase())) return []
  const [first] = hosts.filter(host => host !== undefined)
  const remedy = first === undefined ? '' : `; is it '${first}'?`
  return [
    faultAt(
      sip,
      ['domain'],
      `no agent and no workflow is in sip.domain '${domain}': phones of agents can't register here${remedy}`,
    ),
  ]
}

function uselessCode(group: Placed<GroupEntry>, isDialled: boolean): ConfigFault[] {
  const { signInCode, participationPolicy, name } = group.value
  if (signInCode === undefined) return []
  if (!isDialled) return [faultAt(group, ['signInCode'], 'nobody can dial this code: agents.signIn in carillon.yaml is not set')]
  return participationPolicy === 'formal'
    ? []
    : [faultAt(group, ['signInCode'], `'${name}' is an informal group: its agents need not sign in`)]
}

/** Reserved words of programming languages. A program that reads the API may fail on such a name. */
const reserved = new Set(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'null', 'undefined'])

function lintName(entry: Placed<{ readonly name: string }>): ConfigFault[] {
  const { name } = entry.value
  if (reserved.has(name)) return [faultAt(entry, ['name'], `programs that read the API may fail on the name '${name}'`)]
  return /[<>]/.test(name)
    ? [faultAt(entry, ['name'], `'${name}' has < or > in it; names are shown as they are, without HTML`)]
    : []
}

function overlaps(entry: Placed<unknown>, key: string, week: Week): ConfigFault[] {
  return Object.entries(week).flatMap(([days, ranges = []]) => {
    const sorted = [...ranges].sort((a, b) => a.start - b.start)
    const index = sorted.findIndex((range, at) => {
      const before = sorted[at - 1]
      return before !== undefined && range.start < (before.end <= before.start ? Infinity : before.end)
    })
    const [before, range] = [sorted[index - 1], sorted[index]]
    if (!before || !range) return []
    return [faultAt(entry, [key, days], `${formatOpenRange(before)} and ${formatOpenRange(range)} overlap`)]
  })
}

/** Matches `<b>`, `</p>`, `<break time="1s"/>` and `&amp;`. Spoken text is plain text. */
const tag = /<\/?[a-z][^<>]*>|&(?:[a-z]+|#\d+);/i

function markup(gathered: Gathered): ConfigFault[] {
  return promptsOf(gathered).flatMap(({ entry, path, prompt }) => {
    const say = typeof prompt === 'object' && 'say' in prompt && typeof prompt.say === 'string' ? prompt.say : ''
    const found = tag.exec(say)?.[0]
    return found === undefined
      ? []
      : [faultAt(entry, path, `'${found}' in a prompt is spoken as it stands: words are plain text, no HTML`)]
  })
}
