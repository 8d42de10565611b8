import type { LossReason } from '../port.js'
import type { Endpoint, Fingerprint } from '../sdp.js'
import { same, type BrowserPlace } from './browser-place.js'
import type { Certificate } from './dtls/certificate.js'
import { Handshake } from './dtls/handshake.js'
import { SrtpReceiver, SrtpSender } from './srtp.js'

interface AssociationListener {
  send(bytes: Buffer, target: Endpoint): void
  /** A handshake has ended, and there are new keys. */
  secured(): void
  failed(reason: LossReason, why: string): void
}

/** The SRTP keys of both directions, for sound and reports (RFC 3711). */
interface Keys {
  readonly sender: SrtpSender
  readonly receiver: SrtpReceiver
}

/** How long a handshake may take, counted from the first connectivity check. It needs three round trips. */
export const handshakeWithinMs = 20_000

interface Shaking {
  readonly with: Fingerprint
  readonly machine: Handshake
  /** The address from which the handshake's datagrams come. Ours go there. */
  at: Endpoint | undefined
  /** The datagrams came from several addresses, so the end of the handshake proves none of them. */
  hasMoved: boolean
  progress:
    /** No check has come since the browser was described, so no handshake can begin. */
    | { readonly kind: 'notPossible' }
    /** `since` in ms of the process's clock. */
    | { readonly kind: 'possible'; readonly since: number }
    | { readonly kind: 'secured'; readonly keys: Keys }
}

/** The DTLS association with the browser of a leg (RFC 5763), and the keys that result from it. Times are in milliseconds. */
export class Association {
  #handshake: Shaking | undefined

  constructor(
    private readonly certificate: Certificate,
    private readonly place: BrowserPlace,
    private readonly listener: AssociationListener,
  ) {}

  /** The current keys. Undefined: the handshake with the described browser has not succeeded yet. */
  get keys(): Keys | undefined {
    const progress = this.#handshake?.progress
    return progress?.kind === 'secured' ? progress.keys : undefined
  }

  /** Sets the certificate to expect. Another one means another browser, or a restarted one, so a new handshake starts (RFC 8842 §3.1). */
  expect(fingerprint: Fingerprint): void {
    if (this.#handshake?.with.hash === fingerprint.hash) return
    this.#handshake?.machine.close()
    const machine = new Handshake(this.certificate, fingerprint, {
      send: bytes => this.#send(bytes),
      secured: (ours, theirs) => this.#secured({ sender: new SrtpSender(ours), receiver: new SrtpReceiver(theirs) }),
      failed: ({ kind, why }) => this.listener.failed(kind, `DTLS: ${why}`),
    })
    this.#handshake = { with: fingerprint, machine, at: undefined, hasMoved: false, progress: { kind: 'notPossible' } }
  }

  /** The browser passed a check, so it can begin its handshake. */
  checked(now: number): void {
    if (this.#handshake?.progress.kind === 'notPossible') this.#handshake.progress = { kind: 'possible', since: now }
  }

  /** Handles a handshake datagram. Ignores it unless its source has passed a connectivity check. */
  receive(bytes: Buffer, source: Endpoint, now: number): void {
    const shaking = this.#handshake
    if (!shaking || !this.place.mayShakeHands(source)) return
    if (shaking.at && !same(shaking.at, source)) shaking.hasMoved = true
    shaking.at = { address: source.address, port: source.port }
    shaking.machine.receive(bytes, now)
  }

  /** Call it about once per second. */
  look(now: number): void {
    this.#handshake?.machine.look(now)
  }

  /** Whether the browser had `handshakeWithinMs` for its handshake, and there are still no keys. */
  isLate(now: number): boolean {
    const progress = this.#handshake?.progress
    return progress?.kind === 'possible' && now - progress.since >= handshakeWithinMs
  }

  close(): void {
    this.#handshake?.machine.close()
  }

  #send(bytes: Buffer): void {
    const at = this.#handshake?.at
    if (at && this.place.takesFlight(at)) this.listener.send(bytes, at)
  }

  #secured(keys: Keys): void {
    const shaking = this.#handshake
    if (!shaking) return
    shaking.progress = { kind: 'secured', keys }
    this.listener.secured()
    // The browser's last flight proves that it has read ours.
    if (shaking.at && !shaking.hasMoved) this.place.prove(shaking.at)
  }
}
