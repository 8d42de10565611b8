import { contactOf } from './contact.js'
import type { PeerAnswer } from '../legs/answering.js'
import type { ExtraHeader } from '../legs/body.js'
import { buildRequest } from './message/build.js'
import { topVia } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import type { Tokens } from './transaction/tokens.js'
import type { Destination, ServerTransaction, Transactions } from './transaction/user.js'
import { responseHop } from './transport/received.js'
import { inUri } from './transport/routes.js'
import { protocols } from './transport/protocols.js'
import type { Hop, MessageTransport } from './transport/transport.js'

interface AskingContext {
  readonly transactions: Transactions
  readonly transport: Pick<MessageTransport, 'local'>
  readonly tokens: Tokens
  readonly headers: readonly ExtraHeader[]
}

/**
 * Asks by OPTIONS, outside any dialog (RFC 3261 §11), whether the sender of that request is there. The OPTIONS goes where responses to it go, or
 * on the only flow that reaches the sender.
 */
export function askPeer(
  { request, source }: ServerTransaction,
  flow: Hop | undefined,
  { transactions, transport, tokens, headers }: AskingContext,
  told: (answer: PeerAnswer) => void,
): void {
  const via = topVia(request.headers)
  const hop = flow ?? (via ? responseHop(via, source) : source)
  const us = contactOf(transport.local(hop), false)
  const options = buildRequest({
    method: 'OPTIONS',
    uri: `sip:${inUri(hop.host)}:${hop.port}${protocols[hop.transport].inUri}`,
    from: `${us};tag=${tokens.tag()}`,
    to: `<sip:${inUri(hop.host)}:${hop.port}>`,
    callId: tokens.callId(),
    cseq: 1,
    contact: us,
    headers,
  })
  transactions.request(options, hop, {
    final: () => told('answered'),
    failed: why => {
      if (why === 'transport') told('unreachable')
    },
  })
}

/** Statuses by which a phone refuses an OPTIONS. Others may come from a proxy that can't reach the phone. */
const byPhones = [405, 486, 488, 501]

/**
 * Asks by OPTIONS whether the phone of an INVITE of ours is there. The OPTIONS goes the same way. It is short, because it repeats nothing
 * that the caller wrote.
 */
export function askPhone(
  { uri, headers: inInvite }: SipRequest,
  target: Destination,
  answered: () => void,
  { transactions, tokens, headers }: Omit<AskingContext, 'transport'>,
): void {
  const contact = inInvite.first('Contact') ?? ''
  const options = buildRequest({
    method: 'OPTIONS',
    uri,
    from: `${contact};tag=${tokens.tag()}`,
    to: `<${uri}>`,
    callId: tokens.callId(),
    cseq: 1,
    routes: inInvite.lines('Route'),
    contact,
    headers,
  })
  const nothing = (): void => undefined // The INVITE's own silence decides.
  transactions.request(options, target, {
    final: ({ status }) => {
      if (status < 300 || byPhones.includes(status)) answered()
    },
    failed: nothing,
  })
}
