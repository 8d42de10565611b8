import type { Millis } from '../foundation/time.js'
import type { Body, ExtraHeader } from '../legs/body.js'
import type { Hop } from './transport/transport.js'

/** An INVITE that is to be sent. */
export interface InviteParts {
  /** The Request-URI. */
  readonly uri: string
  /** A loose route to the next hop; its `lr` is added where it lacks. */
  readonly route?: string
  /** Whole values of a route set, the first the next hop; in place of `route`. */
  readonly path?: readonly string[]
  /** The very place to send it to, and what follows within its dialogs, whatever the Request-URI says. */
  readonly flow?: Hop
  /** The address of record of the phone that is called, when it registered here. */
  readonly account?: string
  /** Whole values, without tags. */
  readonly from: string
  readonly to: string
  readonly maxForwards?: number
  readonly headers: readonly ExtraHeader[]
  readonly body?: Body
  /** Default `longestInvite`. */
  readonly expires?: Millis
  /** How long each address may say nothing at all; after the last, CANCEL and 408. Default: 5 s while another is left, else timer B's 32 s. */
  readonly heardWithin?: Millis
}
