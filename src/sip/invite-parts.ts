import type { Millis } from '../foundation/time.js'
import type { Body, ExtraHeader } from '../legs/body.js'
import type { Hop } from './transport/transport.js'

/** An INVITE to be sent. */
export interface InviteParts {
  /** The Request-URI. */
  readonly uri: string
  /** A loose route to the next hop. `lr` is added if it is missing. */
  readonly route?: string
  /** The whole values of a route set, the next hop first. It replaces `route`. */
  readonly path?: readonly string[]
  /** Where to send it and later requests of its dialogs, whatever the Request-URI says. */
  readonly flow?: Hop
  /** The address of record of the called phone, if the phone registered here. */
  readonly account?: string
  /** Whole values, without tags. */
  readonly from: string
  readonly to: string
  readonly maxForwards?: number
  readonly headers: readonly ExtraHeader[]
  readonly body?: Body
  /** Default: `longestInvite`. */
  readonly expires?: Millis
  /** How long each address may send nothing. After the last one: CANCEL and 408. Default: 5 s while another address is left, otherwise timer B's 32 s. */
  readonly heardWithin?: Millis
}
