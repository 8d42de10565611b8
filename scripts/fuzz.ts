/**
 * Measures the SIP reader, then fuzzes what strangers can reach with mutated datagrams: SIP, STUN, DTLS, SRTP, SRTCP, RTP, RTCP, and all of
 * them at a browser's leg. 2 million in all, in equal parts; some ten minutes.
 *
 *   npm run fuzz -- [--count N] [--seed N] [--only SIP,DTLS,…] [--from TURN]
 *
 * The same seed gives the same mutations; keys and nonces are new each time. A failure names its protocol and its turn;
 * `--only PROTOCOL --from TURN --count 32` plays it alone.
 */
import { parseArgs } from 'node:util'
import { buildResponse } from '../src/sip/message/build.js'
import { callId, contacts, cseq, from, to, topVia } from '../src/sip/message/fields.js'
import { parseMessage } from '../src/sip/message/parse.js'
import { serialize } from '../src/sip/message/serialize.js'
import { fuzz, type Fuzzed } from '../test/properties/media-fuzz.js'
import { mediaTargets } from '../test/properties/media-targets.js'
import { drawsOf, mutation } from '../test/properties/sip-mutations.js'
import { readAll, tortureMessages } from '../test/properties/sip-reading.js'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
})
const [count, seed, first] = [Number(values.count), Number(values.seed), Number(values.from)]
const only = values.only?.split(',')
/** A message that takes longer than this to read points to a reader whose cost grows faster than its text. In ms. */
const patience = 200

const sdp = [
  'v=0',
  'o=- 20518 0 IN IP4 203.0.113.1',
  's=-',
  'c=IN IP4 203.0.113.1',
  't=0 0',
  'm=audio 54400 RTP/AVP 0 8 101',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  '',
].join('\r\n')

/** An INVITE as a PBX sends it, 697 bytes. */
const invite = Buffer.from(
  [
    'INVITE sip:+14255550100@carillon.example.com:5060 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---8a3b2c1d;rport',
    'Max-Forwards: 70',
    'From: "Alice Example" <sip:alice@pbx.example.com>;tag=8f3a21bc',
    'To: <sip:+14255550100@carillon.example.com>',
    'Call-ID: 843817637684230998sdasdh09@192.0.2.10',
    'CSeq: 1 INVITE',
    'Contact: <sip:alice@192.0.2.10:5060;transport=udp>',
    'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO',
    'Supported: replaces, timer',
    'User-Agent: PBX/1.0',
    'Content-Type: application/sdp',
    `Content-Length: ${sdp.length}`,
    '',
    sdp,
  ].join('\r\n'),
)

/** One protocol: plays `turns` turns starting at `first` and reports each. Throws at the first error. */
interface Part {
  readonly name: string
  readonly play: (turns: number, each: () => void) => Fuzzed
}

const sip: Part = {
  name: 'SIP',
  play(turns, each) {
    const messages = tortureMessages()
    let understood = 0
    for (let turn = first; turn < first + turns; turn += 1) {
      const bytes = mutation(messages, drawsOf(seed, turn))
      const began = performance.now()
      try {
        if (readAll(bytes, turn % 2 === 0 ? 'datagram' : 'stream').kind === 'message') understood += 1
        if (performance.now() - began > patience) checkPace(bytes)
      } catch (error) {
        throw new Error(`SIP, seed ${seed}, turn ${turn}: ${String(error)}\n${JSON.stringify(bytes.toString('latin1'))}`)
      }
      each()
    }
    return { understood, passed: turns - understood }
  },
}

const parts: readonly Part[] = [
  sip,
  ...mediaTargets.map((target): Part => ({
    name: target.name,
    play: (turns, each) => fuzz(target, seed, first, turns, each),
  })),
].filter(({ name }) => only?.includes(name) ?? true)

/** In MB: V8's heap, the buffers outside of it, and the process. */
function memory(): string {
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  return [heapUsed, external, rss].map(bytes => (bytes / 1_048_576).toFixed(1)).join(' / ')
}

/** The errors that were found. */
function fuzzAll(): number {
  let faults = 0
  console.log(`\nseed ${seed}; memory in MB: heap / external / resident`)
  for (const [index, { name, play }] of parts.entries()) {
    const turns = Math.floor(count / parts.length) + (index < count % parts.length ? 1 : 0)
    const began = performance.now()
    let [turn, early] = [0, '']
    const each = (): void => {
      turn += 1
      // After a fifth of the turns everything is warm. Growth from here on is a leak.
      if (turn === Math.ceil(turns / 5)) early = memory()
    }
    try {
      const { understood, passed } = play(turns, each)
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      const told = `${turns} datagrams in ${seconds} s, ${understood} understood, ${passed} refused or ignored`
      console.log(`${name.padEnd(6)} ${told}; memory after a fifth ${early}, at the end ${memory()}`)
    } catch (error) {
      faults += 1
      console.error(error instanceof Error ? error.message : error)
    }
  }
  console.log(`${count} datagrams over ${parts.map(({ name }) => name).join(', ')}: faults ${faults}`)
  return faults
}

/** Throws when it is slow each time. A single slow run may be the machine's fault. */
function checkPace(bytes: Buffer): void {
  const times = Array.from({ length: 3 }, () => {
    const began = performance.now()
    readAll(bytes)
    return performance.now() - began
  })
  if (Math.min(...times) > patience) throw new Error(`takes ${Math.round(Math.min(...times))} ms`)
}

/** CPU time in µs a turn, the best of several rounds. */
function cost(run: () => void): number {
  const turns = 50_000
  let best = Infinity
  for (let round = 0; round < 12; round += 1) {
    const before = process.cpuUsage()
    for (let turn = 0; turn < turns; turn += 1) run()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / turns)
  }
  return best
}

function measure(): void {
  const parsed = parseMessage(invite, 'datagram')
  if (parsed.kind !== 'message' || parsed.message.kind !== 'request') throw new Error('the sample INVITE cannot be read')
  const request = parsed.message
  const answer = () =>
    buildResponse(request, 200, {
      toTag: 'a6c85cf',
      headers: [['Contact', '<sip:192.0.2.1>']],
      contentType: 'application/sdp',
      body: sdp,
    })
  const response = answer()
  const rows: readonly (readonly [string, () => void])[] = [
    ['read an INVITE', () => parseMessage(invite, 'datagram')],
    ['read it, with its address fields', readAddressFields],
    ['build a 200', answer],
    ['write a 200', () => serialize(response)],
  ]
  for (const [what, run] of rows) {
    const micros = cost(run)
    console.log(`${what.padEnd(34)} ${micros.toFixed(2).padStart(6)} µs  ${Math.round(1_000_000 / micros)} a second`)
  }
}

/** The work of all layers for one INVITE. */
function readAddressFields(): void {
  const outcome = parseMessage(invite, 'datagram')
  if (outcome.kind !== 'message') return
  for (const read of [topVia, from, to, callId, cseq, contacts]) read(outcome.message.headers)
}

if (only === undefined) measure()
if (fuzzAll() > 0) process.exitCode = 1
