import { session } from '../api/session.js'
import { Kept } from '../store.js'

/** The agent that was chosen in this browser, for servers without users. */
export const chosenAgent = new Kept<string>('carillon.agent', '', text => text)

/** The agent at this desk: the one of the log-in, otherwise the chosen one. Empty if there is none. */
export const deskAgent = (): string => session.state?.agent ?? chosenAgent.state

/** The key of the session storage for the agent of this tab. Each tab has its own session storage. */
const ofThisTab = 'carillon.tabAgent'
/** The key of the session storage for the agent whose phone is on. After a reload the phone is switched on again. */
const phoneOn = 'carillon.phone'

/** Called once, when the console starts: a tab may have been opened for one agent. */
export function takeAgentOfTab(): void {
  const agent = kept(ofThisTab)
  if (agent !== null) chosenAgent.set(agent)
}

/** Chooses an agent in this browser, and remembers the choice. Empty: nobody. */
export function chooseAgent(agent: string): void {
  store(ofThisTab, null)
  chosenAgent.keep(agent)
}

export const isPhoneOn = (agent: string): boolean => kept(phoneOn) === agent

export const rememberPhone = (agent: string | null): void => store(phoneOn, agent)

/**
 * Opens the desk of an agent in another tab, with the phone switched on. The new tab gets the agent from a copy of the session storage. The
 * agent is not in the address, because then a link on another site could switch a phone on. False: the browser opened no tab.
 */
export function openDeskOf(agent: string): boolean {
  const before = kept(phoneOn)
  store(ofThisTab, agent)
  store(phoneOn, agent)
  const tab = open('/desk')
  store(ofThisTab, null)
  store(phoneOn, before)
  return tab !== null
}

function kept(key: string): string | null {
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null // The browser forbids storage.
  }
}

function store(key: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, value)
  } catch {
    // The browser forbids storage: nothing is remembered.
  }
}
