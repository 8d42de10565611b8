/** A session description in a message body. A leg carries it without reading it. */
export interface Body {
  /** The Content-Type, such as `application/sdp`. */
  readonly type: string
  /** The bytes as latin1 text, so that passing it on changes nothing. */
  readonly text: string
  /** The IP address from which SIP received it, if known. It is not sent. It is evidence that media may come from there. */
  readonly source?: string
}

/**
 * A part of an INVITE's body besides the session description (RFC 5621), such as ISUP or a location. Passed on without reading
 * it.
 */
export interface Attachment extends Body {
  /** The Content-Disposition. */
  readonly disposition?: string
}

/** A header field to add to a message: its name and its value as they are sent. */
export type ExtraHeader = readonly [name: string, value: string]
