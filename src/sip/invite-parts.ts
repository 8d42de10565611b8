import type { Body, ExtraHeader } from '../legs/body.js'
import type { InviteLimits } from '../legs/invitation.js'
import type { Hop } from './transport/transport.js'

/** An INVITE to be sent. */
export interface InviteParts {
  /** The Request-URI. */
  readonly uri: string
  /** Default: the Request-URI says it all. */
  readonly way?: InviteWay
  /** Whole values, without tags. */
  readonly from: string
  readonly to: string
  readonly headers: readonly ExtraHeader[]
  readonly body?: Body
  readonly limits?: Omit<InviteLimits, 'maxBreadth'>
}

/** Where an INVITE goes, if the Request-URI does not say it all. */
interface InviteWay {
  /** A loose route to the next hop. `lr` is added if it is missing. */
  readonly route?: string
  /** The whole values of a route set, the next hop first. It replaces `route`. */
  readonly path?: readonly string[]
  /** Where to send it and later requests of its dialogs, whatever the Request-URI says. */
  readonly flow?: Hop
  /** The address of record of the called phone, if the phone registered here. */
  readonly account?: string
}
