import type { Coding } from '../sdp.js'

/** The dynamic payload types (RFC 3551 §3). */
const dynamic = { first: 96, last: 127 }

/** What a coding is, without its number. Variants of one codec that differ in parameters alone count as one. */
const keyOf = ({ name, rate, channels = 1 }: Coding): string => `${name}/${rate}/${channels}`

/** Codings by codec. A description may have 128, so each list is gone through once. */
class Codecs {
  readonly #byKey = new Map<string, Coding[]>()

  constructor(list: readonly Coding[]) {
    for (const coding of list) {
      const key = keyOf(coding)
      const same = this.#byKey.get(key)
      if (same) same.push(coding)
      else this.#byKey.set(key, [coding])
    }
  }

  /** The coding of the list that is the same codec: with the same number, or else the first. */
  matching(coding: Coding): Coding | undefined {
    const same = this.#byKey.get(keyOf(coding))
    return same?.find(({ payloadType }) => payloadType === coding.payloadType) ?? same?.[0]
  }
}

/**
 * The payload types in one side's session, by codec. A number keeps its meaning for the whole session (RFC 3264 §8.3.2), even if the
 * side is connected to another party later.
 */
export class PayloadTypes {
  readonly #byCoding = new Map<string, number>()
  /** The numbers that codecs had before the side named others for them. */
  readonly #before = new Map<string, number>()

  /** The side names its own numbers. A number that gets another meaning loses its old one, so there are at most 128. */
  named(codings: readonly Coding[]): void {
    for (const coding of [...codings].reverse()) {
      const before = this.#byCoding.get(keyOf(coding))
      if (before !== undefined && before !== coding.payloadType) this.#before.set(keyOf(coding), before)
      for (const [key, number] of this.#byCoding) if (number === coding.payloadType) this.#byCoding.delete(key)
      if (this.#before.size > 128) this.#before.clear()
      this.#byCoding.set(keyOf(coding), coding.payloadType)
    }
  }

  /** The other side's codings with this side's numbers, each codec once. */
  shown(codings: readonly Coding[]): readonly Coding[] {
    const shown = new Map<string, Coding>()
    for (const coding of codings) {
      const key = keyOf(coding)
      const payloadType = shown.has(key) ? undefined : this.#numberOf(key, coding.payloadType)
      if (payloadType !== undefined) shown.set(key, { ...coding, payloadType })
    }
    return [...shown.values()]
  }

  /** The number of this coding in this side's packets. Undefined: neither we nor the side named it. */
  of(coding: Coding): number | undefined {
    return this.#byCoding.get(keyOf(coding))
  }

  /** The number that this coding had before. A side that answers with another number still sends with the offered one (RFC 3264 §5.1). */
  formerly(coding: Coding): number | undefined {
    return this.#before.get(keyOf(coding))
  }

  /** Undefined: all numbers are in use. */
  #numberOf(key: string, wanted: number): number | undefined {
    const known = this.#byCoding.get(key)
    if (known !== undefined) return known
    const taken = new Set(this.#byCoding.values())
    let number = wanted
    if (taken.has(number)) number = dynamic.first
    while (taken.has(number)) number += 1
    if (number > dynamic.last) return undefined
    this.#byCoding.set(key, number)
    return number
  }
}

/** Which of these codings the other side also has, with the parameters of the first list. */
export function common(codings: readonly Coding[], others: readonly Coding[]): readonly Coding[] {
  const theirs = new Codecs(others)
  return codings.filter(coding => theirs.matching(coding) !== undefined)
}

/** Whether the list has each of these codecs. */
export function hasAll(list: readonly Coding[], codings: readonly Coding[]): boolean {
  const codecs = new Codecs(list)
  return codings.every(coding => codecs.matching(coding) !== undefined)
}

/** In a table of payload types: the packet is not relayed. */
export const notRelayed = 255

/**
 * For each payload type of one side's packets, the payload type that the receiver asked for. `shown`: the numbers that the sender was
 * shown. Some phones send with the numbers of their own description instead, so those count where they have no other meaning.
 */
export function payloadTable(
  sender: readonly Coding[],
  shown: PayloadTypes,
  receiver: readonly Coding[],
): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(128).fill(notRelayed)
  const own = new Codecs(sender)
  for (const coding of [...receiver].reverse()) {
    const [sent, formerly] = [own.matching(coding), shown.formerly(coding)]
    if (formerly !== undefined) table[formerly] = coding.payloadType
    if (sent) table[sent.payloadType] = coding.payloadType
  }
  for (const coding of [...receiver].reverse()) {
    const number = shown.of(coding)
    if (number !== undefined) table[number] = coding.payloadType
  }
  return table
}
