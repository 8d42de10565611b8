import { after, now } from '../clock.js'
import { Store } from '../store.js'
import { get, unknownHere } from './client.js'
import { closedBecause, type Closed } from './closed.js'
import type { Session } from './documents.js'

export type { Session }

/** Who is logged in. Undefined until the server has answered. */
export const session = new Store<Session | undefined>(undefined)

/** Why the last log-in is over. Undefined if there was none, or if the person logged out. */
export const closed = new Store<Closed | undefined>(undefined)
/** True while the server has not yet said who is logged in. */
export const sessionAway = new Store(false)

/** How long until the session is asked for again after no answer came, in milliseconds. */
const tryAgainAfter = 3_000

/** The last answer. It always has the latest `expires`, which the store may not have. */
let last: Session | undefined

/**
 * Asks who is logged in. Changes the store only if something is different, so that pages don't render without need. `loggedOut`: the
 * person has just logged out.
 */
export async function readSession(loggedOut = false): Promise<void> {
  const answer = await get<Session>('/api/session')
  if (answer.kind === 'ok') {
    const { value } = answer
    if (value.name !== null || loggedOut) closed.set(undefined)
    else closed.set(closedBecause(last, value, now(), loggedOut) ?? closed.state)
    last = value
    if (isOther(value, session.state)) session.set(value)
  } else if (session.state === undefined) after(tryAgainAfter, () => void readSession())
  sessionAway.set(session.state === undefined)
}

/** Reads the session now, and again whenever an answer has status 401. */
export function followSession(): void {
  unknownHere.subscribe(() => void readSession())
  void readSession()
}

/** Whether the sessions differ. `expires` does not count, because pages don't show it. */
const isOther = (next: Session, last: Session | undefined): boolean =>
  JSON.stringify({ ...next, expires: null }) !== JSON.stringify({ ...last, expires: null })

/** Whether the person may see more than their own groups: reports, numbers and the server's config (docs/operations/users.md). */
export const seesOverview = (who: Session | undefined): boolean => who?.role !== 'agent'

/** Whether a person may edit some of the config. The server decides what. */
export const mayEdit = (who: Session | undefined): boolean => who?.role === 'admin' || who?.role === 'manager'

/** Whether a person may read who changed what. Managers find the changes to the agents they manage. */
export const seesAudit = (who: Session | undefined): boolean => who?.role === 'admin' || who?.role === 'manager'

/** Whether a person may also add and remove objects. */
export const mayEditAll = (who: Session | undefined): boolean => who?.role === 'admin'

/** What a person may do for an agent. It only shows and hides buttons, because the server checks each request (src/http/rights.ts). */
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
