import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/foundation/clock.js'
import { seconds } from '../../src/foundation/time.js'
import { silentLog } from '../../src/foundation/log.js'
import { BuiltinMedia } from '../../src/media/builtin/builtin-media.js'
import type { StreamListener } from '../../src/media/port.js'
import type { PromptId } from '../../src/routing/world/ids.js'
import type { PeerReport } from './streams-peer.js'

export interface StreamsSetup {
  readonly streams: number
  /** The duration of each measurement, after the streams have settled. */
  readonly seconds: number
  /** Whether the callers send 50 packets a second each. */
  readonly talking: boolean
}

const deaf: StreamListener = { finished: () => undefined, digit: () => undefined, lost: () => undefined }
const ports = { first: 20_000, last: 29_999 }
const settleMs = 1500
const music = 'music' as PromptId

/** Plays music to this many callers on loopback with the built-in engine. Prints lines with their jitter and the CPU time. */
export async function measureStreams({ streams, seconds, talking }: StreamsSetup): Promise<readonly string[]> {
  const peer = fork(fileURLToPath(new URL('./streams-peer.ts', import.meta.url)), [String(streams), talking ? '1' : '0'])
  const media = newMedia()
  try {
    const { ports: theirs } = await next<{ ports: number[] }>(peer)
    await media.start()
    const ours: number[] = []
    for (const port of theirs) ours.push(await open(media, port))
    peer.send({ talkTo: ours })
    await wait(settleMs)
    peer.send({ reset: true })
    const before = { cpu: process.cpuUsage(), at: performance.now(), ...media.statistics() }
    await wait(seconds * 1000)
    const cpu = process.cpuUsage(before.cpu)
    const tookMs = performance.now() - before.at
    const after = media.statistics()
    peer.send({ report: true })
    const { report } = await next<{ report: PeerReport }>(peer)
    return [
      `${streams} streams of music${talking ? ', callers talking' : ''}, ${seconds} s: ${percent((cpu.user + cpu.system) / 1000 / tookMs)} of a core, ${percent(cpu.system / 1000 / tookMs)} in the kernel`,
      `  sent ${Math.round(((after.packetsSent - before.packetsSent) * 1000) / tookMs)}/s, ` +
        `received ${Math.round(((after.packetsReceived - before.packetsReceived) * 1000) / tookMs)}/s, ` +
        `dropped ${after.packetsDropped - before.packetsDropped}, late ticks ${after.lateTicks - before.lateTicks}`,
      `  callers heard ${report.packets} packets; jitter median ${report.medianJitterMs.toFixed(2)} ms, ` +
        `worst ${report.worstJitterMs.toFixed(2)} ms; longest gap ${report.longestGapMs.toFixed(0)} ms`,
    ]
  } finally {
    await media.stop()
    peer.kill()
  }
}

function newMedia(): BuiltinMedia {
  const sound = new Uint8Array(new SharedArrayBuffer(80_000)).fill(0x55)
  const sounds = { get: () => ({ pcmu: sound, pcma: sound }) }
  const given = { clock: systemClock, log: silentLog, random: randomBytes }
  return new BuiltinMedia({
    place: { address: '127.0.0.1', ports },
    sounds,
    vouch: () => ({ known: true }),
    lostAfter: seconds(30),
    ...given,
  })
}

/** Our port. Waits if no pair is bound in advance. */
async function open(media: BuiltinMedia, port: number): Promise<number> {
  const text = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`
  for (;;) {
    const opened = media.open({ type: 'application/sdp', text }, deaf)
    if (opened.kind === 'opened') {
      opened.stream.loop(music)
      return Number(/m=audio (\d+)/.exec(opened.body.text)?.[1])
    }
    await wait(1)
  }
}

async function next<T>(peer: ChildProcess): Promise<T> {
  const [message] = (await once(peer, 'message')) as [T]
  return message
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
