import { Store } from '../store.js'
import { get, unknownHere } from './client.js'
import type { Session } from './documents.js'

export type { Session }

/** Who uses this browser; undefined until it is known. */
export const session = new Store<Session | undefined>(undefined)

/** Asks who is logged in. What stays as it was is not drawn anew. */
export async function readSession(): Promise<void> {
  const answer = await get<Session>('/api/session')
  if (answer.kind === 'ok' && isOther(answer.value, session.state)) session.set(answer.value)
}

/** Also asks again when an answer says that the session is over. */
export function followSession(): void {
  unknownHere.subscribe(() => void readSession())
  void readSession()
}

/** Another moment of its end alone makes no other session. */
const isOther = (next: Session, last: Session | undefined): boolean =>
  JSON.stringify({ ...next, expires: null }) !== JSON.stringify({ ...last, expires: null })

/** Whether they see more than their own groups: reports, numbers, the server's config (docs/operations/users.md). */
export const seesOverview = (who: Session | undefined): boolean => who?.role !== 'agent'

/** What somebody may do for an agent; by whom the server refuses the rest, see src/http/rights.ts. */
export interface Powers {
  /** Their presence, and in which groups they take part. Whom a manager manages is the server's to say. */
  readonly steer: boolean
  /** Their phone and their calls. */
  readonly act: boolean
}

export function powersOver(agent: string, who: Session | undefined): Powers {
  const act = who?.role === 'admin' || (who?.agent === agent && who.role !== 'viewer')
  return { act, steer: act || who?.role === 'manager' }
}

/** Whether somebody must log in before anything is shown. */
export const mustLogIn = ({ open, name }: Session): boolean => !open && name === null
