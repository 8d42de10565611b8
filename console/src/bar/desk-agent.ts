import { session } from '../api/session.js'
import { Kept } from '../store.js'

/** The agent that was chosen in this browser, for servers without users. */
export const chosenAgent = new Kept<string>('carillon.agent', '', text => text)

/** The agent at this desk: the one of the log-in, otherwise the chosen one. Empty if there is none. */
export const deskAgent = (): string => session.state?.agent ?? chosenAgent.state

/** Keys of the session storage, which each tab has for itself. */
const ofThisTab = 'carillon.tabAgent'
/** The agent whose phone is on. It is switched on again after a reload. */
const phoneOn = 'carillon.phone'

/** Called once, when the console starts: a tab may have been opened for one agent. */
export function takeAgentOfTab(): void {
  const agent = kept(ofThisTab)
  if (agent !== null) chosenAgent.set(agent)
}

/** In this browser, also for later. Empty: nobody. */
export function chooseAgent(agent: string): void {
  store(ofThisTab, null)
  chosenAgent.keep(agent)
}

export const isPhoneOn = (agent: string): boolean => kept(phoneOn) === agent

export const rememberPhone = (agent: string | null): void => store(phoneOn, agent)

/**
 * Opens the desk of an agent in another tab, with the phone switched on. The agent is in the session storage, which a new tab gets a copy of:
 * an address could do the same, and so could a link of another site. False: the browser opens no tab.
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
