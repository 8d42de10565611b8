import type { OverloadControl, Sender } from '../../src/sip/overload/control.js'

/** The work of a call in ms: its INVITE, its answer 100 ms later, and its end one second later. And that of a refusal. */
export interface Work {
  readonly invite: number
  readonly answer: number
  readonly end: number
  readonly refusal: number
}

export interface Load {
  /** New calls a second at a time in ms. */
  readonly rate: (at: number) => number
  readonly sender?: Sender
  /** When the machine stands still, and for how long, in ms. */
  readonly standstills?: readonly (readonly [at: number, ms: number])[]
}

export interface Seen {
  readonly offered: number
  readonly done: number
  readonly refused: number
  /** Of the messages of admitted calls, in ms. */
  readonly delays: readonly number[]
}

type Message = { readonly at: number; readonly kind: 'invite' | 'answer' | 'end' }

const talk = 1_000
const ring = 100
const lookEvery = 50

/** One thread with one queue of messages, in virtual time: what the control does to its calls, by second. */
export function simulate(control: OverloadControl, work: Work, load: Load, seconds: number): Seen[] {
  const { rate, sender = 'trusted', standstills = [] } = load
  const queue: Message[] = []
  let head = 0
  const later: Message[] = []
  let laterHead = 0
  const ends: Message[] = []
  let endsHead = 0
  const seen = Array.from({ length: seconds }, () => ({ offered: 0, done: 0, refused: 0, delays: [] as number[] }))
  const end = seconds * 1000
  const stops = [...standstills]
  let now = 0
  let credit = 0
  let arrivedUntil = 0
  let lookDue = lookEvery
  const nothing = { offered: 0, done: 0, refused: 0, delays: [] as number[] }
  const second = (at: number) => seen[Math.min(seconds - 1, Math.floor(at / 1000))] ?? nothing
  const arrive = (until: number): void => {
    // Arrivals in steps of one ms, merged in the order of time.
    while (arrivedUntil < until) {
      arrivedUntil += 1
      credit += rate(arrivedUntil) / 1000
      for (; credit >= 1; credit -= 1) {
        queue.push({ at: arrivedUntil, kind: 'invite' })
        second(arrivedUntil).offered += 1
      }
      for (let next = later[laterHead]; next && next.at <= arrivedUntil; next = later[laterHead]) {
        queue.push(next)
        laterHead += 1
      }
      for (let next = ends[endsHead]; next && next.at <= arrivedUntil; next = ends[endsHead]) {
        queue.push(next)
        endsHead += 1
      }
    }
  }
  while (now < end) {
    arrive(Math.floor(now))
    const [stop] = stops
    if (stop && now >= stop[0]) {
      stops.shift()
      now += stop[1]
      arrive(Math.floor(now))
    }
    if (now >= lookDue) {
      const oldest = queue[head]
      control.look(now, { late: now - lookDue, delay: oldest ? now - oldest.at : 0 })
      lookDue = now + lookEvery
    }
    const message = queue[head]
    if (!message) {
      now = Math.max(now + 0.001, Math.min(Math.floor(now) + 1, Math.max(lookDue, now)))
      continue
    }
    head += 1
    const delay = now - message.at
    switch (message.kind) {
      case 'invite':
        if (!control.admits(now, sender)) {
          second(now).refused += 1
          now += work.refusal
          break
        }
        second(now).delays.push(delay)
        now += work.invite
        later.push({ at: now + ring, kind: 'answer' })
        break
      case 'answer':
        second(now).delays.push(delay)
        now += work.answer
        ends.push({ at: now + talk, kind: 'end' })
        break
      case 'end':
        now += work.end
        second(now).done += 1
    }
  }
  return seen
}
