import type { Body, Writer } from '../legs/body.js'
import { anonymise, isSdp } from './anonymise.js'

const originLine = /^o=\S+ \d+ (\d+) .*$/m

/** What a leg was shown, as it outlives the process. */
export interface KeptShown {
  readonly body: Body
  readonly counts: boolean
}

/**
 * The session descriptions that one leg is shown. Within a dialog the o= line stays the same but for its version (RFC 3264 §8), whoever the
 * other side is: a second one's descriptions, and all those that were anonymised, go on from what was shown last. Everything else passes
 * untouched.
 */
export class ShownSdp {
  #last: { readonly body: Body; readonly from: object } | undefined
  /** Versions are ours to count from now on. */
  #counts = false

  /** After a restart: `from` stands for the side that was shown last. */
  static restored(kept: KeptShown | undefined, from: object): ShownSdp {
    const shown = new ShownSdp()
    if (!kept) return shown
    shown.#last = { body: kept.body, from }
    shown.#counts = kept.counts
    return shown
  }

  state(): KeptShown | undefined {
    return this.#last && { body: this.#last.body, counts: this.#counts }
  }

  /** `from` stands for the other side; with `hidden`, nothing may name them. */
  of(body: Body, from: Writer, hidden: boolean): Body | undefined {
    const shown = this.#shown(body, from, hidden)
    return shown && writtenBy(shown, from)
  }

  #shown(body: Body, from: Writer, hidden: boolean): Body | undefined {
    if (!hidden && !isSdp(body)) return body
    if (hidden || (this.#last && this.#last.from !== from)) this.#counts = true
    const clean = hidden ? anonymise(body) : body
    if (!clean) return undefined
    const shown = this.#counts && this.#last ? goingOn(this.#last.body, clean) : clean
    this.#last = { body: shown, from }
    return shown
  }
}

/** What a leg, or a call that comes in, is as a writer of descriptions. */
export const writerOf = ({ source, proxied, ours }: Writer): Writer => ({
  ...(source !== undefined && { source }),
  ...(proxied && { proxied }),
  ...(ours && { ours }),
})

/** Media from where the one who wrote it signals are theirs (docs/decisions/023). */
export function writtenBy(body: Body, writer: Writer): Body {
  const said = writerOf(writer)
  return Object.keys(said).length === 0 ? body : { ...body, ...said }
}

/** The next description with the origin of the last; a version more when it says anything else. */
function goingOn(last: Body, next: Body): Body {
  const [line = '', version = ''] = originLine.exec(last.text) ?? []
  // One without a readable origin can't be gone on from.
  if (version === '') return next
  const same = { type: next.type, text: next.text.replace(originLine, () => line) }
  if (same.text === last.text) return same
  const more = line.replace(/^(o=\S+ \d+) \d+/, (_all, before: string) => `${before} ${BigInt(version) + 1n}`)
  return { type: next.type, text: next.text.replace(originLine, () => more) }
}

/**
 * What a side described while the other had it on hold, as it is offered to a third: its audio open both ways. Where the side itself holds,
 * its answer to the third says so.
 */
export function withoutHold({ type, text }: Body): Body {
  const sections = text.split(/^(?=m=)/m)
  const opened = sections.map(section =>
    section.startsWith('m=audio') ? section.replace(/^a=(?:recvonly|inactive)(?=\r?$)/m, 'a=sendrecv') : section,
  )
  return { type, text: opened.join('') }
}

/** Whether media go to the same places, the same way, in the same codecs. */
export function sameMedia(a: Body, b: Body): boolean {
  return placesOf(a) === placesOf(b)
}

const placesOf = ({ text }: Body): string =>
  text
    .split(/\r?\n/)
    .filter(line => /^(?:[cm]=|a=(?:sendonly|recvonly|inactive)$)/.test(line))
    .join('\n')
