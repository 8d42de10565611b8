import { isIP } from 'node:net'
import { fault, ok, type Result } from '../../foundation/result.js'
import type { Body, Writer } from '../../legs/body.js'
import {
  browserProtocol,
  canonical,
  codecNames,
  defaultPtime,
  events,
  plainProtocol,
  readSdp,
  rtcpOf,
  unspecified,
  writeSdp,
  type Codec,
  type Coding,
  type Credentials,
  type Description,
  type Endpoint,
  type Fingerprint,
  type MediaLine,
  type OwnLine,
  type Timing,
  type Web,
} from '../sdp.js'
import { NamedAddress } from '../addresses.js'
import type { Vouched, Vouching } from '../rtp/latch.js'
import { Versions } from '../versions.js'

/** What all our descriptions of one gateway have in common. */
export interface OwnSides {
  readonly family: 4 | 6
  readonly plainPort: number
  /** The addresses by which others reach us now, at least one, the likeliest first. Asked for each description. */
  readonly reachable: () => readonly string[]
  /** The session id in o=, as digits. */
  readonly id: string
  readonly browser: {
    readonly port: number
    readonly fingerprint: Fingerprint
    /** Makes new credentials on each call. */
    readonly credentials: () => Credentials
  }
  /** The SSRC and CNAME of everything that the browser receives. */
  readonly sound: { readonly ssrc: number; readonly cname: string }
  /** The evidence for an address in a description before a packet came from it. Called at each agreement. */
  readonly vouch: (place: Endpoint, writer: Writer) => Vouching
}

/** The result of both negotiations, as the relay needs it. */
export interface Agreement {
  /** Our credentials. The browser's checks prove that it knows them. */
  readonly credentials: Credentials
  /** The browser's credentials, for our own checks. */
  readonly theirs: Credentials
  /** The fingerprint of the browser's certificate. */
  readonly fingerprint: Fingerprint
  readonly browserHears: boolean
  readonly plain: PlainPlaces & { readonly hears: boolean; readonly vouched: Vouched }
  /** Absent: the browser does not hold, or there is no common law for music. */
  readonly hold?: Hold
}

/** The addresses of the plain side, from its description. */
interface PlainPlaces {
  readonly rtp: Endpoint
  readonly rtcp: Endpoint
}

/** The browser sends and does not listen. That is a hold (RFC 3264 §8.4), so the plain side hears music. */
export interface Hold {
  /** The payload types of the browser's sound, which the music replaces. */
  readonly voices: readonly number[]
  /** The law in which the music is sent. */
  readonly codec: Codec
  readonly payloadType: number
}

type SideName = 'browser' | 'plain'

/** An audio line that the gateway can carry. */
interface Audio {
  readonly codings: readonly Coding[]
  readonly ptime: number
  readonly direction: string
  readonly hears: boolean
}

interface BrowserAudio extends Audio {
  readonly web: Web
}

interface PlainAudio extends Audio {
  readonly places: PlainPlaces
  readonly writer: Writer
}

/**
 * An m= line of a session: the one that we carry, or one that we refuse. The number and order of lines never change (RFC 3264
 * §8).
 */
type Shape = 'audio' | Extract<OwnLine, { kind: 'refused' }>

interface Described<A> {
  readonly audio: A
  readonly shapes: readonly Shape[]
  readonly timing: Timing
}

/** G.711 in both laws and G.722 pass through unchanged. Every browser supports them. */
const carried: ReadonlySet<string> = new Set(['PCMU', 'PCMA', 'G722'])
const rate = 8000
const always: Timing = { start: '0', stop: '0' }
const hearing: ReadonlySet<string> = new Set(['sendrecv', 'recvonly'])
/** The direction of a side that names an unspecified address: it wants no media, whatever it says (RFC 3264 §8.4, the old form of hold). */
const deafened: Readonly<Record<string, string>> = { sendrecv: 'sendonly', recvonly: 'inactive' }

/**
 * The two negotiations of a gateway (RFC 3264), one with each side. An offer from one side becomes our offer to the other, and
 * its answer becomes our answer. Payload types keep their numbers. A description that can't be used or is never answered changes
 * nothing.
 */
export class GatewayNegotiation {
  readonly #versions: Readonly<Record<SideName, Versions>>
  readonly #address: NamedAddress
  readonly #shapes: Record<SideName, readonly Shape[]> = { browser: ['audio'], plain: ['audio'] }
  #credentials: Credentials
  #mid = '0'
  /** The browser's transport, as last agreed. */
  #web: Web | undefined
  /** Offers without an answer yet. Both sides have one while their offers cross, until one is refused. */
  readonly #open: {
    browser?: Described<BrowserAudio> & { readonly credentials: Credentials }
    plain?: Described<PlainAudio> & { readonly credentials: Credentials }
  } = {}
  #agreed: Agreement | undefined

  constructor(private readonly own: OwnSides) {
    this.#versions = { browser: new Versions(own.id), plain: new Versions(own.id) }
    this.#credentials = own.browser.credentials()
    this.#address = new NamedAddress(own.reachable)
  }

  get agreed(): Agreement | undefined {
    return this.#agreed
  }

  /** The machine no longer has the address that our descriptions name. */
  get isElsewhere(): boolean {
    return this.#address.isGone
  }

  /** Turns the browser's offer into ours to the plain side. */
  offeredByBrowser(offer: Body): Result<Body> {
    const read = browserSide(offer)
    if (!read.ok) return read
    const { audio } = read.value
    if (audio.web.setup === 'passive') return fault('the browser waits for a handshake that it has to begin')
    // A new user fragment means that the browser restarts ICE, so we do too (RFC 8839 §4.4.1.1.1).
    const isRestart = this.#web !== undefined && this.#web.ufrag !== audio.web.ufrag
    this.#open.browser = { ...read.value, credentials: isRestart ? this.own.browser.credentials() : this.#credentials }
    return ok(this.#toPlain(audio, this.#shapes.plain, always))
  }

  /** Turns the plain side's answer into ours to the browser. */
  answerToBrowser(answer: Body): Result<Body> {
    const open = this.#open.browser
    if (!open) return fault('the browser offered nothing')
    const read = plainSide(answer, this.own.family, this.#shapes.plain)
    if (!read.ok) return read
    const { audio, timing, shapes, credentials } = open
    delete this.#open.browser
    this.#credentials = credentials
    this.#shapes.browser = shapes
    this.#agree(audio, read.value.audio)
    return ok(this.#toBrowser(read.value.audio, 'passive', shapes, timing))
  }

  /** Turns the plain side's offer into ours to the browser. */
  offeredByPlain(offer: Body): Result<Body> {
    const read = plainSide(offer, this.own.family)
    if (!read.ok) return read
    // The way to the old address is gone. New credentials make the browser look for another one (RFC 8839 §4.4.1.1.1).
    const credentials = this.#address.isGone ? this.own.browser.credentials() : this.#credentials
    this.#open.plain = { ...read.value, credentials }
    return ok(this.#toBrowser(read.value.audio, 'actpass', this.#shapes.browser, always, credentials))
  }

  /** Turns the browser's answer into ours to the plain side. */
  answerToPlain(answer: Body): Result<Body> {
    const open = this.#open.plain
    if (!open) return fault('the plain side offered nothing')
    const read = browserSide(answer, this.#shapes.browser)
    if (!read.ok) return read
    const { audio } = read.value
    if (audio.web.setup !== 'active') return fault('the browser does not begin the handshake')
    const { shapes, timing, credentials } = open
    delete this.#open.plain
    this.#credentials = credentials
    this.#shapes.plain = shapes
    this.#agree(audio, open.audio)
    return ok(this.#toPlain(audio, shapes, timing))
  }

  #agree(browser: BrowserAudio, plain: PlainAudio): void {
    const { web, hears } = browser
    const hold = holdOf(browser, plain)
    this.#web = web
    if (web.mid !== '') this.#mid = web.mid
    this.#agreed = {
      credentials: this.#credentials,
      theirs: { ufrag: web.ufrag, password: web.password },
      fingerprint: web.fingerprint,
      browserHears: hears,
      plain: { ...plain.places, hears: plain.hears, vouched: this.#vouched(plain) },
      ...(hold && { hold }),
    }
  }

  #vouched({ places: { rtp, rtcp }, writer }: PlainAudio): Vouched {
    const { vouch } = this.own
    return { rtp: vouch(rtp, writer), rtcp: vouch(rtcp, writer) }
  }

  #toPlain({ codings, ptime, direction }: Audio, shapes: readonly Shape[], timing: Timing): Body {
    const { family, plainPort: port } = this.own
    const address = this.#address.next()
    const audio: OwnLine = { kind: 'audio', port, rtcpPort: port, codings, ptime, direction }
    const lines = shapes.map(shape => (shape === 'audio' ? audio : shape))
    return this.#versions.plain.next(origin => writeSdp({ origin, address, family, timing, lines }))
  }

  #toBrowser(
    { codings, ptime, direction }: Audio,
    setup: string,
    shapes: readonly Shape[],
    timing: Timing,
    credentials = this.#credentials,
  ): Body {
    const { family, browser, sound } = this.own
    const { fingerprint, port } = browser
    const [address, candidates] = [this.#address.next(), this.own.reachable()]
    const web = { ...credentials, fingerprint, setup, mid: this.#mid, candidates, ssrc: sound.ssrc, cname: sound.cname }
    const audio: OwnLine = { kind: 'audio', port, codings, ptime, direction, web }
    const lines = shapes.map(shape => (shape === 'audio' ? audio : shape))
    return this.#versions.browser.next(origin => writeSdp({ origin, address, family, timing, lines }))
  }
}

function holdOf(browser: Audio, plain: Audio): Hold | undefined {
  if (browser.hears || !plain.hears) return undefined
  const sounds = plain.codings.filter(({ name }) => name !== events)
  const common = sounds.filter(({ payloadType }) => browser.codings.some(coding => coding.payloadType === payloadType))
  // Music exists only in G.711.
  const law = common.find(({ name }) => codecNames[name] !== undefined)
  const codec = law && codecNames[law.name]
  return codec && { voices: common.map(({ payloadType }) => payloadType), codec, payloadType: law.payloadType }
}

/** Whether a browser wrote this description. Plain phones can't answer such a description. */
export function isBrowsers(body: Body): boolean {
  // Most descriptions fail this quick test and need no full reading.
  if (!body.text.includes(browserProtocol)) return false
  const read = readSdp(body)
  return read.ok && read.value.lines.some(({ protocol, web }) => protocol === browserProtocol && web !== undefined)
}

function browserSide(body: Body, answering?: readonly Shape[]): Result<Described<BrowserAudio>> {
  return side(body, answering, line => {
    if (line.protocol !== browserProtocol || !line.web) return fault(`${line.protocol} is not what browsers speak`)
    const audio = audioOf(line, line.direction)
    return audio.ok ? ok({ ...audio.value, web: line.web }) : audio
  })
}

function plainSide(body: Body, family: 4 | 6, answering?: readonly Shape[]): Result<Described<PlainAudio>> {
  return side(body, answering, line => {
    if (line.protocol !== plainProtocol) return fault(`${line.protocol} is not spoken, only ${plainProtocol}`)
    const isNowhere = unspecified.has(line.address)
    if (!isNowhere && isIP(line.address) !== family) return fault(`'${line.address}' is not an IPv${family} address`)
    const audio = audioOf(line, isNowhere ? (deafened[line.direction] ?? line.direction) : line.direction)
    if (!audio.ok) return audio
    const rtp = { address: isNowhere ? line.address : canonical(line.address), port: line.port }
    const places = { rtp, rtcp: isNowhere ? rtp : rtcpOf(line, family) }
    return ok({ ...audio.value, places, writer: body })
  })
}

/** The first audio line that can be carried. In an answer: the line at the place of our audio line. */
function side<A>(
  body: Body,
  answering: readonly Shape[] | undefined,
  take: (line: MediaLine) => Result<A>,
): Result<Described<A>> {
  const read = readSdp(body)
  if (!read.ok) return read
  const { lines, timing }: Description = read.value
  if (answering && answering.length !== lines.length) return fault('the answer has other lines than the offer')
  let because = 'no audio stream'
  for (const [index, line] of lines.entries()) {
    if (line.kind !== 'audio' || (answering && answering[index] !== 'audio')) continue
    const audio = take(line)
    if (audio.ok) return ok({ audio: audio.value, shapes: shapesOf(lines, index), timing })
    because = audio.fault
  }
  return fault(because)
}

function audioOf({ port, codings, ptime, formats }: MediaLine, direction: string): Result<Audio> {
  if (!(port > 0 && port < 65_536)) return fault('the audio stream is declined')
  const usable = codings.filter(({ name, rate: at }) => at === rate && (carried.has(name) || name === events))
  if (!usable.some(({ name }) => carried.has(name))) return fault(`no codec in common: ${formats}`)
  return ok({ codings: usable, ptime: Number.isFinite(ptime) ? ptime : defaultPtime, direction, hears: hearing.has(direction) })
}

const shapesOf = (lines: readonly MediaLine[], audio: number): readonly Shape[] =>
  lines.map(({ kind, protocol, formats }, index) =>
    index === audio ? 'audio' : { kind: 'refused', media: kind, protocol, formats },
  )
