import { Dialog } from '../soak/dialog.js'
import type { Chance } from '../soak/chance.js'
import { answering, audio, type SipText } from '../soak/message.js'
import type { Party, Peer } from '../soak/peer.js'
import { uriOf } from './crew.js'
import type { Sound } from './sound.js'

/** The numbers that callers dial, by share. */
const dialled = { support: 5, sales: 3, reception: 2, main: 3, helpdesk: 1 } as const
/** The keys that callers of the main number press in sequence, by share. */
const keys = { '1': 3, '2 1': 2, '2 2': 2, '2 0': 1 } as const
/** From the answer to the first key, and from one key to the next, so that a part of each prompt is heard. */
const keyAfterMs = [4_000, 9_000] as const
const names = ['Ada', 'Boris', 'Chloe', 'Dmitri', 'Emma', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Keiko', 'Liam', 'Mona']
const families = ['Abbott', 'Brandt', 'Costa', 'Dupont', 'Evans', 'Fischer', 'Garcia', 'Hansen', 'Ito', 'Jensen', 'Kaya', 'Lopez']

export interface CallersContext {
  readonly peer: Peer
  readonly sound: Sound
  readonly chance: Chance
}

/** A stream of people who call the sample's numbers. */
export class Callers {
  readonly #calls = new Set<DemoCall>()
  #timer: NodeJS.Timeout | undefined
  #dialled = 0
  #isOver = false

  constructor(private readonly context: CallersContext) {}

  get total(): number {
    return this.#dialled
  }

  /** The first callers dial at once, so that there is something to see. */
  begin(perMinute: number, atOnce: number): void {
    if (perMinute === 0) return
    for (let number = 0; number < atOnce; number += 1) setTimeout(() => this.#dial(), number * 700).unref()
    this.#later(60_000 / perMinute)
  }

  /** All hang up. */
  async end(): Promise<void> {
    this.#isOver = true
    clearTimeout(this.#timer)
    await Promise.allSettled([...this.#calls].map(call => call.leave()))
  }

  /** Random intervals, as in real life. */
  #later(meanMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.#dial()
        this.#later(meanMs)
      },
      meanMs * this.context.chance.between(0.4, 1.6),
    )
  }

  #dial(): void {
    if (this.#isOver) return
    const { chance } = this.context
    const number = chance.weighed(dialled)
    this.#dialled += 1
    const call = new DemoCall(this.context, {
      ...{ number, keys: number === 'main' ? chance.weighed(keys).split(' ') : [] },
      ...{ talkMs: chance.between(6_000, 16_000), patienceMs: chance.between(15_000, 45_000) },
      name: `${chance.of(names) ?? ''} ${chance.of(families) ?? ''}`,
      from: `sip:+1425555${String(1_000 + (this.#dialled % 9_000))}@127.0.0.1`,
    })
    this.#calls.add(call)
    void call.begin().finally(() => this.#calls.delete(call))
  }
}

interface Plan {
  readonly number: keyof typeof dialled
  readonly name: string
  readonly from: string
  readonly keys: readonly string[]
  /** The talk time, from the agent's answer. */
  readonly talkMs: number
  /** The caller gives up if no agent has answered by then. */
  readonly patienceMs: number
}

/** Workflows of the sample that Carillon answers itself. There an agent's answer comes as a re-INVITE. */
const answeredByCarillon: ReadonlySet<string> = new Set(['main', 'helpdesk'])

/** One call, from its INVITE to its end. */
class DemoCall implements Party {
  readonly #dialog: Dialog
  #version = 1
  #state: 'calling' | 'answered' | 'over' = 'calling'
  #hasAgent = false
  #quiet: (() => void) | undefined
  #over: () => void = () => undefined
  readonly #timers = new Set<NodeJS.Timeout>()
  #giveUp: NodeJS.Timeout | undefined

  constructor(
    private readonly context: CallersContext,
    private readonly plan: Plan,
  ) {
    this.#dialog = Dialog.to(context.peer, plan.from, uriOf(plan.number), plan.name)
  }

  /** Resolves when the call is over. */
  async begin(): Promise<void> {
    const { peer } = this.context
    peer.parties.set(this.#dialog.callId, this)
    const over = new Promise<void>(resolve => (this.#over = resolve))
    this.#giveUp = this.#after(this.plan.patienceMs, () => void this.leave())
    const final = await this.#dialog.ask('INVITE', { body: this.#description() })
    if (!final || final.status >= 300) this.#end()
    else this.#answered(final)
    await over
  }

  asked(request: SipText): void {
    const { peer } = this.context
    if (request.method === 'ACK') return
    if (request.method === 'BYE') {
      peer.reply(request, 200)
      return this.#end()
    }
    const offers = request.method === 'INVITE' || (request.method === 'UPDATE' && request.body !== '')
    peer.reply(request, 200, offers ? { body: this.#description(request.body) } : {})
    if (request.method === 'INVITE') this.#agentCame()
  }

  /** Hangs up in any state of the call. */
  async leave(): Promise<void> {
    if (this.#state === 'answered') {
      this.#end()
      await this.#dialog.ask('BYE')
    } else if (this.#state === 'calling') {
      const answer = await this.#dialog.cancel()
      // A server that does not know the call never ends its INVITE.
      if (!answer || answer.status >= 300) this.#dialog.giveUp()
    }
  }

  #answered(final: SipText): void {
    this.#state = 'answered'
    if (!answeredByCarillon.has(this.plan.number)) return this.#agentCame()
    this.#quiet = this.context.sound.to(final.body)
    this.plan.keys.forEach((key, index) => this.#after(keyAfterMs[0] + index * keyAfterMs[1], () => void this.#press(key)))
  }

  async #press(key: string): Promise<void> {
    if (this.#hasAgent || this.#state !== 'answered') return
    await this.#dialog.ask('INFO', { body: `Signal=${key}\r\nDuration=160\r\n`, type: 'application/dtmf-relay' })
  }

  #agentCame(): void {
    if (this.#hasAgent) return
    this.#hasAgent = true
    this.#quiet?.()
    if (this.#giveUp) clearTimeout(this.#giveUp)
    this.#after(this.plan.talkMs, () => void this.leave())
  }

  #description(offer = ''): string {
    return audio(this.context.sound.port, answering(offer), this.#version++)
  }

  #after(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(run, ms)
    this.#timers.add(timer)
    return timer
  }

  #end(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#quiet?.()
    for (const timer of this.#timers) clearTimeout(timer)
    this.context.peer.parties.delete(this.#dialog.callId)
    this.#over()
  }
}
