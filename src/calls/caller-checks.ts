import type { Clock, Timer } from '../foundation/clock.js'
import { millis, seconds } from '../foundation/time.js'
import type { Origin, PeerAnswer } from '../legs/answering.js'
import type { CallId } from '../routing/index.js'

/** A call, from the view of the checks. */
export interface CheckedCaller {
  readonly id: CallId
  readonly inbound: { readonly origin: Pick<Origin, 'peer' | 'trusted' | 'severalWays'> }
  /** The caller is there, and not connected to anybody yet. */
  readonly isAlone: boolean
  /** Whether the caller's INVITE is answered. If so, the caller's own dialog can be asked, otherwise only the peer. */
  readonly isAnswered: boolean
  /** The time of the caller's last message or packet, in ms of the clock's monotonic time. */
  readonly heardAt: number
  /** The caller's media came before and have stopped. */
  readonly isQuiet: boolean
  /** Asks the caller's side. An answer that denies the call ends it. */
  ask(told: (answer: PeerAnswer) => void): void
  /** The caller is gone. */
  gone(): void
}

interface CallerChecksOptions {
  readonly clock: Clock
  /** Whether the call is the first of its queue to be offered, or is being offered. */
  readonly isFirst: (call: CallId) => boolean
}

interface Entry {
  readonly caller: CheckedCaller
  readonly peer: Peer
  /** The time of the last question, in ms of monotonic time. */
  askedAt: number
  /** Runs while an answer is pending, or after a connection was lost. */
  open: Timer | undefined
  /** A question was sent because the media stopped. */
  quietAsked: boolean
  /** When the connection was lost. A caller who sent nothing since then and can’t be reached on another connection is gone. */
  cutAt: number | undefined
  /** The peer was silent on another connection. This caller is asked directly before they count as gone. */
  isDoubted: boolean
}

/** The callers of one PBX or phone. For unanswered callers the peer is asked by OPTIONS, once for all of them. */
interface Peer {
  readonly name: string
  readonly entries: Set<Entry>
  /** The peer has answered such a question before, so its silence means something. */
  answers: boolean
  /** The number of unanswered questions in a row. */
  silences: number
  /** The times of the last answer and of the last question, in ms of monotonic time. */
  heardAt: number
  askedAt: number
  open: Timer | undefined
}

/** A caller who was heard within this time is not asked before an offer. */
const fresh = seconds(3)
/** How often silent callers are asked: the first of a queue, and the others. */
const [everyFirst, every] = [seconds(5), seconds(15)]
/** After this time without an answer the peer's other callers are asked too. One retransmission over UDP may be lost. */
const suspectAfter = seconds(2)
/**
 * After this further time without an answer the side counts as silent. A request over UDP was then sent five times in 8 s (RFC 3261
 * §17.1.2.2, timer E).
 */
const sureAfter = seconds(6)
/**
 * After this many unanswered questions in a row a phone counts as gone. No firewall filters these questions, because the phone is asked on
 * the flow that carried its password. A PBX may be behind a firewall that does.
 */
const silencesOfPhone = 3
/**
 * How long a PBX that never answers keeps an unanswered caller: as long as a session timer keeps an answered one (RFC 4028 §4.2, half an
 * hour). A working PBX cancels long before, because nobody lets a call ring so long.
 */
const longestUnheard = seconds(30 * 60)
/** How long a phone that lost its connection may take to come on another one. */
const grace = seconds(4)
/**
 * How many callers are checked in one round, and how many asked between two rounds, so that a thousand waiting callers cause no flood. A
 * second contains at most five rounds: 100 questions.
 */
const [roundEvery, looksAtOnce, asksARound] = [millis(250), 250, 20]
/** When more peers than this are known, a peer without calls is forgotten. Only peers that have answered are remembered without calls. */
const mostRemembered = 1_000

/**
 * Finds callers who are gone without a message: their PBX died, their phone was unplugged, their browser was killed (docs/decisions/034).
 * Silent callers are asked regularly while they wait, and when an agent is rung for them. The offer does not wait for the answer.
 */
export class CallerChecks {
  readonly #entries = new Map<CallId, Entry>()
  readonly #peers = new Map<string, Peer>()
  /** Callers to ask in the next round, before others. */
  readonly #suspects = new Set<Entry>()
  /** The number of questions since the last round. */
  #asks = 0
  #next: Iterator<Entry> | undefined
  #timer: Timer | undefined

  constructor(private readonly options: CallerChecksOptions) {}

  add(caller: CheckedCaller): void {
    const peer = this.#peerOf(caller)
    const entry: Entry = { caller, peer, askedAt: 0, open: undefined, quietAsked: false, cutAt: undefined, isDoubted: false }
    peer.entries.add(entry)
    peer.silences = 0
    this.#entries.set(caller.id, entry)
    if (!this.#timer) this.#waitForRound()
  }

  remove(call: CallId): void {
    const entry = this.#entries.get(call)
    if (!entry) return
    entry.open?.cancel()
    this.#entries.delete(call)
    this.#suspects.delete(entry)
    this.#leave(entry.peer, entry)
    if (this.#entries.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Asks a silent caller when an agent is rung for the call. */
  offered(call: CallId): void {
    const entry = this.#entries.get(call)
    if (entry && this.#isDue(entry, fresh)) this.#ask(entry)
  }

  /** The caller's connection is closed. The caller is asked after the grace time, unless a message came on another connection. */
  cutOff(call: CallId): void {
    const entry = this.#entries.get(call)
    if (!entry?.caller.isAlone) return
    const cutAt = this.#now
    entry.open?.cancel()
    entry.open = this.options.clock.after(grace, () => {
      entry.open = undefined
      entry.cutAt = cutAt
      if (entry.caller.isAlone && isCutOff(entry)) this.#ask(entry)
    })
  }

  /** The time of the last message from the caller, or from their PBX or phone. Undefined: there is no such call. */
  heardAt(call: CallId): number | undefined {
    const entry = this.#entries.get(call)
    return entry && heardAt(entry)
  }

  get #now(): number {
    return this.options.clock.monotonic()
  }

  // ---- the schedule

  #waitForRound(): void {
    this.#timer = this.options.clock.after(roundEvery, () => {
      this.#waitForRound()
      this.#round()
    })
  }

  #round(): void {
    this.#asks = 0
    for (const entry of this.#suspects) {
      if (this.#asks >= asksARound) return
      this.#suspects.delete(entry)
      if (entry.isDoubted || this.#isDue(entry, suspectAfter)) this.#ask(entry)
    }
    for (let looks = 0; looks < looksAtOnce && this.#asks < asksARound; looks += 1) {
      this.#next ??= this.#entries.values()
      const { value: entry, done } = this.#next.next() as IteratorResult<Entry, undefined>
      if (done === true) return void (this.#next = undefined)
      if (this.#isDue(entry, this.#patienceWith(entry))) this.#ask(entry)
    }
  }

  #patienceWith(entry: Entry): number {
    const { caller } = entry
    if (!caller.isQuiet) entry.quietAsked = false
    else if (!entry.quietAsked) return fresh
    return this.options.isFirst(caller.id) ? everyFirst : every
  }

  #isDue(entry: Entry, patience: number): boolean {
    if (entry.open || !entry.caller.isAlone) return false
    return this.#now - Math.max(heardAt(entry), entry.askedAt) >= patience
  }

  // ---- questions

  /** Questions above the limit wait for the next round: a failed proxy closes a thousand connections at once, and each causes a question. */
  #ask(entry: Entry): void {
    const { caller } = entry
    if (this.#asks >= asksARound) return void this.#suspects.add(entry)
    entry.quietAsked = caller.isQuiet
    entry.askedAt = this.#now
    const isDoubted = entry.isDoubted && !caller.isAnswered
    entry.isDoubted = false
    if (isDoubted) return this.#askAlone(entry)
    if (!caller.isAnswered) return this.#askPeer(entry)
    entry.open = this.options.clock.after(suspectAfter, () => {
      entry.open = undefined
      if (!this.#isSilent(entry)) return
      this.#suspect(entry.peer)
      entry.open = this.options.clock.after(sureAfter, () => {
        entry.open = undefined
        if (this.#isSilent(entry)) caller.gone()
      })
    })
    this.#asks += 1
    caller.ask(() => undefined)
  }

  #isSilent({ caller, askedAt }: Entry): boolean {
    return caller.isAlone && caller.heardAt <= askedAt
  }

  #askPeer(by: Entry): void {
    const { peer, caller } = by
    if (peer.open && !isCutOff(by)) return
    if (!peer.open) {
      peer.askedAt = this.#now
      peer.open = this.options.clock.after(suspectAfter, () => {
        peer.open = undefined
        if (peer.heardAt <= peer.askedAt) this.#peerIsSilent(peer, by)
      })
    }
    this.#asks += 1
    caller.ask(answer => {
      if (answer === 'answered') {
        peer.answers = true
        peer.silences = 0
        peer.heardAt = this.#now
      } else if (isCutOff(by) && caller.isAlone) caller.gone()
    })
  }

  /** Asks a caller who may be reachable on another connection than the one on which the peer was silent. */
  #askAlone(entry: Entry): void {
    const { caller, peer, askedAt } = entry
    if (!caller.isAlone) return
    entry.open?.cancel()
    entry.open = this.options.clock.after(millis(suspectAfter + sureAfter), () => {
      entry.open = undefined
      if (caller.isAlone && !caller.isAnswered && caller.heardAt <= askedAt) caller.gone()
    })
    const wait = entry.open
    this.#asks += 1
    caller.ask(answer => {
      if (answer !== 'answered') return
      wait.cancel()
      if (entry.open === wait) entry.open = undefined
      peer.answers = true
      peer.silences = 0
      peer.heardAt = this.#now
    })
  }

  #peerIsSilent(peer: Peer, by: Entry): void {
    this.#suspect(peer)
    peer.open = this.options.clock.after(sureAfter, () => {
      peer.open = undefined
      if (peer.heardAt > peer.askedAt) return
      peer.silences += 1
      for (const entry of [...peer.entries]) {
        const { caller } = entry
        if (!caller.isAlone || caller.isAnswered || caller.heardAt > peer.askedAt) continue
        if (this.#isGone(entry)) this.#lose(entry, by)
        // A phone is asked again in the next round, so that its loss is found before agents are rung for all its calls.
        else if (!caller.inbound.origin.trusted) this.#suspects.add(entry)
      }
    })
  }

  #lose(entry: Entry, by: Entry): void {
    const { caller } = entry
    if (entry === by || caller.inbound.origin.severalWays !== true) return caller.gone()
    entry.isDoubted = true
    this.#suspects.add(entry)
  }

  /** Whether an unanswered caller is gone, after their peer was silent for long. */
  #isGone({ caller, peer }: Entry): boolean {
    if (peer.answers) return true
    return caller.inbound.origin.trusted ? this.#now - caller.heardAt >= longestUnheard : peer.silences >= silencesOfPhone
  }

  /** One of the peer's callers is silent, so the others are asked too. */
  #suspect({ entries, name }: Peer): void {
    if (name === '') return
    for (const entry of entries) this.#suspects.add(entry)
  }

  // ---- peers

  #peerOf({
    inbound: {
      origin: { peer: name },
    },
  }: CheckedCaller): Peer {
    const known = this.#peers.get(name)
    if (known) return known
    const peer: Peer = {
      name,
      entries: new Set(),
      answers: false,
      silences: 0,
      heardAt: -Infinity,
      askedAt: -Infinity,
      open: undefined,
    }
    this.#peers.set(name, peer)
    return peer
  }

  #leave(peer: Peer, entry: Entry): void {
    peer.entries.delete(entry)
    if (peer.entries.size > 0) return
    peer.open?.cancel()
    peer.open = undefined
    this.#peers.delete(peer.name)
    if (!peer.answers) return
    // The peer moves to the end, so that the peer without calls for the longest time is forgotten first.
    this.#peers.set(peer.name, peer)
    if (this.#peers.size <= mostRemembered) return
    for (const [name, { entries }] of this.#peers) if (entries.size === 0) return void this.#peers.delete(name)
  }
}

/** For an unanswered caller, messages of their peer count too. */
const heardAt = ({ caller, peer }: Entry): number => (caller.isAnswered ? caller.heardAt : Math.max(caller.heardAt, peer.heardAt))

/** Whether nothing came from the caller since their connection was lost. */
const isCutOff = ({ cutAt, caller }: Entry): boolean => cutAt !== undefined && caller.heardAt <= cutAt
