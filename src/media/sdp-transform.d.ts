/**
 * What we use of the library, which has no types. A text that prints back unchanged as a number is a number. Every field may be
 * missing.
 */
declare module 'sdp-transform' {
  type Text = string | number

  export interface MediaDescription {
    type?: Text
    port?: Text
    protocol?: Text
    payloads?: Text
    connection?: { version?: Text; ip?: Text }
    direction?: Text
    rtp?: { payload?: Text; codec?: Text; rate?: Text; encoding?: Text }[]
    fmtp?: { payload: number; config: string }[]
    ptime?: Text
    maxptime?: Text
    rtcp?: { port?: Text; address?: Text }
    mid?: Text
    rtcpMux?: Text
    iceUfrag?: Text
    icePwd?: Text
    fingerprint?: { type?: Text; hash?: Text }
    setup?: Text
    candidates?: {
      foundation: string
      component: number
      transport: string
      priority: number
      ip: string
      port: number
      type: string
    }[]
    endOfCandidates?: string
    /** Lines that the library does not know. */
    invalid?: { value: string }[]
    ssrcs?: { id: number; attribute: string; value: string }[]
  }

  export interface SessionDescription {
    version?: Text
    origin?: { username: string; sessionId: string; sessionVersion: number; netType: string; ipVer: number; address: string }
    name?: Text
    connection?: { version?: Text; ip?: Text }
    timing?: { start?: Text; stop?: Text }
    direction?: Text
    icelite?: string
    groups?: { type: string; mids: string }[]
    iceUfrag?: Text
    icePwd?: Text
    fingerprint?: { type?: Text; hash?: Text }
    setup?: Text
    media: MediaDescription[]
  }

  export function parse(sdp: string): SessionDescription
  export function write(session: SessionDescription): string
}
