import type { AgentUri, GroupName } from '../routing/ids.js'
import type { KeptPointer, KeptSignIn, KeptState, Store } from './port.js'

/** Keeps nothing beyond the process: for trials, and for sites that keep no state on the machine. Always healthy. */
export class MemoryStore implements Store {
  readonly #signIns = new Map<string, KeptSignIn>()
  readonly #pointers = new Map<GroupName, KeptPointer>()

  load(): Promise<KeptState> {
    return Promise.resolve({ signIns: [...this.#signIns.values()], pointers: [...this.#pointers.values()] })
  }

  saveSignIn(signIn: KeptSignIn): void {
    this.#signIns.set(keyOf(signIn.agent, signIn.group), signIn)
  }

  deleteSignIn(agent: AgentUri, group: GroupName): void {
    this.#signIns.delete(keyOf(agent, group))
  }

  savePointer(pointer: KeptPointer): void {
    this.#pointers.set(pointer.group, pointer)
  }

  healthy(): boolean {
    return true
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** A URI holds no space. */
const keyOf = (agent: AgentUri, group: GroupName): string => `${agent} ${group}`
