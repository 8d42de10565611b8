import { session } from '../api/session.js'
import { Kept } from '../store.js'

/** The agent that was chosen in this browser, for servers without users. */
export const chosenAgent = new Kept<string>('carillon.agent', '', text => text)

/** The agent at this desk: the one of the log-in, otherwise the chosen one. Empty if there is none. */
export const deskAgent = (): string => session.state?.agent ?? chosenAgent.state
