import type { AgentUri, GroupName } from '../routing/world/ids.js'
import type { KeptPointer, KeptSignIn } from './port.js'
import { insertAll, part, type Query, type Value } from './sqlite-query.js'

/** A change to one key. A later change to the same key replaces it while it waits. */
export type Write =
  | { readonly kind: 'signIn'; readonly signIn: KeptSignIn }
  | { readonly kind: 'signOut'; readonly agent: AgentUri; readonly group: GroupName }
  | { readonly kind: 'pointer'; readonly pointer: KeptPointer }
  | { readonly kind: 'audit' | 'run'; readonly statements: readonly Query[] }

export const keyOfSignIn = ({ agent, group }: Pick<KeptSignIn, 'agent' | 'group'>): string => `signIn ${agent} ${group}`
export const keyOfPointer = ({ group }: KeptPointer): string => `pointer ${group}`

/** The statements for changes of different keys. Each statement is a job for the library's thread, so rows of one table share one. */
export function statementsOf(writes: Iterable<Write>): readonly Query[] {
  const signIns: Value[][] = []
  const pointers: Value[][] = []
  const others: Query[] = []
  for (const write of writes)
    switch (write.kind) {
      case 'signIn':
        signIns.push([write.signIn.agent, write.signIn.group, write.signIn.at])
        break
      case 'signOut':
        others.push(part('DELETE FROM sign_ins WHERE agent = ? AND agent_group = ?', write.agent, write.group))
        break
      case 'pointer':
        pointers.push([write.pointer.group, write.pointer.agent])
        break
      case 'audit':
      case 'run':
        others.push(...write.statements)
    }
  return [
    ...insertAll('INSERT OR REPLACE INTO sign_ins', signIns),
    ...insertAll('INSERT OR REPLACE INTO pointers', pointers),
    ...others,
  ]
}
