import type { Socket } from 'node:net'
import type { Server } from 'node:http'
import type { ConnectionSettings } from '../config/settings.js'
import { AddressList } from '../sip/index.js'
import { isLoopbackName } from './addresses.js'

/** Of one person or token: what goes beyond counts as strangers' do. Six connections a browser, in some five windows. */
const mostPerPerson = 32

export interface ConnectionStatistics {
  /** Open now, by whose they are: `known` has logged in, sends a token, is this machine or a proxy of ours. */
  readonly known: number
  readonly strangers: number
  /** Closed by us, by why. */
  readonly refused: ReadonlyMap<string, number>
}

/**
 * Whose connections stay. A connection is a stranger's until a request by it was authenticated. Strangers have a limit for each address
 * and one in all; when that is full, the stranger who has been there longest goes, so that who has a password can always come in.
 */
export class Connections {
  readonly #strangers = new Map<string, Socket>()
  readonly #ofAddress = new Map<string, number>()
  /** The person of each known connection; undefined: this machine or a proxy. */
  readonly #known = new Map<string, string | undefined>()
  readonly #ofPerson = new Map<string, number>()
  readonly #refused = new Map<string, number>([
    ['perAddress', 0],
    ['strangers', 0],
    ['most', 0],
  ])
  readonly #proxies: AddressList

  constructor(
    private readonly limits: ConnectionSettings,
    proxies: readonly string[],
  ) {
    this.#proxies = new AddressList(proxies)
  }

  get statistics(): ConnectionStatistics {
    return { known: this.#known.size, strangers: this.#strangers.size, refused: this.#refused }
  }

  guard(server: Server): void {
    server.on('connection', (socket: Socket) => this.#accept(socket))
  }

  /** A request by this connection was authenticated. */
  prove(socket: Socket, person: string): void {
    const key = keyOf(socket)
    if (!this.#strangers.has(key)) return
    const before = this.#ofPerson.get(person) ?? 0
    if (before >= mostPerPerson) return
    this.#forgetStranger(key, addressOf(socket))
    this.#known.set(key, person)
    this.#ofPerson.set(person, before + 1)
  }

  #accept(socket: Socket): void {
    const address = addressOf(socket)
    const key = keyOf(socket)
    // Gone again already.
    if (address === '') return void socket.destroy()
    const isOurs = isLoopbackName(address) || this.#isProxy(address)
    if (!isOurs && (this.#ofAddress.get(address) ?? 0) >= this.limits.perAddress) return this.#refuse('perAddress', socket)
    if (!isOurs && this.#strangers.size >= this.limits.strangers) this.#dropOldest('strangers')
    if (this.#known.size + this.#strangers.size >= this.limits.most && !this.#dropOldest('most'))
      return this.#refuse('most', socket)
    if (isOurs) this.#known.set(key, undefined)
    else {
      this.#strangers.set(key, socket)
      this.#ofAddress.set(address, (this.#ofAddress.get(address) ?? 0) + 1)
    }
    socket.once('close', () => this.#forget(key, address))
  }

  #refuse(why: string, socket: Socket): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + 1)
    socket.destroy()
  }

  /** False: there is none. */
  #dropOldest(why: string): boolean {
    for (const [key, socket] of this.#strangers) {
      this.#forgetStranger(key, addressOf(socket))
      this.#refuse(why, socket)
      return true
    }
    return false
  }

  #forget(key: string, address: string): void {
    this.#forgetStranger(key, address)
    const person = this.#known.get(key)
    if (this.#known.delete(key) && person !== undefined) lessOf(this.#ofPerson, person)
  }

  #forgetStranger(key: string, address: string): void {
    if (this.#strangers.delete(key)) lessOf(this.#ofAddress, address)
  }

  #isProxy(address: string): boolean {
    return this.#proxies.includes(address)
  }
}

/** Of TLS the same: its socket has the addresses of the one below. Kept by us, as a socket that is closed has no address any more. */
const keys = new WeakMap<Socket, string>()

function keyOf(socket: Socket): string {
  const known = keys.get(socket)
  if (known !== undefined) return known
  const key = `${addressOf(socket)} ${socket.remotePort ?? ''}`
  keys.set(socket, key)
  return key
}

const addresses = new WeakMap<Socket, string>()

/** IPv4 addresses as such, also on an IPv6 socket. */
function addressOf(socket: Socket): string {
  const known = addresses.get(socket)
  if (known !== undefined) return known
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
  addresses.set(socket, address)
  return address
}

function lessOf(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1
  if (left > 0) counts.set(key, left)
  else counts.delete(key)
}
