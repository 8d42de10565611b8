import { contacts } from '../../../src/sip/message/fields.js'
import type { SipRequest, SipResponse } from '../../../src/sip/message/message.js'
import { parseUri } from '../../../src/sip/message/uri.js'
import type { Hop } from '../../../src/sip/transport/transport.js'

/** Requests outside dialogs that go to the connection of a phone. */
const toPhones: ReadonlySet<string> = new Set(['INVITE', 'OPTIONS', 'NOTIFY', 'MESSAGE'])

/**
 * The connections of phones that registered or subscribed over one, by user and host of their Contact, as the real server keeps them.
 * The real server also forgets them when the registration expires.
 */
export class Phones {
  readonly #connections = new Map<string, Hop>()

  /** An application answered. */
  answered({ method, headers }: SipRequest, response: SipResponse, source: Hop): void {
    const accepted =
      (method === 'REGISTER' && response.status === 200) ||
      (method === 'SUBSCRIBE' && (response.status === 200 || response.status === 202))
    const read = contacts(headers)
    const key = accepted && read.ok ? keyOf(read.value[0]?.uri ?? '') : undefined
    if (key === undefined || source.transport === 'udp') return
    const granted = contacts(response.headers)
    const seconds = Number(
      (granted.ok ? granted.value[0]?.parameters.get('expires') : undefined) ?? response.headers.first('Expires'),
    )
    if (seconds > 0) this.#connections.set(key, { ...source, only: true })
    else this.#connections.delete(key)
  }

  connectionTo(method: string, uri: string): Hop | undefined {
    return toPhones.has(method) ? this.#connections.get(keyOf(uri) ?? '') : undefined
  }
}

function keyOf(uri: string): string | undefined {
  const parsed = parseUri(uri)
  return parsed.ok ? `${parsed.value.user ?? ''}@${parsed.value.host}` : undefined
}
