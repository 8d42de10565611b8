import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/**
 * Stands between the server and its PBX, so that the time of each NOTIFY to the server is known: it puts its own address into the Contact of
 * SUBSCRIBEs. Responses to NOTIFYs go to the PBX directly, by their Via.
 */
export class Tap {
  /** Called when a NOTIFY that contains this text was forwarded. */
  #awaited: { readonly text: string; readonly passed: (at: number) => void } | undefined
  /** The server's address: the source of its SUBSCRIBEs. */
  #server = 0

  private constructor(
    private readonly socket: Socket,
    private readonly pbx: number,
  ) {
    socket.on('message', (bytes, { port }) => this.#pass(bytes.toString('latin1'), port))
  }

  static async open(pbx: number): Promise<Tap> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4_194_304 })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Tap(socket, pbx)
  }

  get port(): number {
    return this.socket.address().port
  }

  /** Resolves with the time when the next NOTIFY with this text is forwarded to the server. `then` runs right after it. */
  passed(text: string, then: () => void = () => undefined): Promise<number> {
    return new Promise(resolve => {
      const passed = (at: number): void => {
        then()
        resolve(at)
      }
      this.#awaited = { text, passed }
    })
  }

  close(): void {
    this.socket.close()
  }

  #pass(text: string, from: number): void {
    if (from !== this.pbx) {
      this.#server = from
      const mine = text.replace(/^(Contact: *<sip:[^@>]*?)127\.0\.0\.1:\d+/m, `$1127.0.0.1:${this.port}`)
      return this.socket.send(Buffer.from(mine, 'latin1'), this.pbx, '127.0.0.1')
    }
    const at = performance.now()
    this.socket.send(Buffer.from(text, 'latin1'), this.#server, '127.0.0.1')
    const awaited = this.#awaited
    if (!awaited || !text.startsWith('NOTIFY') || !text.includes(awaited.text)) return
    this.#awaited = undefined
    awaited.passed(at)
  }
}
