import { z } from 'zod'
import { block, complain, host, text, wholeNumber } from './fields.js'

/** The schema of drachtio-servers, which replace our own SIP stack (docs/decisions/064, docs/operations/drachtio.md). */

/**
 * Carillon never listens for drachtio-servers. An application that listens sends its secret to everybody who connects, and a
 * drachtio-server that connects verifies no certificate.
 */
const noOutbound =
  'the drachtio-server would connect to Carillon, and anybody who connects could claim to be the server; Carillon connects to it, by host and port'

const server = block(
  'A drachtio-server.',
  {
    host: host().describe('Its host name or address. It also counts as a name of ours in URIs that callers dial.'),
    port: wholeNumber(1, 65_535).describe('Its port for applications.').prefault(9022),
    secret: text(256)
      .refine(secret => !/[|\r\n]/.test(secret), 'expected no | and no line break')
      .describe('Its secret for applications.'),
    tls: z
      .boolean()
      .describe(
        'Connect by TLS. The certificate must have the name in host, and an authority that Node knows (NODE_EXTRA_CA_CERTS).',
      )
      .prefault(false),
  },
  { listen: noOutbound },
)

export const drachtio = z
  .union([server, z.array(server).min(1, 'expected at least one server').max(16, 'expected at most 16 servers')])
  .describe('The drachtio-server that carries SIP with engine: drachtio, or a list of several.')
  .transform(given => (Array.isArray(given) ? given : [given]))

/** The keys of `sip` about sockets. With a drachtio-server its own config decides them. */
interface SocketKeys {
  readonly engine: 'embedded' | 'drachtio'
  readonly drachtio?: readonly unknown[] | undefined
  readonly listen?: readonly unknown[] | undefined
  readonly proxies: readonly unknown[]
  readonly tls?: unknown
  readonly webSocket: { readonly url?: string | undefined; readonly origins?: readonly string[] | undefined }
}

/** Adds faults for keys that a drachtio-server decides by its own config or can't support. */
export function complainOfEngine(sip: SocketKeys, context: z.RefinementCtx): void {
  if (sip.engine === 'embedded') {
    if (sip.drachtio) complain(context, ['drachtio'], "'drachtio' needs engine: drachtio", 'key')
    return
  }
  if (!sip.drachtio) complain(context, ['engine'], "engine: drachtio needs 'drachtio' with host and secret of the server")
  const refuse = (isSet: boolean, key: keyof SocketKeys, why: string, within?: string): void => {
    if (isSet) complain(context, [key, ...(within === undefined ? [] : [within])], `with engine: drachtio, ${why}`, 'key')
  }
  refuse(sip.listen !== undefined, 'listen', 'the drachtio-server listens: set its <contacts> and leave this out')
  refuse(sip.tls !== undefined, 'tls', 'the drachtio-server has the certificates: set its <tls> and leave this out')
  refuse(sip.proxies.length > 0, 'proxies', 'phones cannot register through proxies, because a drachtio-server takes no Route')
  refuse(
    sip.webSocket.origins !== undefined,
    'webSocket',
    'the drachtio-server lets every page connect, and phones prove their password: leave this out',
    'origins',
  )
}
