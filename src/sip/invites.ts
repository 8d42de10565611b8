import { detached } from '../foundation/detached.js'
import type { Clock } from '../foundation/clock.js'
import type { Millis } from '../foundation/time.js'
import type { ExtraHeader } from '../legs/body.js'
import type { OutboundCallListener } from '../legs/invitation.js'
import type { Reason } from '../legs/reason.js'
import type { Admission } from './admission.js'
import { askPeer, askPhone } from './ask-peer.js'
import { contactOf, looseRoute, uriOf } from './contact.js'
import { ClientInvite, type InviteClientContext } from './dialog/invite-client.js'
import { ServerInvite, type InviteServerContext } from './dialog/invite-server.js'
import { longestInvite } from './dialog/renegotiation.js'
import { replacedBy } from './dialog/replaced.js'
import { firstAsking, sessionIntervals, usualExpires } from './dialog/session-timer.js'
import { readInvite, readRinging } from './dialog/session-state.js'
import { Session } from './dialog/session.js'
import { UnreadLengths } from './dialog/unread-lengths.js'
import { UnsentCancels } from './dialog/unsent-cancels.js'
import type { Dialogs } from './dialogs.js'
import type { EndpointNetwork } from './endpoint-transport.js'
import type { InviteParts } from './invite-parts.js'
import { buildRequest } from './message/build.js'
import { from } from './message/fields.js'
import { isSips } from './message/uri.js'
import { allowedMethods, extensions, extensionsWithin, software } from './screening.js'
import type { Tokens } from './transaction/tokens.js'
import type { ServerTransaction } from './transaction/user.js'
import type { SipCounters } from './transport/counters.js'
import { flowOf, wayBack } from './transport/flow.js'
import { Unheard } from './unheard.js'

/** The endpoint's services for INVITEs. */
interface InvitesParts {
  readonly network: EndpointNetwork
  readonly clock: Clock
  readonly tokens: Tokens
  readonly counters: SipCounters
  readonly dialogs: Dialogs
  readonly admission: Admission
  /** Default: `usualExpires`. */
  readonly sessionExpires: Millis | undefined
}

type Taker = (invite: ServerInvite) => void

/** INVITEs of both directions, from their first request to their dialogs. */
export class Invites {
  readonly context: InviteClientContext & InviteServerContext
  /** Header fields of INVITEs with an SDP offer, and of those without. */
  readonly #headers: { readonly offering: readonly ExtraHeader[]; readonly asking: readonly ExtraHeader[] }
  readonly #unheard: Unheard
  /** Handles incoming INVITEs. */
  #taker: Taker | undefined
  /** Set while a restored INVITE is delivered, with our tag of its dialog. */
  #restoring: { readonly tag: string; readonly taken: Taker } | undefined

  constructor(private readonly parts: InvitesParts) {
    this.context = contextOf(parts)
    this.#unheard = new Unheard(parts.clock, parts.dialogs)
    const { intervals, headers } = this.context.session
    const expires = firstAsking(intervals)
    this.#headers = {
      offering: [...headers.requests, ['Supported', extensions], expires],
      // Without 100rel: a reliable provisional response would have to contain the peer's offer, and its PRACK our answer (RFC 3262 §5), which the
      // owner has only when the call is answered.
      asking: [...headers.refreshes, expires],
    }
  }

  listen(taker: Taker): void {
    this.#taker = taker
  }

  get isRestoring(): boolean {
    return this.#restoring !== undefined
  }

  /** Peers of these dialogs can't reach us: see `Unheard`. */
  unheard(wasCut: (contact: string) => boolean, canAsk: (contact: string) => boolean): void {
    this.#unheard.add(wasCut, canAsk)
  }

  stop(): void {
    this.#unheard.stop()
  }

  /** Sends an INVITE with its own Call-ID and From tag. */
  send(parts: InviteParts, listener: OutboundCallListener): ClientInvite {
    const { tokens, dialogs, network } = this.parts
    const { uri, body, way = {}, limits: { maxForwards, expires, heardWithin } = {} } = parts
    const { flow, account } = way
    const routes = routesOf(way)
    const [next = `<${uri}>`] = routes
    const target = flow ?? uriOf(next)
    const local = typeof target === 'string' ? network.transport.localTowards(target) : network.transport.local(target)
    const contact = contactOf(local, isSips(uri) || isSips(uriOf(next)))
    const request = buildRequest({
      method: 'INVITE',
      uri,
      from: `${parts.from};tag=${tokens.tag()}`,
      to: parts.to,
      callId: tokens.callId(),
      cseq: 1,
      routes,
      contact,
      headers: [...(body ? this.#headers.offering : this.#headers.asking), ...parts.headers],
      ...(maxForwards !== undefined && { maxForwards }),
      ...(body && { body: body.text, contentType: body.type }),
    })
    const invite = new ClientInvite(request, { target, contact, account, heardWithin }, listener, this.context)
    dialogs.inviting(invite)
    invite.start(expires ?? longestInvite)
    return invite
  }

  /** An INVITE came outside any dialog. Returns the status of its refusal if nobody handles it. */
  receive(transaction: ServerTransaction): number | undefined {
    const { request, source } = transaction
    const { dialogs, admission } = this.parts
    const { tag, taken = this.#taker } = this.#restoring ?? {}
    if (!taken) return 480
    const replaced = replacedBy(request.headers, {
      session: key => dialogs.sessions.get(key),
      isRinging: key => dialogs.invites.get(key) instanceof ClientInvite,
    })
    if (typeof replaced === 'number') return replaced
    // A phone's Contact may lead nowhere. A trusted peer's is believed.
    const trusted = admission.trusts(source)
    const flow = flowOf(request, source, trusted)
    const invite = new ServerInvite(transaction, this.context, replaced, flow, tag, trusted)
    dialogs.invited(invite, source.connection)
    taken(invite)
    return undefined
  }

  /** Restores an INVITE that was pending before a restart, with our To tag. Does not call `taken` if the INVITE can't be restored. Call it after the start. */
  restore(kept: unknown, taken: Taker): void {
    const invite = readInvite(kept)
    this.#restoring = invite && { tag: invite.tag, taken }
    if (invite) this.parts.network.transactions.onRequest(invite.request, invite.via, invite.source)
    this.#restoring = undefined
  }

  /** Cancels an INVITE of the previous process, as far as its state can be read. A 2xx that crosses gets ACK and BYE. Call it after the start. */
  stopRinging(kept: unknown, reason: Reason): void {
    const rung = readRinging(kept)
    if (!rung) return
    const { request, hop } = rung
    const contact = contactOf(this.parts.network.transport.local(hop), isSips(request.uri))
    const invite = new ClientInvite(
      request,
      { target: hop, contact, account: undefined, heardWithin: undefined },
      undefined,
      this.context,
    )
    this.parts.dialogs.inviting(invite)
    invite.stopRinging(reason)
  }

  /** Restores a dialog that existed before a restart from its session's state. Undefined: the state can't be read. Sends nothing. */
  restoreSession(kept: unknown): Session | undefined {
    return Session.restored(kept, this.context.session, session => this.context.keep(session))
  }
}

/** The Route values of a new INVITE. */
const routesOf = ({ path, route }: NonNullable<InviteParts['way']>): readonly string[] =>
  path ?? (route === undefined ? [] : [`<${looseRoute(route)}>`])

function contextOf(parts: InvitesParts): InviteClientContext & InviteServerContext {
  const { clock, tokens, counters, dialogs, admission, sessionExpires = usualExpires } = parts
  const { transport, transactions } = parts.network
  const allow: ExtraHeader = ['Allow', allowedMethods]
  const agent: ExtraHeader = ['User-Agent', software]
  const asking = { transactions, transport, tokens, headers: [allow, agent] }
  return {
    session: {
      transactions,
      clock,
      intervals: sessionIntervals(Math.round(sessionExpires / 1000)),
      headers: {
        requests: [allow, agent],
        refreshes: [allow, ['Supported', extensionsWithin], agent],
        answers: [allow, ['Supported', extensions], ['Server', software]],
      },
      sessionOf: ({ callId, toTag, fromTag }) => dialogs.sessions.get(`${callId} ${toTag} ${fromTag}`),
      random: () => tokens.number(),
      forget: session => dialogs.over(session),
    },
    cancels: new UnsentCancels(clock),
    unread: new UnreadLengths(clock),
    askPhone: (invite, target, answered) => askPhone(invite, target, answered, asking),
    tag: () => tokens.tag(),
    contactFor: ({ request, source }) => contactOf(transport.local(source), isSips(request.uri) || isSips(wayBack(request))),
    accountOf: ({ request, source }) => (admission.trusts(source) ? undefined : detached(from(request.headers)?.uri ?? '')),
    keep: session => dialogs.begun(session),
    overForks: () => counters.reject('tooManyForks'),
    closed: invite => dialogs.closed(invite),
    ask: (transaction, flow, told) => askPeer(transaction, flow, asking, told),
  }
}
