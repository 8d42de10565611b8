import type { Clock, Timer } from '../foundation/clock.js'
import { millis, seconds } from '../foundation/time.js'
import type { Origin, PeerAnswer } from '../legs/answering.js'
import type { CallId } from '../routing/index.js'

/** A call, as far as its caller is checked. */
export interface CheckedCaller {
  readonly id: CallId
  readonly inbound: { readonly origin: Pick<Origin, 'peer' | 'trusted' | 'severalWays'> }
  /** There is a caller, who is with nobody yet. */
  readonly isAlone: boolean
  /** Their INVITE is answered, so that their own dialog can be asked; else their peer can. */
  readonly isAnswered: boolean
  /** When they said or sent anything last, by the clock's monotonic time. */
  readonly heardAt: number
  /** Their media came, and come no more. */
  readonly isQuiet: boolean
  /** Asks them; who says that there is no such call is ended by that. */
  ask(told: (answer: PeerAnswer) => void): void
  /** Nobody is there. */
  gone(): void
}

export interface CallerChecksOptions {
  readonly clock: Clock
  /** Whether the call is the next of its queue to be offered, or is offered already. */
  readonly isFirst: (call: CallId) => boolean
}

interface Entry {
  readonly caller: CheckedCaller
  readonly peer: Peer
  /** When they were asked last. */
  askedAt: number
  /** Runs while an answer is awaited, or the grace of a lost connection. */
  open: Timer | undefined
  /** They were asked because their media stopped. */
  quietAsked: boolean
  /** Their connection is gone: who can't be reached by another is not there. */
  isCutOff: boolean
  /** Their peer was silent by another way: they are asked by their own before they count as gone. */
  isDoubted: boolean
}

/** Callers of one PBX or phone. Who was not answered is asked for by OPTIONS to it, once for all of them. */
interface Peer {
  readonly name: string
  readonly entries: Set<Entry>
  /** It has answered such a question: its silence says something. */
  answers: boolean
  /** Questions in a row without an answer. */
  silences: number
  heardAt: number
  askedAt: number
  open: Timer | undefined
}

/** Who was heard within this is not asked before an offer. */
const fresh = seconds(3)
/** Silent callers are asked so often: those who are next, and the others. */
const [everyFirst, every] = [seconds(5), seconds(15)]
/** Without an answer for so long, the peer's other callers are asked too. One repetition by UDP may be lost. */
const suspectAfter = seconds(2)
/** After the suspicion; in all five sendings by UDP (RFC 3261 §17.1.2.2, timer E). */
const sureAfter = seconds(6)
/**
 * So many questions in a row without an answer prove that a phone is gone. Nothing filters them: the phone is asked by the flow by which its
 * password came. A PBX may stand behind a filter.
 */
const silencesOfPhone = 3
/**
 * A PBX that never answers keeps a caller who was not answered for as long as a session timer lets an answered caller live (RFC 4028 §4.2,
 * half an hour): a PBX that lives cancels long before, as nobody lets it ring so long.
 */
const longestUnheard = seconds(30 * 60)
/** A phone that lost its connection may come by another. */
const grace = seconds(4)
/**
 * So many are looked at in one round, and so many asked from one round to the next, so that a thousand who wait make no storm. A second touches
 * five rounds at most: 100 questions.
 */
const [roundEvery, looksAtOnce, asksARound] = [millis(250), 250, 20]
/** Peers without calls that are known to answer. */
const mostRemembered = 1_000

/**
 * Finds callers who are gone without a word: their PBX died, their phone was unplugged, their browser was killed (docs/decisions/034). Who
 * is silent is asked now and then while they wait, and when an agent is rung for them; the offer does not wait for the answer.
 */
export class CallerChecks {
  readonly #entries = new Map<CallId, Entry>()
  readonly #peers = new Map<string, Peer>()
  /** To be asked at the next round, before others. */
  readonly #suspects = new Set<Entry>()
  /** Questions since the last round. */
  #asks = 0
  #next: Iterator<Entry> | undefined
  #timer: Timer | undefined

  constructor(private readonly options: CallerChecksOptions) {}

  add(caller: CheckedCaller): void {
    const peer = this.#peerOf(caller)
    const entry: Entry = { caller, peer, askedAt: 0, open: undefined, quietAsked: false, isCutOff: false, isDoubted: false }
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

  /** An agent is rung for this call now. */
  offered(call: CallId): void {
    const entry = this.#entries.get(call)
    if (entry && this.#isDue(entry, fresh)) this.#ask(entry)
  }

  /** The connection by which the call came is gone. */
  cutOff(call: CallId): void {
    const entry = this.#entries.get(call)
    if (!entry?.caller.isAlone) return
    const cutAt = this.#now
    entry.open?.cancel()
    entry.open = this.options.clock.after(grace, () => {
      entry.open = undefined
      entry.isCutOff = true
      if (entry.caller.isAlone && entry.caller.heardAt <= cutAt) this.#ask(entry)
    })
  }

  /** When the caller, or their PBX or phone, said anything last; undefined: no such call. */
  heardAt(call: CallId): number | undefined {
    const entry = this.#entries.get(call)
    return entry && heardAt(entry)
  }

  get #now(): number {
    return this.options.clock.monotonic()
  }

  // ---- who is asked when

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

  // ---- asking

  /** Too many at once wait for the next round: a proxy that dies closes a thousand connections, and each loss asks. */
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
    if (peer.open && !by.isCutOff) return
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
      } else if (by.isCutOff && caller.isAlone) caller.gone()
    })
  }

  /** Of one that may have another way to us than the one by which its peer was silent. */
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
        // Asked again at once: who is not there is found before agents are rung for all their calls.
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

  /** What a silence that lasted says of a caller who was not answered. */
  #isGone({ caller, peer }: Entry): boolean {
    if (peer.answers) return true
    return caller.inbound.origin.trusted ? this.#now - caller.heardAt >= longestUnheard : peer.silences >= silencesOfPhone
  }

  /** One of its callers is silent: are the others there? */
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
    // At the end of the line again: the one that is forgotten first had no call for longest.
    this.#peers.set(peer.name, peer)
    if (this.#peers.size <= mostRemembered) return
    for (const [name, { entries }] of this.#peers) if (entries.size === 0) return void this.#peers.delete(name)
  }
}

/** Of who was not answered, their peer may speak. */
const heardAt = ({ caller, peer }: Entry): number => (caller.isAnswered ? caller.heardAt : Math.max(caller.heardAt, peer.heardAt))
