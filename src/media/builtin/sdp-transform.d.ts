/** What we use of the library, which comes without types. Numbers are those texts that print back to themselves; all may be missing. */
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
  }

  export interface SessionDescription {
    version?: Text
    origin?: { username: string; sessionId: string; sessionVersion: number; netType: string; ipVer: number; address: string }
    name?: Text
    connection?: { version?: Text; ip?: Text }
    timing?: { start?: Text; stop?: Text }
    direction?: Text
    media: MediaDescription[]
  }

  export function parse(sdp: string): SessionDescription
  export function write(session: SessionDescription): string
}
