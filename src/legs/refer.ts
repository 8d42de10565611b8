/** The dialog that a new call replaces (RFC 3891 §6.1), as the called side sees it. */
export interface Replaces {
  /** The SIP Call-ID. */
  readonly callId: string
  /** The tag of the called side. */
  readonly toTag: string
  readonly fromTag: string
  /** Replace the dialog only if it is not answered yet. */
  readonly earlyOnly: boolean
}

/**
 * Reports the progress of the new call to the peer who sent the REFER (NOTIFY with message/sipfrag, RFC 3515 §2.4.5), unless the peer asked
 * for no notifications (RFC 4488). May be used after the leg of that peer has ended. Does nothing if nobody receives it any more.
 */
export interface ReferProgress {
  ringing(): void
  /** Reports the final status of the new call. Must be called once. Nothing may follow. */
  done(status: number, reasonPhrase?: string): void
}
