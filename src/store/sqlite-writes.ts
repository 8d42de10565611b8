import type { AgentUri, GroupName } from '../routing/world/ids.js'
import type { KeptPointer, KeptSignIn } from './port.js'
import { quoted } from './sqlite-text.js'

/** A change to one key. A later change to the same key replaces it while it waits. */
export type Write =
  | { readonly kind: 'signIn'; readonly signIn: KeptSignIn }
  | { readonly kind: 'signOut'; readonly agent: AgentUri; readonly group: GroupName }
  | { readonly kind: 'pointer'; readonly pointer: KeptPointer }
  | { readonly kind: 'audit' | 'run'; readonly sql: string }

export const keyOfSignIn = ({ agent, group }: Pick<KeptSignIn, 'agent' | 'group'>): string => `signIn ${agent} ${group}`
export const keyOfPointer = ({ group }: KeptPointer): string => `pointer ${group}`

export function sqlOf(write: Write): string {
  switch (write.kind) {
    case 'signIn': {
      const { agent, group, at } = write.signIn
      return `INSERT OR REPLACE INTO sign_ins VALUES (${quoted(agent)}, ${quoted(group)}, ${at});`
    }
    case 'signOut':
      return `DELETE FROM sign_ins WHERE agent = ${quoted(write.agent)} AND agent_group = ${quoted(write.group)};`
    case 'audit':
    case 'run':
      return write.sql
    case 'pointer':
      return `INSERT OR REPLACE INTO pointers VALUES (${quoted(write.pointer.group)}, ${quoted(write.pointer.agent)});`
  }
}
