import { identityOf, listOf, property, textOf, type Tree } from '../tree.js'
import { addressOf, idOf, type TeamsObjects } from './objects.js'

/** An object as an export of Lync has it. */
export type Shaped = Readonly<Record<string, unknown>>

/** Where calls can go: the queue or the auto attendant of each resource account and of each identity. */
export class Targets {
  readonly #byId = new Map<string, { readonly kind: 'queue' | 'attendant'; readonly object: Tree }>()

  constructor(private readonly objects: TeamsObjects) {
    const { queues, attendants } = objects
    for (const [kind, all] of [
      ['queue', queues],
      ['attendant', attendants],
    ] as const)
      for (const object of all)
        for (const id of [idOf(object), ...listOf(property(object, 'ApplicationInstances')).map(identityOf)])
          if (id !== undefined) this.#byId.set(id, { kind, object })
  }

  /** The auto attendant to which a call goes. */
  attendantOf(target: Tree | undefined): Tree | undefined {
    const found = this.#byId.get(idOf(target) ?? '')
    return found?.kind === 'attendant' ? found.object : undefined
  }

  /** The action of a call that goes to a target. `voicemail`: to the mailbox of a person. */
  actionOf(target: Tree | undefined, voicemail = false): Shaped {
    const [id = '', text] = [idOf(target), textOf(property(target, 'Id', 'Identity'))]
    const found = this.#byId.get(id)
    if (found?.kind === 'queue') return { Action: 'TransferToQueue', QueueID: idOf(found.object) }
    if (text !== undefined && /^(?:tel:)?\+?\d/i.test(text) && !/^[\da-f]{8}-/i.test(text))
      return { Action: 'TransferToPSTN', Uri: text }
    const address = addressOf(this.objects.people.get(id)) ?? addressOf(this.objects.accounts.get(id))
    return { Action: voicemail ? 'TransferToVoicemailUri' : 'TransferToUri', Uri: address ?? text ?? '' }
  }

  /** The address and the number of the first resource account that has a number, or else of the first. */
  lineOf(object: Tree): { readonly uri: string | undefined; readonly line: string | undefined } {
    const accounts = listOf(property(object, 'ApplicationInstances')).flatMap(
      id => this.objects.accounts.get(identityOf(id) ?? '') ?? [],
    )
    const numberOf = (account: Tree | undefined): string | undefined => textOf(property(account, 'PhoneNumber', 'LineUri'))
    const account = accounts.find(each => numberOf(each) !== undefined) ?? accounts[0]
    return { uri: addressOf(account), line: numberOf(account) }
  }
}
