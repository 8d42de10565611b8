import { createECDH, randomBytes, sign, timingSafeEqual, verify, X509Certificate, type ECDH, type KeyObject } from 'node:crypto'
import { assertNever } from '../../../foundation/never.js'
import type { Fingerprint } from '../../sdp.js'
import type { MasterKey } from './srtp-keys.js'
import { Assembly, readFragments, type Fragment, type HandshakeMessage } from './assembly.js'
import { hashOf, type Certificate } from './certificate.js'
import { Flight } from './flight.js'
import {
  isClients,
  messageTypes,
  randomOf,
  randomSize,
  readCertificate,
  readCertificateVerify,
  readClientHello,
  readKeyExchange,
  writeCertificate,
  writeCertificateRequest,
  writeKeyExchange,
  writeKeyParameters,
  writeServerHello,
  type CertificateVerify,
  type ClientHello,
} from './messages.js'
import { contentTypes, readRecords, type DtlsRecord } from './records.js'
import { Secrets } from './secrets.js'
import { Transcript } from './transcript.js'

interface HandshakeListener {
  send(bytes: Buffer): void
  /** The browser has proven that it has the certificate of its description. `ours` and `theirs` are the SRTP keys. */
  secured(ours: MasterKey, theirs: MasterKey): void
  /** The handshake failed. Called at most once, and never after `secured`, because calls end by SIP. */
  failed(failure: HandshakeFailure): void
}

export interface HandshakeFailure {
  /** `wasteful`: the browser sent more than a handshake needs. */
  readonly kind: 'handshakeFailed' | 'wasteful'
  readonly why: string
}

/** The most that one handshake may cost. A browser that repeats everything for 20 s sends less than half of it. */
export const budget = { datagrams: 128, bytes: 65_536, oddities: 8, hellos: 8 }

/** Our part of the key exchange with a client that sent a hello. */
interface Offer {
  readonly clientRandom: Buffer
  readonly serverRandom: Buffer
  readonly ecdh: ECDH
}

/** The message that is expected next. */
type Stage =
  | { readonly kind: 'hello' }
  | { readonly kind: 'certificate'; readonly offer: Offer }
  | { readonly kind: 'keyExchange'; readonly offer: Offer; readonly theirs: KeyObject }
  | { readonly kind: 'proof'; readonly offer: Offer; readonly theirs: KeyObject; readonly secrets: Secrets }
  | { readonly kind: 'finished'; readonly offer: Offer; readonly secrets: Secrets }
  | { readonly kind: 'secured'; readonly secrets: Secrets }
  | { readonly kind: 'over' }

const alertFatal = 2
const closeNotify = 0
const handshakeFailure = 40
/** Larger RSA keys cost too much CPU time. */
const mostRsaBits = 4096

/**
 * The server side of one DTLS 1.2 handshake (RFC 6347) as WebRTC uses it: one cipher suite, certificates on both sides, keys for
 * SRTP (RFC 5764). It has no sockets and no timers, and all its costs are limited. It asks for no cookie: its input comes only
 * from addresses that passed a connectivity check, and the relay limits what goes to addresses that have not answered
 * (docs/decisions/041).
 */
export class Handshake {
  #stage: Stage = { kind: 'hello' }
  #assembly = new Assembly()
  #transcript = new Transcript()
  readonly #flight: Flight
  readonly #spent = { datagrams: 0, bytes: 0, oddities: 0, hellos: 0 }

  constructor(
    private readonly certificate: Certificate,
    private readonly expected: Fingerprint,
    private readonly listener: HandshakeListener,
  ) {
    this.#flight = new Flight(
      bytes => listener.send(bytes),
      () => ('secrets' in this.#stage ? this.#stage.secrets : undefined),
    )
  }

  /** Handles a datagram from the browser. `now` in milliseconds. */
  receive(bytes: Buffer, now: number): void {
    if (this.#isOver || !this.#affords('datagrams', 1) || !this.#affords('bytes', bytes.length)) return
    const { records, isSound } = readRecords(bytes)
    for (const record of records) this.#take(record, now)
    if (!isSound) this.#odd()
  }

  /** Call it about once per second. Repeats a flight that the browser has not answered. */
  look(now: number): void {
    const { kind } = this.#stage
    if (kind !== 'hello' && kind !== 'secured' && kind !== 'over') this.#flight.look(now)
  }

  close(): void {
    this.#stage = { kind: 'over' }
  }

  get #isOver(): boolean {
    return this.#stage.kind === 'over'
  }

  /** Returns false and ends the handshake if the limit is exceeded. After the handshake, other limits apply. */
  #affords(what: keyof typeof budget, amount: number): boolean {
    if (this.#stage.kind === 'secured') return true
    this.#spent[what] += amount
    if (this.#spent[what] <= budget[what]) return true
    this.#fail(`more than ${budget[what]} ${what} for a handshake`, 'wasteful')
    return false
  }

  /** Counts something that no browser sends. */
  #odd(): void {
    if (!this.#isOver) this.#affords('oddities', 1)
  }

  #take(record: DtlsRecord, now: number): void {
    if (this.#isOver) return
    const { type, epoch, body } = record
    if (epoch > 0) return this.#takeSealed(record, now)
    // ChangeCipherSpec adds nothing: the epoch of the next record says the same.
    if (type === contentTypes.changeCipherSpec) return
    if (type === contentTypes.alert) return this.#alerted(body)
    const fragments = readFragments(body, isClients)
    if (!fragments) return this.#odd()
    for (const fragment of fragments) this.#takeFragment(fragment, now)
  }

  #takeFragment(fragment: Fragment, now: number): void {
    if (this.#isOver) return
    if (fragment.sequence < this.#assembly.next) return this.#repeated(fragment, now)
    if (this.#stage.kind === 'secured') return
    if (!this.#assembly.add(fragment)) return this.#odd()
    // Once the handshake is over, further messages change nothing.
    for (let message = this.#assembly.take(); message; message = this.#assembly.take()) this.#takeMessage(message, now)
  }

  /**
   * A message came that was taken already. Usually the client repeats it because our answer was lost. But a hello with another random
   * value shows that the first hello came from somebody else.
   */
  #repeated(fragment: Fragment, now: number): void {
    const { sequence, type, offset, body } = fragment
    const stage = this.#stage
    const isHello = sequence === 0 && type === messageTypes.clientHello
    const random = isHello && offset === 0 ? randomOf(body) : undefined
    if ('offer' in stage && random && !random.equals(stage.offer.clientRandom)) {
      this.#begin()
      return this.#takeFragment(fragment, now)
    }
    const answered = stage.kind === 'secured' ? !isHello : isHello
    if (answered) this.#flight.repeat(now)
  }

  #begin(): void {
    this.#stage = { kind: 'hello' }
    this.#assembly = new Assembly()
    this.#transcript = new Transcript()
  }

  #takeMessage(message: HandshakeMessage, now: number): void {
    const stage = this.#stage
    this.#flight.answered()
    switch (stage.kind) {
      case 'hello':
        return message.type === messageTypes.clientHello ? this.#greeted(message, now) : this.#unexpected(message)
      case 'certificate':
        return message.type === messageTypes.certificate ? this.#shown(message, stage.offer) : this.#unexpected(message)
      case 'keyExchange':
        return message.type === messageTypes.clientKeyExchange ? this.#exchanged(message, stage) : this.#unexpected(message)
      case 'proof':
        return message.type === messageTypes.certificateVerify ? this.#proven(message, stage) : this.#unexpected(message)
      // A Finished message arrives encrypted.
      case 'finished':
        return this.#unexpected(message)
      case 'secured':
      case 'over':
        return
      default:
        return assertNever(stage)
    }
  }

  #unexpected({ type }: HandshakeMessage): void {
    this.#fail(`message ${type} where ${this.#stage.kind} is due`)
  }

  #greeted(message: HandshakeMessage, now: number): void {
    const hello = readClientHello(message.body)
    if (!hello.ok) return this.#fail(hello.fault)
    if (!this.#affords('hellos', 1)) return
    this.#transcript.heard(message)
    const ecdh = createECDH('prime256v1')
    const parameters = writeKeyParameters(ecdh.generateKeys())
    const [clientRandom, serverRandom] = [Buffer.from(hello.value.random), randomBytes(randomSize)]
    const signature = sign('sha256', Buffer.concat([clientRandom, serverRandom, parameters]), this.certificate.key)
    this.#answer(hello.value, serverRandom, writeKeyExchange(parameters, signature), now)
    this.#stage = { kind: 'certificate', offer: { clientRandom, serverRandom, ecdh } }
  }

  #answer(hello: ClientHello, random: Buffer, keyExchange: Buffer, now: number): void {
    const messages = [
      this.#transcript.say(messageTypes.serverHello, writeServerHello(random, hello)),
      this.#transcript.say(messageTypes.certificate, writeCertificate(this.certificate.raw)),
      this.#transcript.say(messageTypes.serverKeyExchange, keyExchange),
      this.#transcript.say(messageTypes.certificateRequest, writeCertificateRequest()),
      this.#transcript.say(messageTypes.serverHelloDone, Buffer.alloc(0)),
    ]
    this.#flight.send(
      messages.map(body => ({ type: contentTypes.handshake, epoch: 0, body })),
      now,
    )
  }

  #shown(message: HandshakeMessage, offer: Offer): void {
    const raw = readCertificate(message.body)
    if (!raw) return this.#fail('no certificate')
    if (hashOf(raw, this.expected.algorithm) !== this.expected.hash) return this.#fail('another certificate than described')
    const theirs = publicKeyOf(raw)
    if (!theirs) return this.#fail('a certificate that cannot be used')
    this.#transcript.heard(message)
    this.#stage = { kind: 'keyExchange', offer, theirs }
  }

  #exchanged(message: HandshakeMessage, { offer, theirs }: Extract<Stage, { kind: 'keyExchange' }>): void {
    const point = readKeyExchange(message.body)
    const shared = point && attempt(() => offer.ecdh.computeSecret(point))
    if (!shared) return this.#fail('a point that is not on the curve')
    this.#transcript.heard(message)
    const secrets = new Secrets(shared, this.#transcript.hash(), offer.clientRandom, offer.serverRandom)
    this.#stage = { kind: 'proof', offer, theirs, secrets }
  }

  /** The client signs all messages so far (RFC 5246 §7.4.8). */
  #proven(message: HandshakeMessage, { offer, theirs, secrets }: Extract<Stage, { kind: 'proof' }>): void {
    const proof = readCertificateVerify(message.body)
    if (!proof || !isProofOf(theirs, proof, this.#transcript.whole())) return this.#fail('a false proof of the certificate')
    this.#transcript.heard(message)
    this.#stage = { kind: 'finished', offer, secrets }
  }

  #takeSealed(record: DtlsRecord, now: number): void {
    const stage = this.#stage
    // The record overtook earlier messages. The client will repeat it.
    if (stage.kind !== 'finished' && stage.kind !== 'secured') return
    const body = stage.secrets.open(record)
    if (!body) return this.#odd()
    if (record.type === contentTypes.alert) return this.#alerted(body)
    const message = record.type === contentTypes.handshake ? finishedOf(body) : undefined
    if (!message) return this.#odd()
    if (stage.kind === 'finished') this.#finished(message, stage.secrets, now)
    else this.#flight.repeat(now)
  }

  #finished(message: HandshakeMessage, secrets: Secrets, now: number): void {
    const due = secrets.finished('client', this.#transcript.hash())
    const isRight = message.sequence === this.#assembly.next && message.body.length === due.length
    if (!isRight || !timingSafeEqual(message.body, due)) return this.#fail('a false end')
    this.#transcript.heard(message)
    const end = this.#transcript.say(messageTypes.finished, secrets.finished('server', this.#transcript.hash()))
    this.#transcript.forget()
    this.#stage = { kind: 'secured', secrets }
    this.#flight.send(
      [
        { type: contentTypes.changeCipherSpec, epoch: 0, body: Buffer.from([1]) },
        { type: contentTypes.handshake, epoch: 1, body: end },
      ],
      now,
    )
    const { ours, theirs } = secrets.srtp()
    this.listener.secured(ours, theirs)
  }

  /** Handles an alert: two bytes, the level and the description, in both epochs. */
  #alerted(body: Buffer): void {
    if (this.#stage.kind === 'secured') return
    const [level, description] = body
    if (level === alertFatal || description === closeNotify) this.#end(`alert ${description ?? 'cut short'}`, 'handshakeFailed')
  }

  #fail(why: string, kind: HandshakeFailure['kind'] = 'handshakeFailed'): void {
    if (this.#isOver) return
    this.#flight.sendLast([{ type: contentTypes.alert, epoch: 0, body: Buffer.from([alertFatal, handshakeFailure]) }])
    this.#end(why, kind)
  }

  #end(why: string, kind: HandshakeFailure['kind']): void {
    this.#stage = { kind: 'over' }
    this.listener.failed({ kind, why })
  }
}

/** Reads the Finished message, the only one that a client sends encrypted. It must not be fragmented. */
function finishedOf(body: Buffer): Fragment | undefined {
  const [message, ...others] = readFragments(body, type => type === messageTypes.finished) ?? []
  return message?.body.length === message?.length && others.length === 0 ? message : undefined
}

/** Accepts P-256, or RSA of a size that is cheap to check. */
function publicKeyOf(raw: Buffer): KeyObject | undefined {
  const key = attempt(() => new X509Certificate(raw).publicKey)
  const { namedCurve, modulusLength = Infinity } = key?.asymmetricKeyDetails ?? {}
  const isUsable = key?.asymmetricKeyType === 'ec' ? namedCurve === 'prime256v1' : modulusLength <= mostRsaBits
  return isUsable && (key?.asymmetricKeyType === 'ec' || key?.asymmetricKeyType === 'rsa') ? key : undefined
}

function isProofOf(key: KeyObject, { algorithm, signature }: CertificateVerify, said: Buffer): boolean {
  const isKind = key.asymmetricKeyType === (algorithm === 'ecdsa' ? 'ec' : 'rsa')
  return isKind && attempt(() => verify('sha256', said, key, signature)) === true
}

/** Node's cryptography throws for malformed input. Here that is the peer's fault and expected. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
