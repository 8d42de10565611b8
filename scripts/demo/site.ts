import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Place } from './ports.js'

const sample = fileURLToPath(new URL('../../config', import.meta.url))
const spoken = fileURLToPath(new URL('../../data/speech', import.meta.url))

const server = z.object({
  sip: z.object({ listen: z.array(z.string()), outboundProxy: z.string() }),
  http: z.object({ listen: z.string() }),
})

/** A copy of the sample config in a folder of its own, so that calls and records of the demo leave nothing in the clone. */
export interface Site {
  readonly folder: string
  readonly config: string
  readonly http: string
  /** The address at which the sample expects the PBX. */
  readonly pbx: Place
  /** All addresses on which the server and the PBX listen. */
  readonly places: readonly Place[]
}

export async function copySample(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-demo-'))
  const config = join(folder, 'config')
  await cp(sample, config, { recursive: true })
  // Reuses the prompts that `npm run up` has spoken.
  await cp(spoken, join(folder, 'data', 'speech'), { recursive: true }).catch(() => undefined)
  const { sip, http } = server.parse(parse(await readFile(join(config, 'carillon.yaml'), 'utf8')))
  const pbx = placeOf(sip.outboundProxy)
  return { folder, config, http: http.listen, pbx, places: [...sip.listen, http.listen].map(placeOf).concat(pbx) }
}

/** The kernel chooses the server's ports. The PBX already has this port. */
export async function useFreePorts({ config }: Site, pbxPort: number): Promise<void> {
  const file = join(config, 'carillon.yaml')
  const text = await readFile(file, 'utf8')
  const changed = text
    .replace(/^( +listen: )\[.*\]$/m, '$1[udp://127.0.0.1:0, tcp://127.0.0.1:0, ws://127.0.0.1:0]')
    .replace(/^( +listen: http:\/\/127\.0\.0\.1):\d+$/m, '$1:0')
    .replace(/^( +outboundProxy: sip:127\.0\.0\.1):\d+$/m, `$1:${pbxPort}`)
  await writeFile(file, changed)
}

export async function forgetSite({ folder }: Site): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

function placeOf(address: string): Place {
  const [, scheme = '', host = '', port = ''] = /^(\w+):(?:\/\/)?(.*):(\d+)$/.exec(address) ?? []
  return { transport: scheme === 'udp' || scheme === 'sip' ? 'udp' : 'tcp', host, port: Number(port) }
}
