import type { Body } from '../legs/body.js'
import type { OwnDescription } from './sdp.js'

/** Our descriptions of one session. The version in o= increases with each different one (RFC 3264 §8). */
export class Versions {
  #version: number
  #last: Body | undefined

  /** `id`: the session id in o=, as digits. `before`: the version of the last description before a restart. */
  constructor(
    private readonly id: string,
    before = 0,
  ) {
    this.#version = before + 1
  }

  /** The version of the last description. */
  get version(): number {
    return this.#version
  }

  next(write: (origin: OwnDescription['origin']) => Body): Body {
    const same = write({ id: this.id, version: this.#version })
    if (!this.#last || same.text === this.#last.text) return (this.#last = same)
    this.#version += 1
    return (this.#last = write({ id: this.id, version: this.#version }))
  }
}
