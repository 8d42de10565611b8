/** The dialog that a new call is to take the place of (RFC 3891 §6.1), as the called side sees it. */
export interface Replaces {
  /** SIP's Call-ID. */
  readonly callId: string
  /** The tag of the side that is called. */
  readonly toTag: string
  readonly fromTag: string
  /** Only while that dialog is not answered. */
  readonly earlyOnly: boolean
}

/**
 * Tells the peer who referred us how the new call goes (NOTIFY with message/sipfrag), unless they asked for no news (RFC 4488). May be used
 * when their leg has ended. Harmless when nobody listens any more.
 */
export interface ReferProgress {
  ringing(): void
  /** The final status of the new call; nothing follows. Must be called once. */
  done(status: number, reasonPhrase?: string): void
}
