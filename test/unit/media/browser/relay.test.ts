import assert from 'node:assert/strict'
import { mostUnprovenFlights } from '../../../../src/media/browser/browser-place.js'
import { makeCertificate, type Certificate } from '../../../../src/media/browser/dtls/certificate.js'
import { writeRtcp } from '../../../../src/media/rtp/rtcp.js'
import type { Music } from '../../../../src/media/rtp/player.js'
import type { Agreement } from '../../../../src/media/browser/negotiation.js'
import { handshakeWithinMs } from '../../../../src/media/browser/association.js'
import { checkWithinMs, lostAfterMs } from '../../../../src/media/browser/consent.js'
import { allowed, wastefulAt } from '../../../../src/media/browser/packet-budget.js'
import { Relay } from '../../../../src/media/browser/relay.js'
import { instant } from '../../../../src/foundation/time.js'
import type { PromptId } from '../../../../src/routing/world/ids.js'
import type { Endpoint } from '../../../../src/media/sdp.js'
import { StepClient } from '../../../properties/dtls-client.js'
import { read, rtp } from '../packets.js'
import { sound } from '../sounds.js'
import { FakeBrowser, type Deceit } from '../../../fakes/fake-browser.js'

const credentials = { ufrag: 'ours', password: 'our-password-of-22-chars' }
const there = { address: '192.0.2.7', port: 7000 }
const elsewhere = { address: '192.0.2.8', port: 8000 }
const phone = { address: '192.0.2.9', port: 4000 }
const phones = { rtp: phone, rtcp: { ...phone, port: 4001 }, vouched: { rtp: { known: true }, rtcp: { known: true } } }
const beginning = { ssrc: 7, sequence: 100, timestamp: 5000, cname: 'us' }
const at = instant(1_800_000_000_000)

/** The first bytes of the server's two flights (RFC 6347 §4.1). */
const [changeCipherSpec, serverHello] = [20, 22]

const browsers: FakeBrowser[] = []

/** A relay, and a browser at the other end. */
class Setting {
  readonly toPlain: Buffer[] = []
  readonly targets: string[] = []
  /** Packets to the browser's side. */
  readonly sent: Buffer[] = []
  beforeItHears: (bytes: Buffer) => void = () => undefined
  readonly lost: string[] = []
  readonly reasons: string[] = []
  refused = 0
  readonly muted: number[] = []
  readonly #losses: (() => void)[] = []
  /** The source address of the browser's packets. */
  source = there
  /** The address at which the browser receives. Undefined: its source address. Any other source is forged. */
  home: Endpoint | undefined
  now = 0
  readonly relay: Relay
  #browser: FakeBrowser | undefined

  private constructor(certificate: Certificate) {
    this.relay = new Relay(beginning, certificate, {
      toBrowser: (bytes, { port }) => {
        this.targets.push(`browser ${port}`)
        this.sent.push(Buffer.from(bytes))
        this.beforeItHears(bytes)
        if (this.home === undefined || this.home.port === port) this.browser.receive(Buffer.from(bytes))
      },
      toPlain: (bytes, { port }) => {
        this.targets.push(`plain ${port}`)
        this.toPlain.push(Buffer.from(bytes))
      },
      refused: () => void (this.refused += 1),
      muted: ({ port }) => this.muted.push(port),
      lost: (reason, why) => {
        this.lost.push(why)
        this.reasons.push(reason)
        for (const told of this.#losses) told()
      },
    })
  }

  static async make(deceit: Deceit = {}): Promise<Setting> {
    const setting = new Setting(makeCertificate(Date.now()))
    setting.#browser = await FakeBrowser.make(
      bytes => setting.relay.fromBrowser(Buffer.from(bytes), setting.source, setting.now),
      deceit,
    )
    browsers.push(setting.browser)
    return setting
  }

  /** Another browser replaces the first. */
  answersAs(browser: FakeBrowser): void {
    this.#browser = browser
  }

  get browser(): FakeBrowser {
    assert(this.#browser)
    return this.#browser
  }

  agree(changes: Partial<Agreement> = {}, music?: Music): void {
    const fingerprint = { algorithm: 'sha-256', hash: this.browser.fingerprint }
    const theirs = { ufrag: this.browser.ufrag, password: this.browser.password }
    this.relay.agree(
      { credentials, theirs, fingerprint, browserHears: true, plain: { ...phones, hears: true }, ...changes },
      music,
      this.now,
    )
  }

  /** Both sides have agreed, checked and completed the handshake. */
  static async connected(): Promise<Setting> {
    const setting = await Setting.make()
    setting.agree()
    setting.browser.check(credentials)
    await setting.browser.connect()
    return setting
  }

  untilLost(): Promise<void> {
    return this.lost.length > 0 ? Promise.resolve() : new Promise(resolve => this.#losses.push(resolve))
  }

  plain(sequence: number, source = phone, ssrc = 1): void {
    this.relay.fromPlain(rtp({ sequence, timestamp: sequence * 160, ssrc }), source, this.now)
  }
}

describe('the relay of a browser’s leg', () => {
  afterEach(() => {
    for (const browser of browsers.splice(0)) browser.close()
  })

  it('carries sound both ways: renumbered as one stream to the browser, unchanged to the phone', async () => {
    const setting = await Setting.connected()
    const said = rtp({ sequence: 3, payloadType: 126, payload: [1, 10, 0, 160] })
    setting.browser.say(said)
    assert.deepEqual(setting.toPlain, [said])
    setting.plain(9)
    setting.plain(10)
    assert.deepEqual(
      setting.browser.heard.map(bytes => [read(bytes).ssrc, read(bytes).sequence]),
      [
        [7, 100],
        [7, 101],
      ],
    )
    assert.deepEqual(setting.browser.heard[0]?.subarray(12), rtp().subarray(12))
  })

  it('answers only the connectivity checks that know our password', async () => {
    const setting = await Setting.make()
    setting.agree()
    setting.browser.check({ ...credentials, password: 'another' })
    setting.browser.check({ ...credentials, ufrag: 'another' })
    assert.equal(setting.browser.answers.length, 0)
    setting.browser.check(credentials)
    assert.equal(setting.browser.answers.length, 1)
  })

  it('sends to the address that the browser nominated last', async () => {
    const setting = await Setting.connected()
    setting.source = elsewhere
    setting.browser.check(credentials, false)
    setting.plain(1)
    assert.equal(setting.targets.at(-1), 'browser 7000')
    setting.browser.check(credentials)
    setting.plain(2)
    assert.equal(setting.targets.at(-1), 'browser 8000')
  })

  it('sends no sound and no report to the address of a forged check (sound-where-it-is-wanted)', async () => {
    const setting = await Setting.connected()
    ;[setting.home, setting.source] = [there, elsewhere]
    for (let sent = 0; sent < 500; sent += 1) setting.browser.check(credentials)
    setting.browser.say(rtp())
    const before = setting.targets.length
    setting.plain(1)
    setting.now = 6000
    setting.relay.look(setting.now, at)
    assert.deepEqual(setting.targets.slice(before), ['browser 7000', 'browser 7000'])
    // Each check gets one answer, and only a few of them cause a check of ours.
    assert(setting.targets.filter(target => target === 'browser 8000').length <= 220)
    setting.home = undefined
    setting.browser.check(credentials)
    setting.plain(2)
    assert.equal(setting.targets.at(-1), 'browser 8000')
  })

  it('returns at once to an address that has answered before', async () => {
    const setting = await Setting.connected()
    setting.source = elsewhere
    setting.browser.check(credentials)
    ;[setting.home, setting.source] = [elsewhere, there]
    setting.browser.check(credentials)
    setting.plain(1)
    assert.equal(setting.targets.at(-1), 'browser 7000')
  })

  it('accepts the handshake as proof when a browser does not answer checks', async () => {
    const setting = await Setting.make()
    setting.agree()
    setting.browser.answersQuestions = false
    setting.browser.check(credentials)
    await setting.browser.connect()
    setting.plain(1)
    assert.equal(setting.browser.heard.length, 1)
  })

  it('sends no sound to an address whose checks have stopped while checks come from another one', async () => {
    const setting = await Setting.connected()
    setting.source = elsewhere
    setting.now = lostAfterMs
    setting.browser.check(credentials, false)
    setting.relay.look(setting.now, at)
    const before = setting.targets.length
    setting.plain(1)
    assert.equal(setting.targets.length, before)
    assert.deepEqual(setting.lost, [])
    setting.browser.check(credentials)
    setting.plain(2)
    assert.equal(setting.targets.at(-1), 'browser 8000')
  })

  it('sends no sound when a handshake ends at another address than it began', async () => {
    const setting = await Setting.make()
    setting.agree()
    setting.browser.answersQuestions = false
    setting.browser.check(credentials)
    setting.home = there
    setting.beforeItHears = ([first]) => {
      if (first !== serverHello || setting.source === elsewhere) return
      setting.source = elsewhere
      setting.browser.check(credentials)
    }
    void setting.browser.connect()
    // The last flight is sent: our side has the keys.
    while (!setting.sent.some(([first]) => first === changeCipherSpec)) await new Promise(resolve => setImmediate(resolve))
    const before = setting.targets.length
    setting.plain(1)
    assert.equal(setting.targets.length, before)
  })

  it('repeats its handshake flight only a few times to an address that has not answered', async () => {
    const setting = await Setting.make()
    setting.agree()
    setting.browser.answersQuestions = false
    setting.browser.check(credentials)
    const hello = new StepClient().hello()
    for (let second = 1; second < 15; second += 1) {
      setting.now = second * 1000
      setting.relay.fromBrowser(hello, there, setting.now)
      setting.relay.look(setting.now, at)
    }
    assert.deepEqual([setting.sent.filter(([first]) => first === serverHello).length, setting.lost], [mostUnprovenFlights, []])
  })

  it('answers no handshake from an address that passed no check', async () => {
    const setting = await Setting.make()
    setting.agree()
    void setting.browser.connect()
    assert.deepEqual(setting.targets, [])
  })

  it('sends nothing to a side that holds', async () => {
    const setting = await Setting.connected()
    setting.agree({ browserHears: false, plain: { ...phones, hears: false } })
    setting.browser.say(rtp())
    setting.plain(1)
    assert.deepEqual([setting.toPlain, setting.browser.heard], [[], []])
    setting.agree()
    setting.browser.say(rtp({ sequence: 2 }))
    setting.plain(2)
    assert.deepEqual([setting.toPlain.length, setting.browser.heard.length], [1, 1])
  })

  it('plays music to the held phone, resumes it at the next hold, and passes keys through', async () => {
    const setting = await Setting.connected()
    const music = { id: 'hold' as PromptId, sound: sound(...[1, 2, 3].flatMap(byte => new Array<number>(160).fill(byte))) }
    const hold = { voices: [9, 0], codec: 'pcmu', payloadType: 0 } as const
    const held = { browserHears: false, plain: { ...phones, hears: true }, hold }
    const heard = (): unknown[] => setting.toPlain.map(bytes => [read(bytes).payloadType, read(bytes).sequence, bytes.at(-1)])
    setting.agree(held, music)
    setting.browser.say(rtp({ sequence: 1, payloadType: 9 }))
    setting.browser.say(rtp({ sequence: 2, payloadType: 126, payload: [1, 10, 0, 160] }))
    setting.agree()
    setting.browser.say(rtp({ sequence: 3, payloadType: 9 }))
    setting.agree(held, music)
    setting.browser.say(rtp({ sequence: 4 }))
    assert.deepEqual(heard(), [
      [0, 1, 1],
      [126, 2, 160],
      [9, 3, 0xff],
      [0, 4, 2],
    ])
    setting.agree(held)
    setting.browser.say(rtp({ sequence: 5 }))
    assert.deepEqual(heard().at(-1), [0, 5, 0xff])
  })

  it('follows the phone to the address of its packets, and ignores a stranger who comes later', async () => {
    const setting = await Setting.connected()
    for (let packet = 1; packet <= 25; packet += 1) setting.plain(packet, elsewhere)
    setting.plain(26, there)
    setting.browser.say(rtp())
    assert.equal(setting.browser.heard.length, 1)
    assert.equal(setting.targets.at(-1), 'plain 8000')
  })

  it('gives a phone behind NAT its sound back from a stranger who was faster, by the phone’s signalling address', async () => {
    const setting = await Setting.connected()
    const nat = { address: '198.51.100.7', port: 40_000 }
    setting.agree({ plain: { rtp: { address: '192.168.7.7', port: 9000 }, rtcp: { address: '192.168.7.7', port: 9001 }, hears: true, vouched: { rtp: { known: false, signaling: nat.address }, rtcp: { known: false, signaling: nat.address } } } }) // prettier-ignore
    const report = writeRtcp({ ssrc: 9, cname: 'spy', sent: undefined, block: undefined, bye: false })
    for (let packet = 1; packet <= 30; packet += 1) {
      setting.plain(packet, elsewhere, 9)
      setting.relay.fromPlain(report, { ...elsewhere, port: 8001 }, setting.now)
      // Neither its reports nor its sound give a stranger the right to the stream.
      setting.plain(packet, { ...elsewhere, port: 8002 }, 9)
    }
    setting.plain(1, nat)
    setting.browser.say(rtp())
    assert.equal(setting.targets.at(-1), 'plain 40000')
    const heard = setting.browser.heard.length
    setting.plain(31, elsewhere, 9)
    assert.equal(setting.browser.heard.length, heard)
  })

  it('sends no sound to a stranger while reports come from the phone’s own address', async () => {
    const setting = await Setting.connected()
    const report = writeRtcp({ ssrc: 1, cname: 'phone', sent: undefined, block: undefined, bye: false })
    setting.relay.fromPlain(report, phones.rtcp, setting.now)
    for (let packet = 1; packet <= 30; packet += 1) setting.plain(packet, elsewhere)
    setting.browser.say(rtp())
    assert.deepEqual([setting.targets.at(-1), setting.browser.heard.length], ['plain 4000', 0])
  })

  it('stops sound to an address that sends nothing, reports it once, and continues at its first packet (sound-where-it-is-wanted)', async () => {
    const setting = await Setting.connected()
    const stranger = { address: '192.0.2.10', port: 5000 }
    const plain = { rtp: stranger, rtcp: stranger, hears: true, vouched: { rtp: { known: false }, rtcp: { known: false } } }
    setting.agree({ plain })
    const says = (sequence: number, now: number): number => {
      setting.now = now
      setting.browser.say(rtp({ sequence }))
      return setting.toPlain.length
    }
    assert.deepEqual([says(1, 4_999), says(2, 5_000), says(3, 6_000)], [1, 1, 1])
    assert.deepEqual(setting.muted, [5000])
    setting.plain(1, stranger)
    assert.deepEqual([says(4, 6_020), says(5, 100_000)], [2, 3])
    // A new address has its own 5 s. A hold with c=0.0.0.0 names no address and changes nothing.
    setting.agree({ plain: { ...plain, rtp: { address: '0.0.0.0', port: 9 }, hears: false } })
    setting.agree({ plain })
    assert.equal(says(6, 200_000), 4)
    setting.agree({ plain: { ...plain, rtp: elsewhere, rtcp: elsewhere } })
    assert.deepEqual([says(7, 200_020), says(8, 206_000)], [5, 5])
    assert.deepEqual(setting.muted, [5000, 8000])
  })

  it('starts the rollover count at zero with new keys, as the browser does', async () => {
    const setting = await Setting.connected()
    // Crosses the 16-bit limit in steps that still count as one source.
    for (let sequence = 1; sequence < 70_000; sequence += 2000) {
      setting.now += 1000
      setting.plain(sequence % 65_536)
    }
    setting.agree({ fingerprint: { algorithm: 'sha-256', hash: 'another' } })
    const other = await FakeBrowser.make(bytes => setting.relay.fromBrowser(Buffer.from(bytes), setting.source, setting.now))
    browsers.push(other)
    setting.agree({ fingerprint: { algorithm: 'sha-256', hash: other.fingerprint }, theirs: { ufrag: other.ufrag, password: other.password } }) // prettier-ignore
    setting.answersAs(other)
    other.check(credentials)
    await other.connect()
    setting.plain(70_002 % 65_536)
    assert.deepEqual(
      other.heard.map(bytes => read(bytes).sequence),
      [100],
    )
  })

  it('sends reports to the browser, and a goodbye at the end', async () => {
    const setting = await Setting.connected()
    setting.browser.say(rtp({ ssrc: 77 }))
    setting.plain(1)
    setting.now = 6000
    setting.relay.look(setting.now, at)
    const [report = Buffer.alloc(0)] = setting.browser.reports
    assert.deepEqual([report.readUInt8(1), report.readUInt32BE(4), report.readUInt32BE(28)], [200, 7, 77])
    setting.relay.close(setting.now, at)
    assert.equal(setting.browser.reports.length, 2)
  })

  it('is lost, reported once, when the browser’s checks stop; checks keep it, also on hold', async () => {
    const setting = await Setting.connected()
    setting.now = lostAfterMs - 1
    setting.relay.look(setting.now, at)
    setting.browser.check(credentials)
    setting.now += lostAfterMs - 1
    setting.relay.look(setting.now, at)
    assert.deepEqual(setting.lost, [])
    setting.now += 1
    setting.relay.look(setting.now, at)
    setting.relay.look(setting.now, at)
    assert.deepEqual(setting.lost, ['the browser asks no more'])
  })

  it('is lost when no handshake comes', async () => {
    const setting = await Setting.make()
    setting.agree()
    setting.browser.check(credentials)
    setting.now = handshakeWithinMs
    setting.browser.check(credentials)
    setting.relay.look(setting.now, at)
    assert.deepEqual([setting.lost, setting.reasons], [['DTLS: no handshake'], ['noHandshake']])
  })

  it('is lost sooner when the browser sends no check, so that its ports are free for others', async () => {
    const setting = await Setting.make()
    setting.agree()
    setting.now = checkWithinMs
    setting.relay.look(setting.now, at)
    assert.deepEqual(setting.reasons, ['noCheck'])
  })

  it('is ended when the browser sends more packets than a handshake needs', async () => {
    const setting = await Setting.make()
    setting.agree()
    setting.browser.check(credentials)
    for (let sent = 0; sent < 9; sent += 1) setting.relay.fromBrowser(Buffer.from([0x16]), there, setting.now)
    assert.deepEqual(setting.reasons, ['wasteful'])
  })

  it('ignores packets beyond the rate of a browser, and ends when there are far more', async () => {
    const setting = await Setting.connected()
    const forged = Buffer.concat([rtp(), Buffer.alloc(10)])
    for (let sent = 0; sent < allowed.atOnce + wastefulAt; sent += 1) setting.relay.fromBrowser(forged, there, setting.now)
    setting.browser.say(rtp())
    assert.equal(setting.toPlain.length, 0)
    assert(setting.refused >= wastefulAt)
    setting.now += 1000
    setting.relay.look(setting.now, at)
    assert.deepEqual(setting.reasons, ['wasteful'])
  })

  it('is neither ended nor blocked by strangers, however much they send', async () => {
    const setting = await Setting.make()
    setting.agree()
    const forged = [Buffer.from([0x16]), Buffer.from([0, 1, 0, 0]), Buffer.concat([rtp(), Buffer.alloc(10)])]
    const flood = (): void => {
      for (let sent = 0; sent < wastefulAt; sent += 1)
        for (const bytes of forged) setting.relay.fromBrowser(bytes, elsewhere, setting.now)
    }
    flood()
    setting.browser.check(credentials)
    assert.equal(setting.browser.answers.length, 1)
    await setting.browser.connect()
    flood()
    setting.relay.look(1000, at)
    setting.browser.say(rtp())
    assert.deepEqual([setting.reasons, setting.toPlain.length], [[], 1])
  })

  it('is lost when the certificate differs from the fingerprint in the SDP', async () => {
    const setting = await Setting.make()
    setting.agree({ fingerprint: { algorithm: 'sha-256', hash: setting.browser.fingerprint.replace(/^../, 'ZZ') } })
    setting.browser.check(credentials)
    void setting.browser.connect()
    await setting.untilLost()
    assert.deepEqual(setting.lost, ['DTLS: another certificate than described'])
  })

  it('is lost when the peer has the right certificate without its key', async () => {
    const setting = await Setting.make({ key: makeCertificate(Date.now()).key })
    setting.agree()
    setting.browser.check(credentials)
    void setting.browser.connect()
    await setting.untilLost()
    assert.deepEqual(setting.lost, ['DTLS: a false proof of the certificate'])
    setting.browser.say(rtp())
    assert.deepEqual(setting.toPlain, [])
  })

  it('accepts new credentials after an ICE restart, and still answers the previous ones', async () => {
    const setting = await Setting.connected()
    const next = { ufrag: 'next', password: 'the-next-password-22-ch' }
    setting.agree({ credentials: next })
    setting.browser.check(next)
    setting.browser.check(credentials)
    assert.equal(setting.browser.answers.length, 3)
    setting.browser.say(rtp())
    assert.equal(setting.toPlain.length, 1)
  })
})
