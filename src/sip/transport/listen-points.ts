import type { Clock } from '../../foundation/clock.js'
import { Routes } from './routes.js'
import type { ListenPoint, TransportPlace } from './transport.js'
import { addressTowards, type UdpPoint } from './udp.js'

/** Where we listen: first as the config says, then with the ports that were bound. */
export class ListenPoints {
  #bound: readonly ListenPoint[] = []
  /** By their number in the config. */
  #udp: (UdpPoint | undefined)[] = []
  #routes: Routes

  constructor(
    private readonly place: TransportPlace,
    private readonly clock: Clock,
  ) {
    this.#routes = this.#over(place.listen)
  }

  get bound(): readonly ListenPoint[] {
    return this.#bound
  }

  /** The listen point and address that lead to a host. */
  get routes(): Routes {
    return this.#routes
  }

  udp(index: number | undefined): UdpPoint | undefined {
    return index === undefined ? undefined : this.#udp[index]
  }

  /** In ms: the longest time that datagrams wait at one of the UDP listen points. Undefined: not known. */
  queueDelay(): number | undefined {
    let longest: number | undefined
    for (const point of this.#udp) {
      const delay = point?.queueDelay()
      if (delay !== undefined) longest = Math.max(longest ?? 0, delay)
    }
    return longest
  }

  add(bound: ListenPoint): void {
    this.#bound = [...this.#bound, bound]
  }

  addUdp(index: number, point: UdpPoint): void {
    this.#udp[index] = point
    this.add(point.bound)
  }

  /** All listen points are bound, so their real ports are known. */
  ready(): void {
    this.#routes = this.#over(this.#bound)
  }

  async close(): Promise<void> {
    const points = this.#udp
    this.#udp = []
    await Promise.all(points.flatMap(point => (point ? [point.close()] : [])))
  }

  #over(points: readonly ListenPoint[]): Routes {
    return new Routes(points, this.place.advertise, addressTowards, () => this.clock.monotonic())
  }
}
