import { SipText, tagOf, uriOf, written } from './message.js'
import { token, type Peer } from './peer.js'

export interface InDialog {
  readonly fields?: readonly string[]
  readonly body?: string
  readonly type?: string
  readonly provisional?: (response: SipText) => void
}

interface Parts {
  readonly method: string
  readonly branch: string
  readonly sequence: number
  readonly to: string
  readonly uri: string
  readonly fields?: readonly string[]
  readonly body?: string
  readonly type?: string
}

/** One dialog of a peer, begun by either side (RFC 3261 §12). */
export class Dialog {
  #invite: SipText | undefined

  private constructor(
    private readonly peer: Peer,
    readonly callId: string,
    private readonly local: string,
    private remote: string,
    private target: string,
    private sequence: number,
  ) {}

  /** A dialog that an INVITE from here will begin. */
  static to(peer: Peer, from: string, uri: string, name = ''): Dialog {
    const shown = name === '' ? '' : `"${name}" `
    return new Dialog(peer, token(), `${shown}<${from}>;tag=${token()}`, `<${uri}>`, uri, 0)
  }

  /** A dialog that this request of the other side began. */
  static of(peer: Peer, request: SipText, tag: string): Dialog {
    const { callId } = request
    return new Dialog(
      peer,
      callId,
      `${request.field('To')};tag=${tag}`,
      request.field('From'),
      uriOf(request.field('Contact')),
      100,
    )
  }

  get localTag(): string {
    return tagOf(this.local)
  }

  get remoteTag(): string {
    return tagOf(this.remote)
  }

  async ask(method: string, { fields = [], body = '', type = 'application/sdp', provisional }: InDialog = {}) {
    this.sequence += 1
    const branch = `z9hG4bK${token()}`
    const text = this.#request({ method, branch, sequence: this.sequence, to: this.remote, uri: this.target, fields, body, type })
    if (method !== 'INVITE') return this.peer.ask(text)
    this.#invite = new SipText(text)
    const { sequence } = this
    const acknowledge = (response: SipText): string => this.#ack(response, branch, sequence)
    return this.peer.ask(text, { acknowledge, ...(provisional && { provisional }) })
  }

  /** The branch of the latest INVITE. */
  cancel(): Promise<SipText | undefined> {
    const invite = this.#invite
    if (!invite) return Promise.resolve(undefined)
    const [uri = ''] = invite.startLine.split(' ').slice(1)
    return this.peer.ask(
      this.#request({ method: 'CANCEL', branch: invite.branch, sequence: invite.sequence, to: invite.field('To'), uri }),
    )
  }

  /** Nobody waits for the response to its INVITE any more. */
  giveUp(): void {
    if (this.#invite) this.peer.giveUp(this.#invite)
  }

  #ack(response: SipText, branch: string, sequence: number): string {
    const to = response.field('To')
    if (response.status >= 300) return this.#request({ method: 'ACK', branch, sequence, to, uri: this.target })
    this.remote = to
    this.target = uriOf(response.field('Contact'))
    return this.#request({ method: 'ACK', branch: `z9hG4bK${token()}`, sequence, to, uri: this.target })
  }

  #request({ method, branch, sequence, to, uri, fields = [], body = '', type = '' }: Parts): string {
    const lines = [
      `${method} ${uri} SIP/2.0`,
      this.peer.via(branch),
      `From: ${this.local}`,
      `To: ${to}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${sequence} ${method}`,
      'Max-Forwards: 70',
      this.peer.contact,
      'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, REFER, NOTIFY, INFO',
      ...fields,
      ...(body === '' ? [] : [`Content-Type: ${type}`]),
    ]
    return written(lines, body)
  }
}
