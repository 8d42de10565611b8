import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../../../test/wire/harness/eventually.js'
import { freePort, holdsPort } from '../../../test/wire/harness/ports.js'

/** What Carillon is compared with. */
export const peerNames = ['floor', 'kamailio'] as const
export type PeerName = (typeof peerNames)[number]

export interface Peer {
  readonly port: number
  /** All its processes. */
  pids(): Promise<readonly number[]>
  kill(): Promise<void>
}

/** Starts it between callers and the agents' phones at `agentPort`. */
export async function startPeer(name: PeerName, folder: string, agentPort: number): Promise<Peer> {
  const port = await freePort('127.0.0.1')
  const child = name === 'floor' ? startFloor(port, agentPort) : await startKamailio(join(folder, 'kamailio'), port, agentPort)
  const pid = child.pid ?? 0
  await eventually(`${name} listens`, async () => {
    if (child.exitCode !== null) throw new Error(`${name} does not start`)
    return await holdsPort(pid, port)
  })
  return {
    port,
    pids: async () => [pid, ...(await childrenOf(pid))],
    kill: async () => {
      const over = once(child, 'exit')
      // Its workers must not outlive it.
      process.kill(-pid, 'SIGKILL')
      await over
    },
  }
}

function startFloor(port: number, agentPort: number): ChildProcess {
  const program = fileURLToPath(new URL('./floor.ts', import.meta.url))
  const args = ['--import', 'tsx', program, String(port), String(agentPort)]
  return spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'inherit'] })
}

async function startKamailio(folder: string, port: number, agentPort: number): Promise<ChildProcess> {
  await mkdir(join(folder, 'run'), { recursive: true })
  const template = await readFile(new URL('./kamailio.cfg', import.meta.url), 'utf8')
  const file = join(folder, 'kamailio.cfg')
  await writeFile(file, template.replaceAll('PORT_OF_AGENTS', String(agentPort)).replaceAll('PORT_OF_PROXY', String(port)))
  const args = ['-DD', '-E', '-f', file, '-w', folder, '-Y', join(folder, 'run'), '-m', '512', '-M', '16']
  return spawn('/usr/sbin/kamailio', args, { detached: true, stdio: 'ignore' })
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text
    .trim()
    .split(' ')
    .filter(each => each !== '')
    .map(Number)
}
