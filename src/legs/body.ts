/** A session description as it stands in a message body. A leg carries it and does not read it. */
export interface Body {
  /** The Content-Type, such as `application/sdp`. */
  readonly type: string
  /** Bytes as latin1 text, so that passing it on changes nothing. */
  readonly text: string
  /** The IP address of who wrote it, as SIP saw it, where it is known; not sent. It speaks for media from there. */
  readonly source?: string
}

/** A part of an INVITE's body beside the session description (RFC 5621), such as ISUP or a place: passed on, and not read. */
export interface Attachment extends Body {
  /** The Content-Disposition. */
  readonly disposition?: string
}

/** A header field to add to a message, name and value as they go out. */
export type ExtraHeader = readonly [name: string, value: string]
