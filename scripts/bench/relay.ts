import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { seconds } from '../../src/foundation/time.js'
import type { Body } from '../../src/legs/body.js'
import { BuiltinMedia } from '../../src/media/builtin/builtin-media.js'
import { CallRecordings } from '../../src/media/recording/call-recordings.js'
import type { RelayReport } from './relay-peer.js'
import { Rtpengine } from './rtpengine.js'
import { usageOf } from './usage.js'

/** How the phones are connected: to each other, by our relay, by our relay that also records them, or by rtpengine. */
export type RelayWay = 'direct' | 'carillon' | 'recorded' | 'rtpengine'

export interface RelayFigures extends RelayReport {
  readonly way: RelayWay
  readonly calls: number
  /** CPU of the relay, in percent of a core. 0 without a relay. */
  readonly cpu: number
  /** Packets that should have come. */
  readonly expected: number
}

type Given = Pick<ConstructorParameters<typeof CallRecordings>[0], 'clock' | 'log' | 'random'>

interface Connected {
  /** Where each phone sends, in their order. */
  readonly targets: readonly number[]
  /** CPU time since its start, in ms. */
  readonly cpuMs: () => number
  readonly stop: () => Promise<void>
}

const settleMs = 2_000
const ngPort = 22_222

/** Connects this many pairs of phones on loopback, lets them talk for this many seconds, and measures. */
export async function measureRelay(way: RelayWay, calls: number, duration: number): Promise<RelayFigures> {
  const peer = fork(fileURLToPath(new URL('./relay-peer.ts', import.meta.url)), [String(calls * 2)])
  try {
    const { ports } = await next<{ ports: readonly number[] }>(peer)
    const connected = await connect(way, ports)
    peer.send({ talkTo: connected.targets })
    await wait(settleMs)
    peer.send({ reset: true })
    const [cpuBefore, begin] = [connected.cpuMs(), performance.now()]
    await wait(duration * 1_000)
    const took = performance.now() - begin
    const cpu = ((connected.cpuMs() - cpuBefore) * 100) / took
    peer.send({ report: true })
    const { report } = await next<{ report: RelayReport }>(peer)
    await connected.stop()
    return { ...report, way, calls, cpu, expected: Math.round((calls * 2 * 50 * took) / 1_000) }
  } finally {
    peer.kill()
  }
}

const connect = (way: RelayWay, ports: readonly number[]): Promise<Connected> =>
  way === 'direct'
    ? Promise.resolve(direct(ports))
    : way === 'rtpengine'
      ? byRtpengine(ports)
      : byCarillon(ports, way === 'recorded')

/** Phones 0 and 1 talk, 2 and 3, and so on. */
function direct(ports: readonly number[]): Connected {
  return { targets: ports.map((_, index) => ports[index ^ 1] ?? 0), cpuMs: () => 0, stop: () => Promise.resolve() }
}

const describe = (port: number): Body => ({
  type: 'application/sdp',
  text: `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`,
})

async function byCarillon(ports: readonly number[], isRecorded: boolean): Promise<Connected> {
  const given = { clock: systemClock, log: silentLog, random: randomBytes }
  const recordings = isRecorded ? await openRecordings(given) : undefined
  const media = new BuiltinMedia({
    place: { address: '127.0.0.1', ports: { first: 20_000, last: 29_999 } },
    ...{ sounds: { get: () => undefined }, vouch: () => ({ known: true }), lostAfter: seconds(30) },
    ...{ ...given, ...(recordings && { tapes: recordings.tapes }) },
  })
  await media.start()
  const targets: number[] = []
  for (let index = 0; index < ports.length; index += 2) {
    // Some ports are bound in advance, and the next ones need a moment.
    while (media.statistics().portsReady < 2) await wait(1)
    const anchor = media.anchor({ broke: () => undefined }, 'g711')
    const side = anchor.side()
    const toPartner = side?.offerToPartner(describe(ports[index] ?? 0))
    const toCaller = side?.answerFromPartner(describe(ports[index + 1] ?? 0))
    if (!side || !toPartner || !toCaller) throw new Error('no port is free')
    side.connect()
    if (recordings)
      anchor.record({ call: `${Date.now().toString(36)}-${index}`, workflow: 'bench', caller: 'sip:caller@example.com' })
    targets.push(portIn(toCaller), portIn(toPartner))
  }
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  }
  const stop = async (): Promise<void> => {
    await media.stop()
    await recordings?.stop()
  }
  return { targets, cpuMs, stop }
}

/** Recordings in a folder that is deleted at the end. */
async function openRecordings(given: Given): Promise<Pick<CallRecordings, 'tapes' | 'stop'>> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const recordings = new CallRecordings({
    ...{ ...given, folder },
    failed: call => {
      throw new Error(`the recording of ${call} failed`)
    },
  })
  recordings.keep({ quota: 2 ** 40, keep: 86_400_000, whenFull: 'stop' }, true)
  return {
    tapes: recordings.tapes,
    stop: async () => {
      await recordings.stop()
      if (recordings.statistics().piecesDropped > 0) throw new Error('the disk was too slow')
      await rm(folder, { recursive: true })
    },
  }
}

async function byRtpengine(ports: readonly number[]): Promise<Connected> {
  const engine = await Rtpengine.start(ngPort)
  const targets: number[] = []
  for (let index = 0; index < ports.length; index += 2) {
    const [caller, partner] = [describe(ports[index] ?? 0), describe(ports[index + 1] ?? 0)]
    targets.push(...(await engine.call(`call-${index}`, caller.text, partner.text)))
  }
  return { targets, cpuMs: () => usageOf(engine.pid).cpuMs, stop: () => engine.stop() }
}

const portIn = ({ text }: Body): number => Number(/m=audio (\d+)/.exec(text)?.[1])

async function next<T>(peer: ChildProcess): Promise<T> {
  const [message] = (await once(peer, 'message')) as [T]
  return message
}
