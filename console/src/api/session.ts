import { get } from './client.js'
import { Store } from '../store.js'

/** Who uses this browser (`GET /api/session`). */
export interface Session {
  /** No user is configured: everybody on the server's machine may do everything. */
  readonly open: boolean
  readonly name: string | null
  readonly role: 'viewer' | 'agent' | 'manager' | 'admin' | null
  /** The agent that this is. */
  readonly agent: string | null
  readonly login: { readonly password: boolean; readonly oidc: string | null }
}

/** Undefined until it is known. */
export const session = new Store<Session | undefined>(undefined)

export async function readSession(): Promise<void> {
  const answer = await get<Session>('/api/session')
  if (answer.kind === 'ok') session.set(answer.value)
}

/** Whether they see more than their own groups: reports, numbers, the server's config (docs/operations/users.md). */
export const seesOverview = (who: Session | undefined): boolean => who?.role !== 'agent'

/** Whether somebody must log in before anything is shown. */
export const mustLogIn = ({ open, name }: Session): boolean => !open && name === null
