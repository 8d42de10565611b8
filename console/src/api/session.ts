import { Store } from '../store.js'
import { get } from './client.js'
import type { Session } from './documents.js'

export type { Session }

/** Who uses this browser; undefined until it is known. */
export const session = new Store<Session | undefined>(undefined)

export async function readSession(): Promise<void> {
  const answer = await get<Session>('/api/session')
  if (answer.kind === 'ok') session.set(answer.value)
}

/** Whether they see more than their own groups: reports, numbers, the server's config (docs/operations/users.md). */
export const seesOverview = (who: Session | undefined): boolean => who?.role !== 'agent'

/** Whether somebody must log in before anything is shown. */
export const mustLogIn = ({ open, name }: Session): boolean => !open && name === null
