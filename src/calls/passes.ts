import { hash, timingSafeEqual } from 'node:crypto'
import type { InboundCall } from '../legs/answering.js'
import type { ExtraHeader } from '../legs/body.js'

const header = 'Carillon-Passed'
/** The most workflows that a call may pass. More mean a loop that the marks did not show. */
const mostPasses = 10
/** The call's random bytes, and a mark for each workflow, all in base64url. */
const shape = /^[\w-]{8,32}(?:\.[\w-]{8,32})+$/
const nonceBytes = 8
/** 72 of the 256 bits. The rest is never shown, so nobody can extend the hashed text, and a hash with a key does not need HMAC. */
const markText = 12

type Inbound = Pick<InboundCall, 'header'>

/**
 * Recognises a call that returns to a workflow, through an agent's contact, a forward target or the PBX: our INVITEs for the call list the
 * workflows that it has passed, in a header field of ours. The marks are keyed and differ from call to call, so they reveal no names and
 * can't be forged. Marks of other servers, and ours from before a restart, are forwarded and count as passes.
 */
export class Passes {
  readonly #key: string

  constructor(private readonly random: (size: number) => Uint8Array) {
    this.#key = Buffer.from(random(32)).toString('base64url')
  }

  /** The status for a call that may not enter the workflow, because it loops or may not be forwarded at all. */
  refusal(inbound: Inbound, workflow: string): 440 | 482 | undefined {
    if (maxBreadthOf(inbound) === 0) return 440
    const [nonce, ...marks] = read(inbound)
    if (nonce === undefined) return undefined
    const own = Buffer.from(this.#mark(nonce, workflow))
    const isBack = marks.some(mark => mark.length === own.length && timingSafeEqual(Buffer.from(mark), own))
    return isBack || marks.length >= mostPasses ? 482 : undefined
  }

  /** For INVITEs to agents and forward targets. A transfer by a person has no marks, because only automatic forwarding loops. */
  onward(inbound: Inbound, workflow: string): ExtraHeader {
    const [nonce = Buffer.from(this.random(nonceBytes)).toString('base64url'), ...marks] = read(inbound)
    return [header, [nonce, ...marks, this.#mark(nonce, workflow)].join('.')]
  }

  #mark(nonce: string, workflow: string): string {
    return hash('sha256', `${this.#key}\n${nonce}\n${workflow}`, 'base64url').slice(0, markText)
  }
}

/** RFC 5393 §5.3.3: how many branches this call may have open. Undefined: absent or unreadable. */
export function maxBreadthOf(inbound: Inbound): number | undefined {
  const text = inbound.header('Max-Breadth')[0]?.trim() ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function read(inbound: Inbound): readonly string[] {
  const text = inbound.header(header)[0]?.trim() ?? ''
  return shape.test(text) ? text.split('.') : []
}
