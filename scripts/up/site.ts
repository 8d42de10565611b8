import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copySample, type Site } from '../demo/site.js'
import type { NamedServer } from './options.js'

/** The environment variable with the secret, so that the secret is in no file and in no process list. */
export const secretVariable = 'DRACHTIO_SECRET'

/** Where the server takes phones in browsers, as docs/operations/drachtio.md configures it. */
export const webSocketPort = 5062

/** A copy of the sample whose SIP a drachtio-server carries. */
export async function copyBehind({ host, port }: Omit<NamedServer, 'secret'>): Promise<Site> {
  const site = await copySample()
  const file = join(site.config, 'carillon.yaml')
  const text = await readFile(file, 'utf8')
  const server = `{ host: ${JSON.stringify(host)}, port: ${port}, secret: "\${${secretVariable}}" }`
  const webSocket = `{ url: "ws://${host.includes(':') ? `[${host}]` : host}:${webSocketPort}" }`
  const changed = text.replace(/^ {2}listen: \[udp:.*$/m, `  engine: drachtio\n  drachtio: ${server}\n  webSocket: ${webSocket}`)
  if (changed === text) throw new Error(`${file}: no sip.listen was found to replace`)
  await writeFile(file, changed)
  return site
}
