import { Dialog } from './dialog.js'
import { answering, audio, type SipText } from './message.js'
import type { Party, Peer } from './peer.js'

/** A caller's plan. */
export type Plan =
  | { readonly kind: 'talks'; readonly ms: number }
  /** Is answered with music, and hangs up this long after an agent has answered. */
  | { readonly kind: 'hears'; readonly ms: number }
  /** Puts the other side on hold for a while, and then continues like one who talks. */
  | { readonly kind: 'holds'; readonly ms: number }
  /** Waits for the other side to hang up. */
  | { readonly kind: 'listens' }
  /** Hangs up this many ms after the first ring. */
  | { readonly kind: 'leaves'; readonly after: number }
  /** Picks up the call of an agent's phone. */
  | { readonly kind: 'picksUp'; readonly ms: number; readonly fields: readonly string[] }

/** The result of a call, as its caller saw it. */
export interface Story {
  readonly callId: string
  readonly dialled: string
  readonly plan: Plan['kind']
  /** Wall clock, ms. */
  readonly at: number
  /** When the server's first response came. */
  heardAt?: number
  answeredAt?: number
  endedAt?: number
  /** `talked` (this side hung up), `hungUp` (the other side did), `left` (CANCEL), `refused STATUS`, `unanswered`. Absent: it is in progress. */
  outcome?: string
  /** The server's response to this side's BYE or CANCEL. 0: none. */
  farewell?: number
}

export interface CallerContext {
  readonly peer: Peer
  /** A port that accepts sound and ignores it. */
  readonly sink: number
  readonly ended: (story: Story) => void
}

/** Longer than any queue of the site keeps a call. */
const longestWait = 75_000
const longestTalk = 45_000
const holdMs = 200

/** One call to a workflow, from its INVITE to its end. It accepts all requests of the server. */
export class Caller implements Party {
  readonly story: Story
  readonly #dialog: Dialog
  #version = 1
  #timer: NodeJS.Timeout | undefined
  #hangsUp = false

  constructor(
    private readonly context: CallerContext,
    readonly dialled: string,
    private readonly plan: Plan,
    private readonly from: string,
  ) {
    this.#dialog = Dialog.to(context.peer, from, `sip:${dialled}@example.com`)
    this.story = { callId: this.#dialog.callId, dialled, plan: plan.kind, at: Date.now() }
  }

  get callId(): string {
    return this.#dialog.callId
  }

  /** Resolves when the call is answered (true) or over without an answer. */
  async begin(): Promise<boolean> {
    this.context.peer.parties.set(this.callId, this)
    this.#after(longestWait, () => this.#leave())
    const fields = this.plan.kind === 'picksUp' ? this.plan.fields : []
    const body = this.#description()
    const final = await this.#dialog.ask('INVITE', { fields, body, provisional: response => this.#provisional(response) })
    if (!final) this.#end('unanswered')
    else if (final.status >= 300) this.#end(this.story.farewell === undefined ? `refused ${final.status}` : 'left')
    else this.#answered()
    return final !== undefined && final.status < 300
  }

  /** Hangs up, unless somebody has answered. */
  loseHope(): void {
    if (this.story.answeredAt === undefined && this.story.outcome === undefined) this.#leave()
  }

  asked(request: SipText): void {
    const { peer } = this.context
    if (request.method === 'ACK') return
    if (request.method === 'BYE') {
      peer.reply(request, 200)
      return this.#end('hungUp')
    }
    if (request.method === 'INVITE' && this.plan.kind === 'hears') this.#after(this.plan.ms, () => void this.#hangUp())
    const offers = request.method === 'INVITE' || (request.method === 'UPDATE' && request.body !== '')
    peer.reply(request, 200, offers ? { body: this.#description(request.body) } : {})
  }

  #description(offer = ''): string {
    return audio(this.context.sink, answering(offer, 'recvonly'), this.#version++)
  }

  #provisional(response: SipText): void {
    const { plan } = this
    this.story.heardAt ??= Date.now()
    if (plan.kind !== 'leaves' || response.status < 180 || this.story.farewell !== undefined) return
    this.#after(plan.after, () => this.#leave())
  }

  #leave(): void {
    if (this.story.farewell !== undefined) return
    this.story.farewell = 0
    void this.#dialog.cancel().then(answer => {
      this.story.farewell = answer?.status ?? 0
      // A server that does not know the call never ends its INVITE.
      if (!answer || answer.status >= 300) this.#dialog.giveUp()
    })
  }

  #answered(): void {
    this.story.answeredAt = Date.now()
    this.story.heardAt ??= this.story.answeredAt
    const { plan } = this
    if (this.story.farewell !== undefined || plan.kind === 'leaves') return void this.#hangUp()
    if (plan.kind === 'holds') void this.#hold()
    const isLed = plan.kind === 'listens' || plan.kind === 'hears'
    this.#after(isLed ? longestTalk : plan.ms, () => void this.#hangUp())
  }

  async #hold(): Promise<void> {
    for (const direction of ['sendonly', 'sendrecv'] as const) {
      const body = audio(this.context.sink, direction, this.#version++)
      const answer = await this.#dialog.ask('INVITE', { body })
      // 491: a re-INVITE of the server was on its way.
      if (answer?.status !== 200) return
      await new Promise(resolve => setTimeout(resolve, holdMs))
      if (this.story.endedAt !== undefined) return
    }
  }

  async #hangUp(): Promise<void> {
    if (this.#hangsUp) return
    this.#hangsUp = true
    this.story.farewell = 0
    const answer = await this.#dialog.ask('BYE')
    this.story.farewell = answer?.status ?? 0
    this.#end('talked')
  }

  #after(ms: number, run: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(run, ms)
  }

  #end(outcome: string): void {
    if (this.story.outcome !== undefined) return
    clearTimeout(this.#timer)
    this.story.outcome = outcome
    this.story.endedAt = Date.now()
    this.context.peer.parties.delete(this.callId)
    this.context.ended(this.story)
  }
}
