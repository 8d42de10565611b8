import type { SignInPrompts, SignInSettings } from '../config/call-settings.js'
import { numberKey } from '../config/numbers.js'
import type { GroupName } from '../routing/index.js'

/** What an agent dialled to sign in or out. */
export interface DialledSignIn {
  /** Undefined: all formal groups of the agent. */
  readonly group: GroupName | undefined
  readonly told: SignInPrompts
}

/** The codes that agents dial to sign in to groups, and out again. */
export class SignInCodes {
  readonly #byCode = new Map<string, DialledSignIn>()

  /** Undefined: there are none. */
  constructor(settings: SignInSettings | undefined) {
    if (!settings) return
    for (const { name: group, code, told } of settings.groups) this.#byCode.set(numberKey(code), { group, told })
    this.#byCode.set(numberKey(settings.code), { group: undefined, told: settings.told })
  }

  dialled(user: string): DialledSignIn | undefined {
    return this.#byCode.get(numberKey(user))
  }
}
