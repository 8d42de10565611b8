import type { Clock } from '../../foundation/clock.js'
import { detached } from '../../foundation/detached.js'
import type { Log } from '../../foundation/log.js'
import { OnceAMinute } from '../../foundation/once-a-minute.js'
import type { ListenPoint } from '../transport/transport.js'
import type { Told } from './link.js'
import type { DrachtioServer } from './server.js'

/** For how many calls we remember the server. For other calls each server is asked. */
const mostRemembered = 50_000
/** The most commands that wait for one server. */
const mostOwed = 10_000

interface Owed {
  readonly text: string
  readonly told: Told
}

/** All drachtio-servers, and which of them has which call. */
export class Fleet {
  /** Servers by Call-ID. The oldest entries are dropped. */
  readonly #byCall = new Map<string, DrachtioServer>()
  readonly #owed = new Map<DrachtioServer, Owed[]>()
  readonly #warnings: OnceAMinute
  #turn = 0
  #servers: readonly DrachtioServer[] = []

  constructor(clock: Pick<Clock, 'monotonic'>, log: Log) {
    this.#warnings = new OnceAMinute(clock, log, 'commands for drachtio-servers that were dropped')
  }

  get servers(): readonly DrachtioServer[] {
    return this.#servers
  }

  hold(servers: readonly DrachtioServer[]): void {
    this.#servers = servers
  }

  server(index: number): DrachtioServer | undefined {
    return this.#servers[index]
  }

  /** The next connected server, in turn. */
  next(): DrachtioServer | undefined {
    for (let tried = 0; tried < this.#servers.length; tried += 1) {
      const server = this.#servers[this.#turn++ % this.#servers.length]
      if (server?.isUp === true) return server
    }
    return undefined
  }

  /** The server for a request outside dialogs: the one with this index, or the one at the address of our Contact, or the next in turn. */
  choose(index: number | undefined, contact: string | undefined): DrachtioServer | undefined {
    if (index !== undefined && this.#servers[index]?.isUp === true) return this.#servers[index]
    return this.#servers.find(server => server.isUp && contact !== undefined && isAt(server, contact)) ?? this.next()
  }

  /** The servers that may have the dialog, the most likely first. */
  ofDialog(callId: string): readonly DrachtioServer[] {
    const [only, ...others] = this.#servers
    if (!only || others.length === 0) return this.#servers
    const known = this.#byCall.get(callId)
    const rest = this.#servers.filter(server => server !== known && server.isUp)
    return known ? [known, ...rest] : rest
  }

  remember(callId: string, server: DrachtioServer): void {
    if (this.#servers.length < 2) return
    this.#byCall.set(detached(callId), server)
    if (this.#byCall.size <= mostRemembered) return
    for (const oldest of this.#byCall.keys()) return void this.#byCall.delete(oldest)
  }

  /**
   * Sends a command now or when the server is back. If the connection breaks before the server has answered, the command is sent again.
   * `told` gets the server's answer. The command is dropped if too many wait for the server.
   */
  owe(server: DrachtioServer, text: string, told: Told = () => undefined): void {
    if (server.isUp)
      return server.command(text, outcome => (outcome.unsent === 'lost' ? this.#keep(server, { text, told }) : told(outcome)))
    this.#keep(server, { text, told })
  }

  #keep(server: DrachtioServer, command: Owed): void {
    const owed = this.#owed.get(server) ?? []
    this.#owed.set(server, owed)
    if (owed.length < mostOwed) return void owed.push(command)
    this.#warnings.warn(
      server.name,
      () =>
        `over ${mostOwed} commands wait for drachtio-server ${server.name}; further ones are dropped, so it may keep calls that are over`,
      { event: 'sip.commandsDropped' },
    )
  }

  pay(server: DrachtioServer): void {
    const owed = this.#owed.get(server) ?? []
    this.#owed.delete(server)
    for (const { text, told } of owed) this.owe(server, text, told)
  }

  /** Whether the peer of a dialog with this Contact of ours can be asked: its server is connected, or any server if none has this address now. */
  canAsk(contact: string): boolean {
    const holder = this.#holderOf(contact)
    return holder ? holder.isUp : this.#servers.some(server => server.isUp)
  }

  /** Whether a dialog with this Contact of ours was at that server, or at an earlier one with other addresses. */
  wasAt(server: DrachtioServer, contact: string): boolean {
    return (this.#holderOf(contact) ?? server) === server
  }

  #holderOf(contact: string): DrachtioServer | undefined {
    const place = /^<?sips?:([^;>]+)/.exec(contact)?.[1] ?? ''
    return this.#servers.find(server => isAt(server, place))
  }
}

const isAt = ({ points }: DrachtioServer, place: string): boolean => points.some(point => placeOf(point) === place)

const placeOf = ({ host, port }: ListenPoint): string => `${host}:${port}`
