import type { Body } from '../../legs/body.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { largestDatagram, lengthOf, longestForPhones } from '../transaction/long-requests.js'
import type { Dialog } from './dialog.js'

/**
 * Whether a message is longer than a phone gets. The other party of the call decides how long most messages are, and a phone that closes its
 * connection loses its registration (docs/decisions/097). Peers that are not phones of ours get any length.
 */
export const isTooLongFor = ({ peer }: Dialog, message: SipRequest | SipResponse): boolean =>
  peer.account !== undefined && lengthOf(message) > longestForPhones

/** In bytes: what is left for a body beside the header fields of a response of ours. */
const longestBody = longestForPhones - 2_048

/** Whether our response to the INVITE of a phone would be too long with this body. */
export const isTooLongAnswerFor = ({ peer }: Dialog, body: Body | undefined): boolean =>
  peer.account !== undefined && body !== undefined && Buffer.byteLength(body.text) > longestBody

/** Whether the silence of a phone after this request says nothing about the phone, because the request may not have arrived. */
export const mayBeUnread = ({ peer }: Dialog, request: SipRequest): boolean =>
  peer.account !== undefined && lengthOf(request) > largestDatagram
