import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

type Bencoded = string | { readonly [key: string]: Bencoded }

/** Debian's rtpengine in userspace, spoken to by its ng protocol. */
export class Rtpengine {
  #cookie = 0

  private constructor(
    private readonly child: ChildProcess,
    private readonly socket: Socket,
    private readonly port: number,
  ) {}

  static async start(port: number): Promise<Rtpengine> {
    const options = ['--foreground', '--table=-1', '--interface=127.0.0.1', `--listen-ng=127.0.0.1:${port}`]
    const more = ['--port-min=40000', '--port-max=49999', '--log-level=3', '--log-stderr', '--no-fallback', '--num-threads=2']
    const child = spawn('rtpengine', [...options, ...more], { stdio: 'ignore' })
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const engine = new Rtpengine(child, socket, port)
    for (;;) {
      const pong = engine.#ask({ command: 'ping' })
      if (await Promise.race([pong.then(() => true), wait(200, false)])) return engine
      if (child.exitCode !== null) throw new Error('rtpengine does not start')
    }
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Relays between two phones. Returns the port for each. */
  async call(id: string, caller: string, partner: string): Promise<readonly [number, number]> {
    const toPartner = await this.#ask({ command: 'offer', 'call-id': id, 'from-tag': 'a', sdp: caller })
    const toCaller = await this.#ask({ command: 'answer', 'call-id': id, 'from-tag': 'a', 'to-tag': 'b', sdp: partner })
    return [portIn(toCaller), portIn(toPartner)]
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit')
    this.child.kill()
    this.socket.close()
    await ended
  }

  async #ask(what: Bencoded): Promise<string> {
    const cookie = `c${(this.#cookie += 1)}`
    const answered = new Promise<string>(resolve => {
      const hear = (bytes: Buffer): void => {
        const text = bytes.toString('latin1')
        if (!text.startsWith(`${cookie} `)) return
        this.socket.off('message', hear)
        resolve(text)
      }
      this.socket.on('message', hear)
    })
    this.socket.send(`${cookie} ${bencode(what)}`, this.port, '127.0.0.1')
    return answered
  }
}

const portIn = (sdp: string): number => Number(/m=audio (\d+)/.exec(sdp)?.[1])

function bencode(value: Bencoded): string {
  if (typeof value === 'string') return `${Buffer.byteLength(value)}:${value}`
  const keys = Object.keys(value).sort()
  return `d${keys.map(key => `${bencode(key)}${bencode(value[key] ?? '')}`).join('')}e`
}
