/** Who wrote a session description. It is not sent: it is evidence for where media may come from and go to. */
export interface Writer {
  /** The IP address from which SIP received it, if known. */
  readonly source?: string | undefined
  /** It came by WebSocket: `source` may be a proxy's, through which others reach us. */
  readonly proxied?: true | undefined
  /** A browser's gateway of ours wrote it, so its media are at a port of ours. */
  readonly ours?: true | undefined
}

/** A session description in a message body. A leg carries it without reading it. */
export interface Body extends Writer {
  /** The Content-Type, such as `application/sdp`. */
  readonly type: string
  /** The bytes as latin1 text, so that passing it on changes nothing. */
  readonly text: string
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
