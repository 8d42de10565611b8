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

/** Certificates, as PEM text that was checked: each can be read, and the key is that of the certificate. */
export interface TlsSettings {
  /** Ours, with those between it and its authority. */
  readonly certificate?: string
  readonly key?: string
  /** Authorities of the servers that we connect to; default: those that come with Node. */
  readonly ca?: string
  /** Who shows a certificate of this authority is a trusted peer. */
  readonly clientCa?: string
  /** Of those, only who is named so; absent: all of them. */
  readonly trustedNames?: readonly string[]
}

export interface TlsDoorOptions {
  /** A handshake came to nothing. */
  refused(what: string): void
  /** A peer showed a certificate that does not hold. */
  distrusted(why: string): void
}

/** Told of the connection once its handshake is over, and whether the peer is trusted by its certificate. */
type Entered = (secure: TLSSocket, trusted: boolean) => void

/** TLS over sockets that others accept, and connections of ours by TLS. */
export class TlsDoor {
  /** Does handshakes; it never listens by itself. Undefined: we have no certificate. */
  #server: Server | undefined
  #client: SecureContext
  /** By the peer's address and port: what the server tells of a handshake names no more. */
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

  /** For new connections. True: who was trusted by a certificate may not be any more. */
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

  /** A handshake that fails ends the socket. */
  greet(socket: Socket, entered: Entered): void {
    if (!this.#server) return void socket.destroy()
    const key = keyOf(socket)
    this.#waiting.set(key, entered)
    socket.once('close', () => {
      if (this.#waiting.get(key) === entered) this.#waiting.delete(key)
    })
    this.#server.emit('connection', socket)
  }

  /** `name`: whom the certificate must name (RFC 5922 §4), where that is not the address itself. */
  dial(host: string, port: number, name: string | undefined): TLSSocket {
    return connect({
      ...{ host, port, secureContext: this.#client },
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
      // Else its socket is gone already.
      if (entered) entered(secure, this.#trusts(secure))
      else secure.destroy()
    })
    server.on('error', (error: Error) => this.options.refused(error.message))
    server.on('tlsClientError', (error, secure) => {
      // What else goes wrong with it was told by this error.
      secure.on('error', () => undefined)
      this.options.refused(error.message)
      secure.destroy()
    })
    return server
  }

  #trusts(secure: TLSSocket): boolean {
    const { clientCa, trustedNames } = this.#settings
    const certificate = clientCa === undefined ? undefined : secure.getPeerX509Certificate()
    if (!certificate) return false
    if (!secure.authorized) {
      // Node's types have an Error here; it is OpenSSL's word, such as CERT_HAS_EXPIRED.
      this.options.distrusted(`${certificate.subject}: ${String(secure.authorizationError)}`)
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

const keyOf = ({ remoteAddress, remotePort, localPort }: Socket): string =>
  `${remoteAddress ?? ''} ${remotePort ?? ''} ${localPort ?? ''}`

/** We show our own certificate to who asks for one, as SBCs do. */
const clientOf = ({ certificate, key, ca }: TlsSettings): SecureContext =>
  createSecureContext({
    ...(certificate !== undefined && key !== undefined && { cert: certificate, key }),
    ...(ca !== undefined && { ca }),
  })

/** A certificate may name its SIP domain as a URI (RFC 5922 §7.1). Node puts in quotes what could be taken for two names. */
const isSipDomain = (names: string | undefined, domain: string): boolean =>
  names?.split(', ').some(name => name.toLowerCase() === `uri:sip:${domain.toLowerCase()}`) === true
