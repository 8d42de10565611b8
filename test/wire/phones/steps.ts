/** A part of a SIPp scenario, as XML. */
export type Step = string

export interface ReceiveOptions {
  /** SIPp skips this step when another message comes first. */
  readonly optional?: boolean
  /** After this many milliseconds the scenario continues at the label `otherwise`. */
  readonly within?: number
  readonly otherwise?: string
  /** The label at which the scenario continues after this message. */
  readonly next?: string
  /** The percentage of arrivals that SIPp ignores. */
  readonly lost?: number
  /** Keeps the challenge for `[authentication …]`. */
  readonly challenges?: boolean
  /** Keeps Contact and Record-Route for later requests. */
  readonly keepRoute?: boolean
  /** Keeps these header fields, such as To, From, Via and CSeq, for later responses and requests. */
  readonly remember?: readonly Remembered[]
  /** Stops SIPp's timer of this name (`-trace_rtt`). */
  readonly measures?: string
}

export interface SendOptions {
  /** The percentage of messages that SIPp does not send. */
  readonly lost?: number
  /** Milliseconds to the first retransmission. Absent: no retransmission. */
  readonly retransmit?: number
  readonly next?: string
  /** Starts SIPp's timers of these names. */
  readonly starts?: string
}

/** The value of a header field of a received message, kept in a SIPp variable. */
export interface Remembered {
  readonly header: string
  readonly variable: string
}

/** A whole scenario. Its steps may name labels with `label`. */
export function scenario(name: string, steps: readonly Step[]): string {
  const body = steps.join('\n')
  const variables = [...new Set([...body.matchAll(/assign_to="(\w+)"/g)].map(([, variable]) => variable))]
  const reference = variables.length > 0 ? `\n<Reference variables="${variables.join(',')}"/>` : ''
  return `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${name}">\n${body}${reference}\n</scenario>\n`
}

export const label = (id: string): Step => `<label id="${id}"/>`
export const pause = (milliseconds: number, next?: string): Step =>
  `<pause milliseconds="${milliseconds}"${attribute('next', next)}/>`
export const goTo = (id: string): Step => `<nop next="${id}"/>`

export function receive(what: string | number, options: ReceiveOptions = {}): Step {
  const kind = typeof what === 'number' ? 'response' : 'request'
  const keeps = (options.remember ?? []).map(
    ({ header, variable }) =>
      `    <ereg regexp=".*" search_in="hdr" header="${header}:" check_it="true" assign_to="${variable}"/>`,
  )
  const attributes =
    attribute(kind, String(what)) +
    attribute('optional', options.optional ? 'true' : undefined) +
    attribute('timeout', options.within) +
    attribute('ontimeout', options.otherwise) +
    attribute('next', options.next) +
    attribute('lost', options.lost) +
    attribute('auth', options.challenges ? 'true' : undefined) +
    attribute('rrs', options.keepRoute ? 'true' : undefined) +
    attribute('rtd', options.measures)
  return keeps.length === 0
    ? `<recv${attributes}/>`
    : `<recv${attributes}>\n  <action>\n${keeps.join('\n')}\n  </action>\n</recv>`
}

export function send(lines: readonly string[], options: SendOptions = {}): Step {
  const attributes =
    attribute('retrans', options.retransmit) +
    attribute('lost', options.lost) +
    attribute('next', options.next) +
    attribute('start_rtd', options.starts)
  return `<send${attributes}>\n<![CDATA[\n${lines.join('\n')}\n]]>\n</send>`
}

/** The header lines of an SDP body and the body: audio at the sender, and a line that names its owner. */
export function sdp(
  owner: string,
  direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive' = 'sendrecv',
  version = 1,
): string[] {
  return [
    'Content-Type: application/sdp',
    'Content-Length: [len]',
    '',
    'v=0',
    `o=${owner} 4711 ${version} IN IP[local_ip_type] [local_ip]`,
    's=-',
    'c=IN IP[local_ip_type] [local_ip]',
    't=0 0',
    'm=audio 40000 RTP/AVP 0',
    'a=rtpmap:0 PCMU/8000',
    `a=${direction}`,
  ]
}

export const noBody: readonly string[] = ['Content-Length: 0', '', '']

function attribute(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : ` ${name}="${value}"`
}
