import type { Clock } from '../../../src/foundation/clock.js'
import type { SipMessage } from '../../../src/sip/message/message.js'
import type { TransactionLayer } from '../../../src/sip/transaction/layer.js'
import type { Tokens } from '../../../src/sip/transaction/tokens.js'
import type { TransportLayer } from '../../../src/sip/transport/layer.js'
import type { Hop, LocalAddress } from '../../../src/sip/transport/transport.js'
import type { Application, Way } from './application.js'
import type { Applications } from './applications.js'
import type { Dialogs } from './dialogs.js'
import type { Phones } from './phones.js'

/** What the two halves of the server share: requests from the network, and requests of applications. */
export interface Core {
  readonly clock: Clock
  readonly transport: TransportLayer
  readonly transactions: TransactionLayer
  readonly tokens: Tokens
  readonly applications: Applications
  readonly dialogs: Dialogs
  readonly phones: Phones
  /** The transport for URIs that name none. */
  readonly prefers: 'udp' | 'tcp'
  /** Where the server listens for SIP. Undefined: not with this transport. */
  local(transport: Hop['transport']): LocalAddress | undefined
}

/** The server calls both kinds of WebSocket tcp. */
const wordOf = { udp: 'udp', tcp: 'tcp', tls: 'tls', ws: 'tcp', wss: 'tcp' } as const

export const fromNetwork = ({ transport, host, port }: Hop): Way => ({
  source: 'network',
  transport: wordOf[transport],
  host,
  port,
})

/** The real server gives its own responses no source. */
export const serversOwn: Way = { source: 'network', transport: 'udp', host: '', port: 0 }

export const ofApplication = ({ transport, host, port }: LocalAddress): Way => ({ source: 'application', transport, host, port })

/** The server's own Contact. */
export function contactOf({ transport, host, port }: LocalAddress): string {
  return `<sip:${host}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}>`
}

/** Tells an application about a request that the server sent by itself. */
export function passUnsolicited(
  application: Application | undefined,
  message: SipMessage,
  local: LocalAddress,
  dialogId: string,
): void {
  application?.pass(message, ofApplication(local), 'unsolicited', dialogId)
}
