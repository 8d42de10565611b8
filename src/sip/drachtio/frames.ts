import { inUri } from '../transport/routes.js'
import type { TransportName } from '../transport/transport.js'

/** The source of a received message, or the server's address from which one was sent. */
interface Way {
  /** `network`: a peer sent it. `application`: the server sent it, by itself or for us. */
  readonly source: 'network' | 'application'
  readonly transport: TransportName
  /** Without brackets. Empty: the server made the message itself. */
  readonly host: string
  readonly port: number
}

/** A message from a drachtio-server. */
export type Frame =
  /** A SIP message. `dialog` is empty outside dialogs. */
  | { readonly kind: 'sip'; readonly way: Way; readonly transaction: string; readonly dialog: string; readonly bytes: Buffer }
  | ({ readonly kind: 'reply'; readonly id: string } & Reply)
  /** A message that we did not ask for. */
  | { readonly kind: 'other' }

/** The result of a command. */
export type Reply =
  /** `values`: the words after OK. `bytes`: the message as it was sent. */
  | { readonly ok: true; readonly values: readonly string[]; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: string }

const transports: ReadonlySet<string> = new Set<TransportName>(['udp', 'tcp', 'tls', 'ws', 'wss'])

/** Reads a message of the server: a line of tokens separated by bars, and maybe a SIP message. Never throws. */
export function readFrame(frame: Buffer): Frame {
  const lineEnd = frame.indexOf('\r\n')
  const [, word = '', ...tokens] = frame.toString('utf8', 0, lineEnd < 0 ? undefined : lineEnd).split('|')
  const bytes = frame.subarray(lineEnd < 0 ? frame.length : lineEnd + 2)
  if (word === 'sip') return { kind: 'sip', way: wayOf(tokens), transaction: tokens[6] ?? '', dialog: tokens[7] ?? '', bytes }
  if (word !== 'response') return { kind: 'other' }
  const [id = '', outcome = '', ...values] = tokens
  if (outcome === 'OK') return { kind: 'reply', id, ok: true, values, bytes }
  return { kind: 'reply', id, ok: false, reason: values[0] ?? 'it gives no reason' }
}

/** `tokens`: source, bytes, transport, address, port, time. */
export function wayOf([source, , transport = '', host = '', port]: readonly string[]): Way {
  return {
    source: source === 'application' ? 'application' : 'network',
    transport: isTransport(transport) ? transport : 'udp',
    host: withoutBrackets(host),
    port: Number(port) || 0,
  }
}

/** Reads an address on which the server listens for SIP: `udp/10.0.0.1:5060`. Undefined: it can't be read. */
export function readHostport(
  text: string,
): { readonly transport: TransportName; readonly host: string; readonly port: number } | undefined {
  const [, transport = '', host = '', port] = /^(\w+)\/(\S+):(\d+)$/.exec(text.trim()) ?? []
  const name = transport.toLowerCase()
  return isTransport(name) ? { transport: name, host: inUri(withoutBrackets(host)), port: Number(port) } : undefined
}

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

const isTransport = (name: string): name is TransportName => transports.has(name)
