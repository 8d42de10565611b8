/** Who wrote a session description. We never send this. Media uses it to decide which addresses RTP may come from and go to. */
export interface Writer {
  /** The IP address from which SIP received it, if known. */
  readonly source?: string | undefined
  /** It came by WebSocket, so `source` may be the address of a proxy through which other people reach us, too. */
  readonly proxied?: true | undefined
  /** Our own gateway to a browser wrote it, so its media ports are ours. */
  readonly ours?: true | undefined
}

/** A session description in a message body. A leg carries it without reading it. */
export interface Body extends Writer {
  /** The Content-Type, such as `application/sdp`. */
  readonly type: string
  /** The bytes as latin1 text, so that passing it on changes nothing. */
  readonly text: string
}

/** A part of an INVITE's body besides the session description (RFC 5621), such as ISUP or a location. We pass it on without reading it. */
export interface Attachment extends Body {
  /** The Content-Disposition. */
  readonly disposition?: string
}

/** A header field to add to a message: its name and its value as they are sent. */
export type ExtraHeader = readonly [name: string, value: string]
