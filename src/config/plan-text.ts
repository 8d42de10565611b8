import type { Change, FieldChange, PlanReport } from './plan.js'
import type { CallEffect } from './plan-calls.js'

const signs = { added: '+', removed: '-', changed: '~' } as const
/** In characters. Longer words are cut, because a prompt may fill a page. */
const longest = 160
/** The most changes, and the most fields of each change, in a log line. */
const mostInOneLine = 10

/** The report as text: one line for each thing, each changed field and each call. */
export function planText({ changes, calls }: PlanReport): string {
  const lines = changes.length === 0 ? ['nothing changes'] : changes.flatMap(changeLines)
  const heading =
    calls.length === 0 ? 'no call waits now' : `${calls.length} ${calls.length === 1 ? 'call waits' : 'calls wait'} now`
  return [...lines, '', heading, ...calls.map(call => `  ${callLine(call)}`)].join('\n')
}

/** Changes in one line for the log, such as `group support: agentAlertTime: 15s → 16s; agent sip:bob@example.com added`. */
export function changesInWords(changes: readonly Change[]): string {
  const words = changes.slice(0, mostInOneLine).map(change => {
    const what = change.kind === change.name ? change.kind : `${change.kind} ${cut(change.name)}`
    if (change.change !== 'changed') return `${what} ${change.change}`
    const fields = change.fields.map(field => fieldLine(field, 'changed'))
    const more = fields.length - mostInOneLine
    return `${what}: ${fields.slice(0, mostInOneLine).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  })
  const more = changes.length - mostInOneLine
  return `${words.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

function changeLines({ kind, name, change, fields }: Change): string[] {
  return [
    `${signs[change]} ${kind === name ? kind : `${kind} ${cut(name)}`}`,
    ...fields.map(field => `    ${fieldLine(field, change)}`),
  ]
}

function fieldLine(change: FieldChange, of: Change['change']): string {
  const { field, added = [], removed = [], reordered, atNextStart } = change
  const comings = [...removed.map(entry => `-${entry}`), ...added.map(entry => (of === 'added' ? entry : `+${entry}`))]
  const words =
    comings.length > 0 || reordered
      ? [comings.join(', '), ...(reordered ? ['in another order'] : [])].filter(part => part !== '').join('; ')
      : valueWords(change, of)
  return `${field}: ${cut(words)}${atNextStart && of === 'changed' ? ' (at the next start)' : ''}`
}

function valueWords({ before, after }: FieldChange, of: Change['change']): string {
  const now = after === undefined ? 'none' : cut(after)
  return of === 'added' ? now : `${before === undefined ? 'none' : cut(before)} → ${now}`
}

function callLine({ call, queue, effect }: CallEffect): string {
  switch (effect.kind) {
    case 'keepsPlace':
      return `${call} keeps its place in '${queue}'${placeWords(effect.position)}${silentWords(effect.stopsRinging)}`
    case 'moves':
      return `${call} moves from '${queue}' to '${effect.to}'${placeWords(effect.position)}: ${effect.because}${silentWords(effect.stopsRinging)}`
    case 'forwarded':
      return `${call} leaves '${queue}' for ${effect.as} ${effect.to}: ${effect.because}`
    case 'ended':
      return `${call} is ended: ${effect.because}`
  }
}

const placeWords = (position: number | undefined): string => (position === undefined ? '' : `, number ${position}`)

const silentWords = (agents: readonly string[] = []): string =>
  agents.length === 0 ? '' : `; stops ringing ${agents.join(', ')}`

/** Puts the words on one line and cuts them. */
function cut(words: string): string {
  const line = words.replace(/\s+/g, ' ')
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}
