import { agentUri } from '../../routing/world/ids.js'
import type { Notes } from '../notes.js'
import { sipUriOf } from '../texts.js'
import type { Setting } from './sections.js'

/** An agent of a queue. Agents of a lower penalty get calls first. */
export interface Member {
  readonly uri: string
  /** The user part of the address. It is often the number of the mailbox, too. */
  readonly user: string
  readonly name: string | undefined
  readonly penalty: number
}

/** The members of a queue, each once. A later line about the same agent counts. */
export function membersOf(settings: readonly Setting[], queue: string, domain: string, notes: Notes): readonly Member[] {
  const found = new Map<string, Member>()
  for (const { key, value } of settings) {
    if (key !== 'member') continue
    const [channel = '', penalty = '', name = '', ...rest] = value
      .split(',', 7)
      .map(part => part.trim().replace(/^"(.*)"$/, '$1'))
    const user = userOf(channel)
    const uri = user === undefined ? undefined : sipUriOf(`sip:${user}@${domain}`)
    const agent = uri && agentUri(uri.text)
    if (user === undefined || agent?.ok !== true) {
      notes.lost('queue', queue, 'groups', `the member '${value}' has no SIP address`, 'add an agent who has one to the group')
      continue
    }
    remarks(user, rest, queue, notes)
    found.set(agent.value, { uri: agent.value, user, name: name === '' ? undefined : name, penalty: penaltyOf(penalty) })
  }
  return [...found.values()]
}

/** After the name: the interface whose state counts, ringinuse, wrap-up time, and whether the member begins paused. */
function remarks(user: string, [, , wrapUp = '', paused = '']: readonly string[], queue: string, notes: Notes): void {
  if (/^[1-9]\d*$/.test(wrapUp))
    notes.lost(
      ...(['queue', queue, 'groups', `the member ${user} has a wrap-up time of its own: ${wrapUp} s`] as const),
      'write wrapUp at the agent, and remove it from the group',
    )
  if (/^(?:yes|true|on|1)$/i.test(paused))
    notes.changed('queue', queue, 'groups', `the member ${user} began paused`, 'agents set their presence on the console')
}

/** `1001` of `PJSIP/1001`, `Local/1001@from-queue/n`, `PJSIP/1001@trunk` and `SIP/trunk/1001`. Other channels have no SIP address. */
function userOf(channel: string): string | undefined {
  const [, kind = '', first = '', second] = /^([a-z0-9]{1,16})\/([\w.+*-]{1,64})(?:@[^/]*)?(?:\/(.*))?$/i.exec(channel) ?? []
  switch (kind.toLowerCase()) {
    case 'local':
    case 'agent':
      return first
    case 'pjsip':
    case 'sip':
    case 'iax2':
      if (second === undefined || second === '') return first
      return /^[\d+*]{1,32}$/.test(second) ? second : undefined
    default:
      return undefined
  }
}

const penaltyOf = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : 0)
