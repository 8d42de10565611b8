import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { SipText, written } from '../soak/message.js'
import { hubAddress } from '../cluster/namespaces.js'

interface Leg {
  readonly callId: string
  /** When it began to ring or to talk. */
  since: number
  /** The next node may not know it. */
  isUnknown: boolean
  readonly ends: NodeJS.Timeout[]
  phase: 'rings' | 'talks'
}

/** In ms. */
const [ringsFor, longestTalk, crossing, resend] = [500, 15_000, 1_500, 500]
/** In ms: what began later before a fault may not be stored (docs/decisions/016). Twice as long, because the machine is busy. */
const unwritten = 600

/**
 * The phones of all agents, on one port. Each answers after half a second. They notice when an agent is rung beside another call of theirs,
 * which two nodes that lead at the same time would do.
 */
export class AgentPhones {
  readonly wrongs: string[] = []
  rung = 0
  #faultAt = 0
  #settledAt = 0
  /** The beginning of the Call-IDs of each process that rang a phone, in order. */
  readonly #processes: string[] = []
  readonly #legs = new Map<string, Map<string, Leg>>()

  private constructor(private readonly socket: Socket) {
    socket.on('message', (bytes, { address, port }) =>
      this.#came(new SipText(bytes.toString('latin1')), text => this.socket.send(text, port, address)),
    )
    socket.on('error', error => this.wrongs.push(`the phones' socket: ${error.message}`))
  }

  static async open(): Promise<AgentPhones> {
    const socket = createSocket('udp4')
    socket.bind(0, hubAddress)
    await once(socket, 'listening')
    return new AgentPhones(socket)
  }

  get port(): number {
    return this.socket.address().port
  }

  /** A fault begins: what has just begun, or begins before somebody leads again, may be unknown to the next node. */
  fault(): void {
    this.#faultAt = performance.now()
    this.#settledAt = Infinity
  }

  /** A node serves that knows all calls which begin from now on. */
  settled(): void {
    this.#settledAt = performance.now()
    for (const legs of this.#legs.values()) for (const leg of legs.values()) if (this.#mayBeUnknown(leg)) leg.isUnknown = true
  }

  close(): void {
    for (const timer of this.#repeating.values()) clearTimeout(timer)
    for (const legs of this.#legs.values()) for (const leg of legs.values()) for (const timer of leg.ends) clearTimeout(timer)
    this.socket.close()
  }

  #at(agent: string): Map<string, Leg> {
    const legs = this.#legs.get(agent) ?? new Map<string, Leg>()
    this.#legs.set(agent, legs)
    return legs
  }

  #came(request: SipText, send: (text: string) => void): void {
    const { method, callId } = request
    if (request.status > 0) return
    if (method === 'ACK') return this.#acknowledged(callId)
    const answer = (status: number, body = ''): void => send(this.#answer(request, status, body))
    if (method === 'INVITE' && !request.isWithin) return this.#invited(request, answer)
    if (method === 'CANCEL') answer(200)
    else answer(200, method === 'INVITE' ? description : '')
    if (method === 'BYE') this.#over(callId)
    if (method === 'CANCEL') this.#cancelled(callId)
  }

  #invited(request: SipText, answer: (status: number, body?: string) => void): void {
    const { callId, user } = request
    const legs = this.#at(user)
    if (legs.has(callId)) return
    this.rung += 1
    this.#rungBy(callId.slice(0, callId.indexOf('.')), user)
    const others = [...legs.values()].filter(other => !other.isUnknown && !this.#mayBeUnknown(other))
    const leg: Leg = { callId, since: performance.now(), isUnknown: false, phase: 'rings', ends: [] }
    legs.set(callId, leg)
    this.#cancels.set(callId, () => answer(487))
    // The CANCEL or BYE of the other leg may be on its way.
    for (const other of others)
      leg.ends.push(
        setTimeout(() => {
          if (legs.get(other.callId) === other && legs.get(callId) === leg)
            this.wrongs.push(`${user} is rung by ${callId} beside ${other.callId}, which ${other.phase}`)
        }, crossing),
      )
    answer(180)
    leg.ends.push(setTimeout(() => this.#pickUp(leg, answer), ringsFor))
    leg.ends.push(setTimeout(() => this.#over(callId), longestTalk))
  }

  #mayBeUnknown({ since }: Leg): boolean {
    return since > this.#faultAt - unwritten && since < this.#settledAt
  }

  /** Two nodes lead at the same time if one rings a phone after the next one has rung one. */
  #rungBy(process: string, user: string): void {
    const known = this.#processes.indexOf(process)
    if (known < 0) this.#processes.push(process)
    else if (known < this.#processes.length - 1)
      this.wrongs.push(`${user} is rung by a node after the next one has rung somebody`)
  }

  readonly #cancels = new Map<string, () => void>()
  readonly #repeating = new Map<string, NodeJS.Timeout>()

  #pickUp(leg: Leg, answer: (status: number, body?: string) => void): void {
    leg.phase = 'talks'
    leg.since = performance.now()
    this.#cancels.delete(leg.callId)
    const again = (left: number): void => {
      answer(200, description)
      if (left > 0)
        this.#repeating.set(
          leg.callId,
          setTimeout(() => again(left - 1), resend),
        )
    }
    again(16)
  }

  #acknowledged(callId: string): void {
    clearTimeout(this.#repeating.get(callId))
    this.#repeating.delete(callId)
  }

  #cancelled(callId: string): void {
    const refuse = this.#cancels.get(callId)
    if (!refuse) return
    refuse()
    this.#over(callId)
  }

  #over(callId: string): void {
    this.#acknowledged(callId)
    this.#cancels.delete(callId)
    for (const legs of this.#legs.values()) {
      for (const timer of legs.get(callId)?.ends ?? []) clearTimeout(timer)
      legs.delete(callId)
    }
  }

  #answer(request: SipText, status: number, body: string): string {
    const to = request.field('To')
    const lines = [
      `SIP/2.0 ${status} Whatever`,
      ...request.all('Via').map(via => `Via: ${via}`),
      `From: ${request.field('From')}`,
      `To: ${request.isWithin || request.method === 'CANCEL' ? to : `${to};tag=agent`}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.field('CSeq')}`,
      `Contact: <sip:agent@${hubAddress}:${this.port}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
    ]
    return written(lines, body)
  }
}

const media = ['t=0 0', 'm=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', '']
const description = ['v=0', `o=agent 1 1 IN IP4 ${hubAddress}`, 's=-', `c=IN IP4 ${hubAddress}`, ...media].join('\r\n')
