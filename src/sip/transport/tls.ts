import type { Socket } from 'node:net'
import { isIP } from 'node:net'
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type Server,
  type TLSSocket,
} from 'node:tls'

/** Certificates as checked PEM text: each is readable, and the key belongs to the certificate. */
export interface TlsSettings {
  /** Our certificate, with its intermediate certificates. */
  readonly certificate?: string
  readonly key?: string
  /** The authorities of servers to which we connect. Default: those that come with Node. */
  readonly ca?: string
  /** A peer with a certificate of this authority is a trusted peer. */
  readonly clientCa?: string
  /** Of those peers, only the ones whose certificate has one of these names. Absent: all of them. */
  readonly trustedNames?: readonly string[]
}

interface TlsDoorOptions {
  /** A handshake failed. `from`: the peer's address, if it is still known. */
  refused(what: string, from: string | undefined): void
  /** A peer showed an invalid certificate. */
  distrusted(why: string, from: string | undefined): void
}

/** Called with the connection after its handshake, and whether its certificate makes the peer trusted. */
type Entered = (secure: TLSSocket, trusted: boolean) => void

/** TLS on sockets that others accept, and TLS connections that we open. */
export class TlsDoor {
  /** Performs handshakes but never listens itself. Undefined: we have no certificate. */
  #server: Server | undefined
  #client: SecureContext
  /** By the peer's address and port, because the server's events identify a handshake by nothing else. */
  readonly #waiting = new Map<string, Entered>()
  #settings: TlsSettings

  constructor(
    settings: TlsSettings,
    private readonly options: TlsDoorOptions,
  ) {
    this.#settings = settings
    this.#server = this.#serverOf(settings)
    this.#client = clientOf(settings)
  }

  /** Sets the certificates for new connections. Returns true if peers that were trusted by certificate may no longer be. */
  replace(settings: TlsSettings): boolean {
    const [server, client, before] = [this.#serverOf(settings), clientOf(settings), this.#settings]
    this.#settings = settings
    this.#server = server
    this.#client = client
    return before.clientCa !== settings.clientCa || before.trustedNames?.join() !== settings.trustedNames?.join()
  }

  get canListen(): boolean {
    return this.#server !== undefined
  }

  /** A failed handshake ends the socket. */
  greet(socket: Socket, entered: Entered): void {
    if (!this.#server) return void socket.destroy()
    const key = keyOf(socket)
    this.#waiting.set(key, entered)
    socket.once('close', () => {
      if (this.#waiting.get(key) === entered) this.#waiting.delete(key)
    })
    this.#server.emit('connection', socket)
  }

  /** `name`: the name that the certificate must have (RFC 5922 §4), if it is not the address itself. */
  dial(host: string, port: number, name: string | undefined): TLSSocket {
    return connect({
      host,
      port,
      secureContext: this.#client,
      ...(name !== undefined && isIP(name) === 0 && { servername: name }),
      checkServerIdentity: (_host, certificate) =>
        isSipDomain(certificate.subjectaltname, name ?? host) ? undefined : checkServerIdentity(name ?? host, certificate),
    })
  }

  #serverOf({ certificate, key, clientCa }: TlsSettings): Server | undefined {
    if (certificate === undefined || key === undefined) return undefined
    const asked = clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: false }
    const server = createServer({ cert: certificate, key, ...asked })
    server.on('secureConnection', secure => {
      const entered = this.#waiting.get(keyOf(secure))
      this.#waiting.delete(keyOf(secure))
      // Without an entry, the socket has already closed.
      if (entered) entered(secure, this.#trusts(secure))
      else secure.destroy()
    })
    server.on('error', (error: Error) => this.options.refused(reasonOf(error), undefined))
    server.on('tlsClientError', (error, secure) => {
      // Further errors of this socket add nothing.
      secure.on('error', () => undefined)
      this.options.refused(reasonOf(error), secure.remoteAddress)
      secure.destroy()
    })
    return server
  }

  #trusts(secure: TLSSocket): boolean {
    const { clientCa, trustedNames } = this.#settings
    const certificate = clientCa === undefined ? undefined : secure.getPeerX509Certificate()
    if (!certificate) return false
    if (!secure.authorized) {
      // Node's types say Error, but it is OpenSSL's code, such as CERT_HAS_EXPIRED.
      this.options.distrusted(`${certificate.subject}: ${String(secure.authorizationError)}`, secure.remoteAddress)
      return false
    }
    return (
      trustedNames === undefined ||
      trustedNames.some(
        name => certificate.checkHost(name, { wildcards: false }) !== undefined || isSipDomain(certificate.subjectAltName, name),
      )
    )
  }
}

/** OpenSSL's message has addresses, file and line. Its `reason` is what a person needs. */
const reasonOf = (error: Error): string =>
  'reason' in error && typeof error.reason === 'string' ? error.reason : error.message.trim()

const keyOf = ({ remoteAddress, remotePort, localPort }: Socket): string =>
  `${remoteAddress ?? ''} ${remotePort ?? ''} ${localPort ?? ''}`

/** We show our own certificate if the server asks for one, as SBCs do. */
const clientOf = ({ certificate, key, ca }: TlsSettings): SecureContext =>
  createSecureContext({
    ...(certificate !== undefined && key !== undefined && { cert: certificate, key }),
    ...(ca !== undefined && { ca }),
  })

/** A certificate may name its SIP domain as a URI (RFC 5922 §7.1). Node quotes a name that could be read as two. */
const isSipDomain = (names: string | undefined, domain: string): boolean =>
  names?.split(', ').some(name => name.toLowerCase() === `uri:sip:${domain.toLowerCase()}`) === true
