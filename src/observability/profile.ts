import { DateTime } from 'luxon'
import type { CallRecord } from '../store/port.js'

/** The calls of one hour of the day, or of one weekday, in the whole period. */
interface ProfileSlot {
  readonly received: number
  readonly answered: number
  /** Callers who hung up before anybody answered. */
  readonly abandoned: number
}

export interface CallProfile {
  /** 24 slots, from midnight. */
  readonly hours: readonly ProfileSlot[]
  /** Seven slots, from Monday. */
  readonly weekdays: readonly ProfileSlot[]
}

type Count = { -readonly [Key in keyof ProfileSlot]: ProfileSlot[Key] }

/** The longest time in which all moments have the same hour and weekday in every zone. Zones differ by quarters of an hour. */
const step = 900_000

/** Counts calls to workflows by hour of the day and by weekday. A call counts once, by its arrival. */
export class Profile {
  readonly #hours = counts(24)
  readonly #weekdays = counts(7)
  /** The slots of the previous record. Records mostly come in order of time, and calendar arithmetic is slow. */
  #last = { step: -1, hour: 0, weekday: 0 }

  constructor(
    /** The IANA name of the time zone. */
    private readonly zone: string,
  ) {}

  add({ arrivedAt, agent, outbound, outcome }: CallRecord): void {
    if (outbound) return
    const at = Math.floor(arrivedAt / step)
    if (at !== this.#last.step) {
      const { hour, weekday } = DateTime.fromMillis(arrivedAt, { zone: this.zone })
      this.#last = { step: at, hour, weekday: weekday - 1 }
    }
    for (const slot of [this.#hours[this.#last.hour], this.#weekdays[this.#last.weekday]]) {
      if (!slot) continue
      slot.received += 1
      if (agent !== undefined) slot.answered += 1
      else if (outcome === 'abandoned') slot.abandoned += 1
    }
  }

  counted(): CallProfile {
    return { hours: this.#hours.map(slot => ({ ...slot })), weekdays: this.#weekdays.map(slot => ({ ...slot })) }
  }
}

const counts = (length: number): Count[] => Array.from({ length }, () => ({ received: 0, answered: 0, abandoned: 0 }))
