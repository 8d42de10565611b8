import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { messageOf } from '../../src/foundation/errors.js'
import { CannotStart } from './stop.js'

/** An address that the demo needs. */
export interface Place {
  readonly transport: 'udp' | 'tcp'
  readonly host: string
  readonly port: number
}

/** Throws with the remedy if another program uses one of the addresses. `http`: the address of the sample's HTTP API. */
export async function assureFree(places: readonly Place[], http: string): Promise<void> {
  for (const place of places) {
    const fault = await triedOut(place)
    if (fault === undefined) continue
    const { transport, host, port } = place
    if (await isCarillon(http))
      throw new CannotStart(
        `A Carillon server already runs at ${http}: another demo, or 'npm run up'. End it with Ctrl-C in its terminal, or use:\n  npm run demo -- --free-ports`,
      )
    const finder = transport === 'udp' ? `ss -lunp 'sport = :${port}'` : `ss -ltnp 'sport = :${port}'`
    throw new CannotStart(
      `The demo needs ${transport} port ${port} of ${host}, and another program uses it (${fault}).\nFind the program with: ${finder}\nEnd it, or use: npm run demo -- --free-ports`,
    )
  }
}

async function triedOut({ transport, host, port }: Place): Promise<string | undefined> {
  try {
    await (transport === 'udp' ? bindUdp(host, port) : bindTcp(host, port))
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function bindUdp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.on('error', reject)
    socket.bind(port, host, () => socket.close(() => resolve()))
  })
}

function bindTcp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(port, host, () => server.close(() => resolve()))
  })
}

async function isCarillon(http: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/metrics', http), { signal: AbortSignal.timeout(2_000) })
    return (await response.text()).includes('carillon_')
  } catch {
    // Nobody answers HTTP there, so it is not a Carillon.
    return false
  }
}
