import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import { DrachtioServer } from './drachtio-server/server.js'

/** As in contract/drachtio-server: the real server on this machine, by its port for applications and its secret. */
const [, realPort, realSecret = ''] = /^(\d+),(\w+),\d+$/.exec(process.env['DRACHTIO_SERVER'] ?? '') ?? []

/** Carillon's signaling behind a stand-in for a drachtio-server, or behind the one that DRACHTIO_SERVER names. */
export interface BehindDrachtio {
  readonly signaling: EmbeddedSignaling
  stop(): Promise<void>
}

export async function behindDrachtio(): Promise<BehindDrachtio> {
  const standIn = realPort === undefined ? new DrachtioServer() : undefined
  await standIn?.start()
  const { port, secret } = standIn ?? { port: Number(realPort), secret: realSecret }
  const signaling = new EmbeddedSignaling({
    sip: { listen: [], drachtio: [{ host: '127.0.0.1', port, secret }], trustedPeers: ['127.0.0.1'] },
    ...{ clock: systemClock, log: silentLog, random: randomBytes },
  })
  const stop = async (): Promise<void> => {
    await signaling.stop()
    await standIn?.stop()
  }
  return { signaling, stop }
}
