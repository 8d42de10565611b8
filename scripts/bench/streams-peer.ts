import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/**
 * The callers of `streams.ts`, in a process of their own so that their work is not counted. Each has a socket, measures the received stream
 * as in RFC 3550 §6.4.1 and, when told to, sends 50 packets a second itself.
 */
export interface PeerReport {
  readonly packets: number
  /** Worst and median of the streams' interarrival jitter at the end, in milliseconds. */
  readonly worstJitterMs: number
  readonly medianJitterMs: number
  /** Longest time between two packets of one stream. */
  readonly longestGapMs: number
}

interface Measured {
  transit: number | undefined
  jitter: number
  last: number
  gap: number
}

const samplesPerMs = 8
const packetSize = 172
const [streams = 0, talking = 0] = process.argv.slice(2).map(Number)
const measured: Measured[] = []
const sockets = Array.from({ length: streams }, () =>
  createSocket({ type: 'udp4', lookup: (text, _options, found) => found(null, text, 4) }),
)
let packets = 0

for (const socket of sockets) {
  const stream: Measured = { transit: undefined, jitter: 0, last: 0, gap: 0 }
  measured.push(stream)
  socket.on('message', bytes => hear(stream, bytes))
  const listening = once(socket, 'listening')
  socket.bind({ address: '127.0.0.1', port: 0 })
  await listening
}
process.send?.({ ports: sockets.map(socket => socket.address().port) })
process.on('message', (message: { talkTo?: number[]; reset?: true; report?: true }) => {
  if (message.talkTo) talk(message.talkTo)
  if (message.reset) {
    packets = 0
    for (const stream of measured) Object.assign(stream, { transit: undefined, jitter: 0, last: 0, gap: 0 })
  }
  if (message.report) process.send?.({ report: report() })
})

function hear(stream: Measured, bytes: Buffer): void {
  // The kernel hands out ports in sequence, so RTCP for one stream arrives at the next one's socket.
  if (bytes.length !== packetSize) return
  const now = performance.now()
  const transit = (Math.round(now * samplesPerMs) - bytes.readUInt32BE(4)) | 0
  if (stream.transit !== undefined) {
    stream.jitter += (Math.abs((transit - stream.transit) | 0) / samplesPerMs - stream.jitter) / 16
    stream.gap = Math.max(stream.gap, now - stream.last)
  }
  stream.transit = transit
  stream.last = now
  packets += 1
}

function talk(ports: readonly number[]): void {
  if (talking === 0) return
  const packet = Buffer.alloc(packetSize, 0xff)
  packet.writeUInt16BE(0x8000, 0)
  let sequence = 0
  const begin = performance.now()
  const next = (): void => {
    packet.writeUInt16BE((sequence += 1) & 0xffff, 2)
    packet.writeUInt32BE(sequence * 160, 4)
    for (const [index, port] of ports.entries()) {
      packet.writeUInt32BE(index + 1, 8)
      sockets[index]?.send(Buffer.from(packet), port, '127.0.0.1')
    }
    setTimeout(next, Math.max(0, begin + (sequence + 1) * 20 - performance.now()))
  }
  next()
}

function report(): PeerReport {
  const jitters = measured.map(({ jitter }) => jitter).sort((a, b) => a - b)
  return {
    packets,
    worstJitterMs: jitters.at(-1) ?? 0,
    medianJitterMs: jitters[Math.floor(jitters.length / 2)] ?? 0,
    longestGapMs: Math.max(0, ...measured.map(({ gap }) => gap)),
  }
}
