import { createSocket, type Socket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { eventually } from './eventually.js'

export interface Published {
  readonly status: number
  readonly etag: string
}

type Package = 'presence' | 'dialog'
const types: Readonly<Record<Package, string>> = { presence: 'application/pidf+xml', dialog: 'application/dialog-info+xml' }

/** A phone that only sends PUBLISH over UDP. */
export class Publisher {
  readonly #answers = new Map<string, string>()
  #count = 0

  private constructor(private readonly socket: Socket) {
    socket.on('message', bytes => {
      const text = bytes.toString('latin1')
      this.#answers.set(/^Call-ID: *(\S+)/im.exec(text)?.[1] ?? '', text)
    })
  }

  static async open(): Promise<Publisher> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Publisher(socket)
  }

  /** Publishes to `host:port` about an agent. `etag` names the publication that this one changes. An empty document refreshes it. */
  async publish(
    to: string,
    agent: string,
    event: Package,
    document: string,
    { expires = 60, etag = '' }: { readonly expires?: number; readonly etag?: string } = {},
  ): Promise<Published> {
    this.#count += 1
    const [id, { port }] = [`${randomBytes(6).toString('hex')}-${this.#count}`, this.socket.address()]
    const lines = [
      `PUBLISH ${agent} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${id};rport`,
      `From: <${agent}>;tag=${id}`,
      `To: <${agent}>`,
      `Call-ID: ${id}`,
      'CSeq: 1 PUBLISH',
      'Max-Forwards: 70',
      `Event: ${event}`,
      `Expires: ${expires}`,
      ...(etag === '' ? [] : [`SIP-If-Match: ${etag}`]),
      ...(document === '' ? [] : [`Content-Type: ${types[event]}`]),
      `Content-Length: ${Buffer.byteLength(document)}`,
    ]
    const { hostname, port: target } = new URL(`udp://${to}`)
    this.socket.send([...lines, '', document].join('\r\n'), Number(target), hostname)
    const answer = await eventually(`an answer to PUBLISH from ${to}`, () => this.#answers.get(id))
    return {
      status: Number(/^SIP\/2\.0 (\d+)/.exec(answer)?.[1] ?? 0),
      etag: /^SIP-ETag: *(\S+)/im.exec(answer)?.[1] ?? '',
    }
  }

  close(): void {
    this.socket.close()
  }
}

const xml = '<?xml version="1.0" encoding="UTF-8"?>'

/** A document of an available phone and its agent's activities. */
export const presenceOf = (agent: string, activity = ''): string => `${xml}
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="${agent}">
<tuple id="t1"><status><basic>open</basic></status><contact>${agent}</contact></tuple>
<dm:person id="p1">${activity === '' ? '' : `<rpid:activities><rpid:${activity}/></rpid:activities>`}</dm:person>
</presence>`

/** A document of one call of the agent, in that state. */
export const dialogOf = (agent: string, state: 'early' | 'confirmed' | 'terminated'): string => `${xml}
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" entity="${agent}">
<dialog id="d1" call-id="another-call" direction="recipient"><state>${state}</state></dialog>
</dialog-info>`
