import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/**
 * The phones of `relay.ts`, in a process of their own so that their work is not counted. Each socket sends 50 packets a second, and each packet
 * has the time at which it was sent. `delay` is therefore the time from one phone to the other, with the work of this process.
 */
export interface RelayReport {
  readonly packets: number
  readonly delayMedianMs: number
  readonly delayP99Ms: number
  /** The 99th percentile of the streams' interarrival jitter (RFC 3550 §6.4.1). */
  readonly jitterP99Ms: number
}

const payloadAt = 12
const packetSize = 172
/** The phones send in this many turns of 20 ms / turns, as the phones of real calls don't send at once. */
const turns = 10
const [phones = 0] = process.argv.slice(2).map(Number)
const sockets = Array.from({ length: phones }, () =>
  createSocket({ type: 'udp4', recvBufferSize: 1_048_576, lookup: (text, _options, found) => found(null, text, 4) }),
)
const streams = sockets.map(() => ({ jitter: 0, delay: undefined as number | undefined }))
let delays: number[] = []
let targets: readonly number[] = []

for (const [index, socket] of sockets.entries()) {
  socket.on('message', bytes => {
    if (bytes.length !== packetSize) return
    const delay = performance.now() - bytes.readDoubleBE(payloadAt)
    const stream = streams[index]
    if (stream?.delay !== undefined) stream.jitter += (Math.abs(delay - stream.delay) - stream.jitter) / 16
    if (stream) stream.delay = delay
    delays.push(delay)
  })
  const listening = once(socket, 'listening')
  socket.bind({ address: '127.0.0.1', port: 0 })
  await listening
}

process.send?.({ ports: sockets.map(socket => socket.address().port) })
process.on('message', (message: { talkTo?: number[]; reset?: true; report?: true }) => {
  if (message.talkTo) targets = message.talkTo
  if (message.reset) {
    delays = []
    for (const stream of streams) Object.assign(stream, { jitter: 0, delay: undefined })
  }
  if (message.report) process.send?.({ report: report() })
})
talk()

function talk(): void {
  const begin = performance.now()
  let turn = 0
  const next = (): void => {
    for (let index = turn % turns; index < targets.length; index += turns) send(index, Math.floor(turn / turns))
    turn += 1
    setTimeout(next, Math.max(0, begin + (turn * 20) / turns - performance.now()))
  }
  next()
}

function send(index: number, sequence: number): void {
  const packet = Buffer.alloc(packetSize, 0xff)
  packet.writeUInt16BE(0x8000, 0)
  packet.writeUInt16BE(sequence & 0xffff, 2)
  packet.writeUInt32BE((sequence * 160) >>> 0, 4)
  packet.writeUInt32BE(index + 1, 8)
  packet.writeDoubleBE(performance.now(), payloadAt)
  sockets[index]?.send(packet, targets[index] ?? 0, '127.0.0.1')
}

function report(): RelayReport {
  const sorted = Float64Array.from(delays).sort()
  const at = (values: ArrayLike<number>, share: number): number => values[Math.floor(values.length * share)] ?? 0
  const jitters = Float64Array.from(streams.map(({ jitter }) => jitter)).sort()
  return { packets: sorted.length, delayMedianMs: at(sorted, 0.5), delayP99Ms: at(sorted, 0.99), jitterP99Ms: at(jitters, 0.99) }
}
