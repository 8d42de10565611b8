import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'

/** A port that the kernel chose and that was free for UDP and TCP a moment ago. The caller must handle the case that it is taken meanwhile. */
export async function freePort(host: string): Promise<number> {
  for (;;) {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    const { port } = socket.address() satisfies AddressInfo
    const isFree = await isFreeForTcp(host, port)
    socket.close()
    await once(socket, 'close')
    if (isFree) return port
  }
}

/** A port that is free for UDP may be taken for TCP. */
async function isFreeForTcp(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false // Somebody listens or is connected there.
  }
}

/** Whether the process itself has a socket with this local port (Linux: /proc). */
export async function holdsPort(pid: number, port: number): Promise<boolean> {
  const held = await socketsOf(pid)
  if (held.size === 0) return false
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  for (const table of ['udp', 'udp6', 'tcp', 'tcp6']) {
    const lines = (await readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')).split('\n')
    for (const line of lines) {
      const columns = line.trim().split(/\s+/)
      if (columns[1]?.endsWith(ending) && held.has(columns[9] ?? '')) return true
    }
  }
  return false
}

/** Inodes of the process's open sockets. Empty if the process is gone. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`
  const entries = await readdir(folder).catch(() => [])
  const links = await Promise.all(entries.map(entry => readlink(`${folder}/${entry}`).catch(() => '')))
  return new Set(links.flatMap(link => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}
