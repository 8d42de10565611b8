import { hash, timingSafeEqual } from 'node:crypto'
import type { InboundCall } from '../legs/answering.js'
import type { ExtraHeader } from '../legs/body.js'

const header = 'Carillon-Passed'
/** Of ours or of another server's: a call that passed so many workflows goes round in circles that nobody's mark tells. */
const mostPasses = 10
/** A call's own bytes, and a mark for each workflow, all in base64url. */
const shape = /^[\w-]{8,32}(?:\.[\w-]{8,32})+$/
const nonceBytes = 8
/** 72 of the 256 bits. The rest is never shown, so nobody can prolong a mark, and a keyed hash in one call is enough. */
const markText = 12

type Inbound = Pick<InboundCall, 'header'>

/**
 * Tells a call that comes back to a workflow which it has passed already, by way of an agent's contact, a forward target or the PBX: what we
 * send for it says in a header field of ours which workflows it has passed. The marks are keyed and differ from call to call, so they name
 * nothing, and nobody can make one. Other servers' marks, and ours of before a restart, are passed on and count as passes.
 */
export class Passes {
  readonly #key: string

  constructor(private readonly random: (size: number) => Uint8Array) {
    this.#key = Buffer.from(random(32)).toString('base64url')
  }

  /** The status by which a call that may not enter the workflow is refused: it goes round in circles, or may not be sent on at all. */
  refusal(inbound: Inbound, workflow: string): 440 | 482 | undefined {
    if (maxBreadthOf(inbound) === 0) return 440
    const [nonce, ...marks] = read(inbound)
    if (nonce === undefined) return undefined
    const own = Buffer.from(this.#mark(nonce, workflow))
    const isBack = marks.some(mark => mark.length === own.length && timingSafeEqual(Buffer.from(mark), own))
    return isBack || marks.length >= mostPasses ? 482 : undefined
  }

  /** For what is sent to agents and forward targets. A person's transfer begins without marks: where people send a call is no circle of ours. */
  onward(inbound: Inbound, workflow: string): ExtraHeader {
    const [nonce = Buffer.from(this.random(nonceBytes)).toString('base64url'), ...marks] = read(inbound)
    return [header, [nonce, ...marks, this.#mark(nonce, workflow)].join('.')]
  }

  #mark(nonce: string, workflow: string): string {
    return hash('sha256', `${this.#key}\n${nonce}\n${workflow}`, 'base64url').slice(0, markText)
  }
}

/** RFC 5393 §5.3.3: how many branches may be open at once for this call. Undefined: it does not say, or nothing that can be read. */
export function maxBreadthOf(inbound: Inbound): number | undefined {
  const text = inbound.header('Max-Breadth')[0]?.trim() ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function read(inbound: Inbound): readonly string[] {
  const text = inbound.header(header)[0]?.trim() ?? ''
  return shape.test(text) ? text.split('.') : []
}
