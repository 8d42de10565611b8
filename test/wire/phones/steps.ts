/** A piece of a SIPp scenario, as XML. */
export type Step = string

export interface ReceiveOptions {
  /** SIPp passes over it when another message comes first. */
  readonly optional?: boolean
  /** Milliseconds to wait, then on to the label `otherwise`. */
  readonly within?: number
  readonly otherwise?: string
  /** Where to go on after it came. */
  readonly next?: string
  /** Percentage of arrivals that SIPp pretends not to have seen. */
  readonly lost?: number
  /** Keep its challenge for `[authentication …]`. */
  readonly challenges?: boolean
  /** Keep its Contact and Record-Route for requests to come. */
  readonly keepRoute?: boolean
  /** Keep To, From, Via, CSeq and so on for answers and requests to come. */
  readonly remember?: readonly Remembered[]
  /** Stops SIPp's clock of this name (`-trace_rtt`). */
  readonly measures?: string
}

export interface SendOptions {
  /** Percentage of sendings that SIPp keeps back. */
  readonly lost?: number
  /** Milliseconds to the first retransmission; absent: none. */
  readonly retransmit?: number
  readonly next?: string
  /** Starts SIPp's clocks of these names. */
  readonly starts?: string
}

/** A header field's value of a received message, kept in a SIPp variable. */
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

/** Header lines of an SDP body and the body: audio at the sender, with a line that tells whose it is. */
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
