import type { Body } from './body.js'

/** Connects browsers, which only use ICE and DTLS-SRTP, to phones that use plain RTP. */
export interface Gateways {
  /** Whether a browser wrote this description. */
  isBrowsers(description: Body): boolean
  open(owner: LegOwner, listener: GatewayListener): OpenedGateway
}

/** Who a browser leg is for. */
export type LegOwner =
  /** An agent's phone that we call. */
  | { readonly kind: 'called' }
  /** A caller: an agent or a guest. `account` is responsible for the credentials. `address` is where the call came from. */
  | { readonly kind: 'agent' | 'guest'; readonly account: string; readonly address: string }

export type OpenedGateway =
  { readonly kind: 'opened'; readonly gateway: Gateway } | { readonly kind: 'refused'; readonly because: Refusal }

/** Why a leg was refused: no port is free, or the account, the address or all guests together have reached their limit. */
export type Refusal = 'full' | 'account' | 'address' | 'guests'

/** Its methods run in a later turn of the event loop, never after `close`. */
export interface GatewayListener {
  /** The browser can't be reached any more or never could be, or another endpoint answers than the one in its description. */
  lost(): void
}

/**
 * Carries one leg's sound between a browser and plain RTP. A new offer replaces one that has no answer yet. A result of undefined means
 * that the description can't be used. The previous agreement then stays in force (RFC 3264).
 */
export interface Gateway {
  /** Turns a browser's offer into one for the plain side. */
  offeredByBrowser(offer: Body): Body | undefined
  /** Turns the plain side's answer into one for the browser. */
  answerToBrowser(answer: Body): Body | undefined
  offeredByPlain(offer: Body): Body | undefined
  answerToPlain(answer: Body): Body | undefined
  close(): void
}
