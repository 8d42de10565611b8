import type { PbxCall } from '../../test/fakes/pbx-documents.js'
import type { Chance } from './chance.js'
import { Caller, type Story } from './callers.js'
import { Dialog } from './dialog.js'
import { answering, audio, type SipText } from './message.js'
import { token, type Party, type Peer } from './peer.js'
import type { Watchers } from './watchers.js'

/** What phones do, by share. The other phones that answer wait for the caller to hang up. */
const habits = {
  answers: 520,
  hangsUp: 260,
  holds: 40,
  refers: 50,
  refersAttended: 30,
  isPickedUp: 20,
  busy: 30,
  declines: 25,
  noAnswer: 8,
  silent: 2,
} as const

type Habit = keyof typeof habits

export interface PhonesContext {
  readonly peer: Peer
  readonly watchers: Watchers
  readonly chance: Chance
  readonly sink: number
  /** For an agent who takes one call at a time. */
  readonly isSingle: (extension: string) => boolean
  /** Extensions to which calls are transferred. */
  readonly colleagues: readonly string[]
  readonly ended: (story: Story) => void
  /** Events within this many ms before a crash may not be stored. */
  readonly unwritten: number
}

/** An agent hangs up after this long, whatever the caller's plan is. */
const longestTalk = 6_000
/** Longer than any alert time. A phone that rings this long was left by a crash. */
const longestRing = 40_000

/** The phones of all agents behind one PBX, and the errors that they find. */
export class Phones {
  readonly counts: Record<string, number> = {}
  /** Violations that were seen here. */
  readonly wrongs: string[] = []
  /** 481 responses in legs that the server should know. Usually it had just ended them. */
  readonly unknown: string[] = []
  /** The most ms by which an offer's CANCEL came after the next INVITE. */
  latestCancel = 0
  readonly #legs = new Map<string, Set<Ring>>()
  /** Calls that an agent took over from a colleague: the Call-IDs of the legs, by extension. */
  readonly taken = new Map<string, string>()

  constructor(readonly context: PhonesContext) {
    context.peer.fresh = request => this.#fresh(request)
  }

  get legs(): number {
    return [...this.#legs.values()].reduce((sum, legs) => sum + legs.size, 0)
  }

  /** Of these legs, those that no crash has separated from the server. */
  get known(): number {
    return [...this.#legs.values()].reduce((sum, legs) => sum + [...legs].filter(leg => leg.isKnownToServer).length, 0)
  }

  at(extension: string): Set<Ring> {
    const legs = this.#legs.get(extension) ?? new Set<Ring>()
    this.#legs.set(extension, legs)
    return legs
  }

  /** The server is gone, and ringing phones continue alone. A killed server knows nothing of what had just begun. */
  left(wasKilled: boolean): void {
    const before = wasKilled ? Date.now() - this.context.unwritten : Infinity
    for (const legs of this.#legs.values()) for (const leg of legs) leg.left(before)
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  changed(extension: string): void {
    this.context.watchers.changed(extension, () =>
      [...this.at(extension)].map((leg): PbxCall => ({ id: leg.callId, phase: leg.phase })),
    )
  }

  /** A colleague without a call. */
  idle(but: string): string | undefined {
    const free = this.context.colleagues.filter(name => name !== but && this.at(name).size === 0 && !this.taken.has(name))
    return this.context.chance.of(free)
  }

  #fresh(request: SipText): void {
    if (request.method === 'SUBSCRIBE') return this.context.watchers.subscribed(request)
    if (request.method === 'INVITE') return this.#rung(request)
    this.context.peer.reply(request, request.method === 'OPTIONS' ? 200 : 481)
  }

  /**
   * No agent has two legs (rule one-leg-an-agent). If an offer is withdrawn while the phone's 180 or 200 is on its way, its CANCEL is sent
   * after that response (RFC 3261 §9.1), so it may come after the next INVITE.
   */
  #alone(request: SipText, extension: string): void {
    const at = performance.now()
    const beside = (what: string): void => {
      this.wrongs.push(`${new Date().toISOString()} ${extension} is rung by ${request.callId} beside ${what}`)
    }
    const taken = this.taken.get(extension)
    if (taken !== undefined) beside(`${taken}, which they took from a colleague`)
    for (const leg of this.at(extension))
      if (leg.isKnownToServer)
        setTimeout(() => {
          if (leg.partedAt === undefined || leg.partedAt > at + crossing) return beside(leg.toString())
          this.count('INVITE before the CANCEL of the last')
          this.latestCancel = Math.max(this.latestCancel, leg.partedAt - at)
        }, crossing)
  }

  #rung(request: SipText): void {
    const extension = request.user
    if (this.context.isSingle(extension)) this.#alone(request, extension)
    const isReplacing = request.field('Replaces') !== ''
    const habit = isReplacing || extension === 'vm' ? 'answers' : this.context.chance.weighed<Habit>(habits)
    this.count(habit)
    const leg = new Ring(this, request, extension, habit)
    this.at(extension).add(leg)
    this.context.peer.parties.set(request.callId, leg)
    leg.ring()
  }
}

/** How long messages that cross may take on a busy machine. */
const crossing = 10_000
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** One leg at an agent's phone. */
export class Ring implements Party {
  phase: PbxCall['phase'] = 'rings'
  since = Date.now()
  readonly #dialog: Dialog
  readonly #tag = token()
  #version = 1
  #over = false
  /** A crash or a CANCEL crossed it, so the server may ring this phone again. */
  partedAt: number | undefined
  #isAcknowledged = false
  #acknowledged: () => void = () => undefined
  #bound: NodeJS.Timeout | undefined

  constructor(
    private readonly phones: Phones,
    private readonly invite: SipText,
    readonly extension: string,
    readonly habit: Habit,
  ) {
    this.#dialog = Dialog.of(phones.context.peer, invite, this.#tag)
  }

  get callId(): string {
    return this.invite.callId
  }

  /** It rings or talks, and neither a crash nor a CANCEL crossed it. */
  get isKnownToServer(): boolean {
    return !this.#over && this.partedAt === undefined
  }

  left(before: number): void {
    if (this.phase === 'rings' || !this.#isAcknowledged || this.since > before) this.#part()
  }

  toString(): string {
    return `${this.callId}, which ${this.phase} as ${this.habit} since ${new Date(this.since).toISOString()}`
  }

  #part(): void {
    this.partedAt ??= performance.now()
  }

  ring(): void {
    if (this.habit === 'silent') {
      // It never began, so there is nothing to cancel.
      this.#part()
      this.#until(longestRing, () => this.#end())
    } else if (this.habit === 'busy') {
      this.#reply(486)
      this.#end()
    } else {
      this.#reply(180)
      this.phones.changed(this.extension)
      if (this.habit === 'noAnswer') this.#until(longestRing, () => this.#refuse(480))
      else void this.#ringOn()
    }
  }

  async #ringOn(): Promise<void> {
    const { chance } = this.phones.context
    await pause(chance.between(50, 450))
    if (this.#over) return
    if (this.habit === 'declines') {
      this.#refuse(603)
      return
    }
    const acknowledged = new Promise<void>(resolve => (this.#acknowledged = resolve))
    this.#reply(200, this.#description(this.invite.body))
    this.phase = 'talks'
    this.since = Date.now()
    this.phones.changed(this.extension)
    this.#until(longestTalk, () => void this.#hangUp())
    await acknowledged
    await pause(chance.between(200, 700))
    if (!this.#over) await this.#act()
  }

  #reply(status: number, body = ''): void {
    this.phones.context.peer.reply(this.invite, status, { tag: this.#tag, body })
  }

  #refuse(status: number): void {
    this.#reply(status)
    this.#end()
  }

  asked(request: SipText): void {
    const { peer } = this.phones.context
    if (request.method === 'ACK') {
      this.#isAcknowledged = true
      return this.#acknowledged()
    }
    if (request.method === 'CANCEL') return this.#cancelled(request)
    if (request.method === 'BYE') {
      peer.reply(request, 200)
      return this.#end()
    }
    if (this.#over) return peer.reply(request, 481)
    if (request.method === 'NOTIFY') this.#told(request)
    const offers = request.method === 'INVITE' || (request.method === 'UPDATE' && request.body !== '')
    if (request.method === 'INVITE' && request.body !== '') this.#held(request.body)
    peer.reply(request, 200, offers ? { body: this.#description(request.body) } : {})
  }

  #description(offer = ''): string {
    return audio(this.phones.context.sink, answering(offer), this.#version++)
  }

  #held(offer: string): void {
    const phase = /^a=(sendonly|inactive)/m.test(offer) ? 'holds' : 'talks'
    if (this.phase === 'rings' || phase === this.phase) return
    this.phase = phase
    this.phones.changed(this.extension)
  }

  #cancelled(request: SipText): void {
    const { peer } = this.phones.context
    peer.reply(request, 200, { tag: this.#tag })
    // Otherwise it crossed our 200. The server hangs up when the 200 arrives, and may ring this phone by then (rule one-winner).
    this.#part()
    if (this.phase !== 'rings' || this.#over) return
    peer.reply(this.invite, 487, { tag: this.#tag })
    this.#end()
  }

  /** The progress of a transfer, in a message/sipfrag (RFC 3515 §2.4.5). */
  #told(request: SipText): void {
    const status = Number(/^SIP\/2\.0 (\d+)/.exec(request.body)?.[1] ?? 0)
    if (status < 300) return
    this.phones.count(`transfer failed ${status}`)
    void pause(100).then(() => this.#hangUp())
  }

  /** What this agent does while they talk. */
  async #act(): Promise<void> {
    switch (this.habit) {
      case 'hangsUp':
        return this.#hangUp()
      case 'holds':
        return this.#hold()
      case 'refers':
      case 'refersAttended':
        return this.#refer(this.habit === 'refersAttended')
      case 'isPickedUp':
        return this.#pickUp()
      default:
        return
    }
  }

  async #hold(): Promise<void> {
    for (const direction of ['sendonly', 'sendrecv'] as const) {
      const body = audio(this.phones.context.sink, direction, this.#version++)
      const answer = await this.#dialog.ask('INVITE', { body })
      if (answer?.status !== 200) {
        this.phones.count(`hold ${answer?.status ?? 'unanswered'}`)
        return
      }
      await pause(200)
      if (this.#over) return
    }
  }

  async #refer(isAttended: boolean): Promise<void> {
    const to = this.phones.idle(this.extension)
    if (to === undefined) return this.#hangUp()
    const replaces = isAttended ? `?Replaces=${token()}%40pbx%3Bto-tag%3Dt%3Bfrom-tag%3Df` : ''
    const answer = await this.#dialog.ask('REFER', { fields: [`Refer-To: <sip:${to}@example.com${replaces}>`] })
    this.phones.count(`REFER ${answer?.status ?? 'unanswered'}`)
    if (answer?.status !== 202) await this.#hangUp()
  }

  /** A colleague takes over the call by INVITE with Replaces for this leg, which the server then ends. */
  async #pickUp(): Promise<void> {
    const { context } = this.phones
    const who = this.phones.idle(this.extension)
    if (who === undefined) return this.#hangUp()
    const uri = `sip:${who}@example.com`
    const replaces = `Replaces: ${this.callId};to-tag=${this.#dialog.remoteTag};from-tag=${this.#dialog.localTag}`
    const plan = {
      kind: 'picksUp',
      ms: context.chance.between(300, 800),
      fields: [replaces, `P-Asserted-Identity: <${uri}>`],
    } as const
    const ended = (story: Story): void => {
      this.phones.taken.delete(who)
      context.ended(story)
    }
    const caller = new Caller({ ...context, ended }, 'support', plan, uri)
    const answered = await caller.begin()
    if (answered) this.phones.taken.set(who, caller.callId)
    this.phones.count(answered ? 'pick-up done' : 'pick-up refused')
    if (!answered) await this.#hangUp()
  }

  async #hangUp(): Promise<void> {
    if (this.#over) return
    this.#end()
    const answer = await this.#dialog.ask('BYE')
    if (answer?.status !== 200)
      this.phones.count(
        `BYE ${answer?.status ?? 'unanswered'}${this.partedAt !== undefined ? ' of a leg that the server had lost' : ''}`,
      )
  }

  #until(ms: number, run: () => void): void {
    clearTimeout(this.#bound)
    this.#bound = setTimeout(run, ms).unref()
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#bound)
    this.#acknowledged()
    this.phones.at(this.extension).delete(this)
    // Requests that crossed its end are still answered.
    setTimeout(() => this.phones.context.peer.parties.delete(this.callId), crossing).unref()
    this.phones.changed(this.extension)
  }
}
