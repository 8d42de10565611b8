import { contacts } from '../../../src/sip/message/fields.js'
import type { SipRequest, SipResponse } from '../../../src/sip/message/message.js'
import { parseUri } from '../../../src/sip/message/uri.js'
import { isWebSocket } from '../../../src/sip/transport/protocols.js'
import type { Hop } from '../../../src/sip/transport/transport.js'

/** Requests outside dialogs that go to the connection of a phone. */
const toPhones: ReadonlySet<string> = new Set(['INVITE', 'OPTIONS', 'NOTIFY', 'MESSAGE'])

/**
 * The connections of phones that registered or subscribed over one, by user and host of their Contact, as the real server keeps them.
 * The real server also forgets them when the registration expires.
 */
export class Phones {
  readonly #connections = new Map<string, Hop>()
  /** All WebSockets from which requests were answered, by address and port. */
  readonly #sockets = new Map<string, Hop>()

  /** An application answered. */
  answered({ method, headers }: SipRequest, response: SipResponse, source: Hop): void {
    if (isWebSocket(source.transport)) this.#sockets.set(`${source.host}:${source.port}`, { ...source, only: true })
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

  /** The WebSocket at this address: the server finds it by a proxy that names it. Without one nobody is reached. */
  socketAt(proxy: string): Hop | undefined {
    const [, host = '', port = '', transport] = /^sips?:([^;]+):(\d+);transport=(wss?)$/.exec(proxy) ?? []
    if (transport !== 'ws' && transport !== 'wss') return undefined
    return this.#sockets.get(`${host}:${port}`) ?? { transport, host, port: Number(port), connection: -1, only: true }
  }
}

function keyOf(uri: string): string | undefined {
  const parsed = parseUri(uri)
  return parsed.ok ? `${parsed.value.user ?? ''}@${parsed.value.host}` : undefined
}
