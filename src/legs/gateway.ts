import type { Body } from './body.js'

/** Legs whose peers are browsers, which speak nothing but ICE and DTLS-SRTP: towards all others they are legs with plain RTP. */
export interface Gateways {
  /** Whether only a browser can have written this. */
  isBrowsers(description: Body): boolean
  /** For one leg. */
  open(owner: LegOwner, listener: GatewayListener): OpenedGateway
}

/** For whom a leg with a browser is. */
export type LegOwner =
  /** An agent's phone that we call. */
  | { readonly kind: 'called' }
  /** They call: as an agent, or as a guest. `account`: who answers for the credentials; `address`: where the call came from. */
  | { readonly kind: 'agent' | 'guest'; readonly account: string; readonly address: string }

export type OpenedGateway =
  { readonly kind: 'opened'; readonly gateway: Gateway } | { readonly kind: 'refused'; readonly because: Refusal }

/** Why somebody gets no leg: no port is free, or the account, the address, or all guests together have as many as they may. */
export type Refusal = 'full' | 'account' | 'address' | 'guests'

/** Called from a later turn of the event loop; not at all after `close`. */
export interface GatewayListener {
  /** The browser is not reached any more, or never was; or it is not who its description says. */
  lost(): void
}

/**
 * Carries one leg's sound between a browser and plain RTP. Each offer is answered before the next, or is void; what is undefined can't be
 * used, and what was agreed before stands (RFC 3264).
 */
export interface Gateway {
  /** A browser's offer, as it goes to the plain side. */
  offeredByBrowser(offer: Body): Body | undefined
  /** The plain side's answer to it, as it goes to the browser. */
  answerToBrowser(answer: Body): Body | undefined
  offeredByPlain(offer: Body): Body | undefined
  answerToPlain(answer: Body): Body | undefined
  close(): void
}
