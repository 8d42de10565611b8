import { Store } from '../store.js'
import { get, unknownHere } from './client.js'
import type { Session } from './documents.js'

export type { Session }

/** Who is logged in. Undefined until the server has answered. */
export const session = new Store<Session | undefined>(undefined)

/** Asks who is logged in. Changes the store only if something is different, so that pages don't render for nothing. */
export async function readSession(): Promise<void> {
  const answer = await get<Session>('/api/session')
  if (answer.kind === 'ok' && isOther(answer.value, session.state)) session.set(answer.value)
}

/** Reads the session now, and again whenever an answer has status 401. */
export function followSession(): void {
  unknownHere.subscribe(() => void readSession())
  void readSession()
}

/** Ignores `expires`, because pages look the same with another end of the session. */
const isOther = (next: Session, last: Session | undefined): boolean =>
  JSON.stringify({ ...next, expires: null }) !== JSON.stringify({ ...last, expires: null })

/** Whether the person may see more than their own groups: reports, numbers and the server's config (docs/operations/users.md). */
export const seesOverview = (who: Session | undefined): boolean => who?.role !== 'agent'

/** What a person may do for an agent, for showing and hiding buttons. The server decides (src/http/rights.ts). */
export interface Powers {
  /** Change the agent's presence and sign-ins. True for every manager, because only the server knows which agents they manage. */
  readonly steer: boolean
  /** Use the agent's phone and act on the agent's calls. */
  readonly act: boolean
}

export function powersOver(agent: string, who: Session | undefined): Powers {
  const act = who?.role === 'admin' || (who?.agent === agent && who.role !== 'viewer')
  return { act, steer: act || who?.role === 'manager' }
}

/** Whether the console must show the log-in page. */
export const mustLogIn = ({ open, name }: Session): boolean => !open && name === null
