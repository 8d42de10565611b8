/** A value of the Reason header (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`. */
export interface Reason {
  /** In upper case, such as `SIP` or `Q.850`. */
  readonly protocol: string
  /** A status code for SIP, a cause value for Q.850. */
  readonly cause?: number
  readonly text?: string
}
