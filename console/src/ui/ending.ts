import type { Messages } from '../language/en.js'
import { hasCall } from '../phone/leaving.js'
import { askPerson } from './question.js'

/** Asks before an action that ends the calls of this browser. True if no call is in progress, or if the person agrees. */
export const mayEndCalls = ({ phone: { question } }: Messages): Promise<boolean> =>
  hasCall() ? askPerson(question) : Promise.resolve(true)
