import type { Body, Writer } from '../legs/body.js'
import { anonymise, isSdp } from './anonymise.js'

const originLine = /^o=\S+ \d+ (\d+) .*$/m

/** The stored state of what a leg was shown. */
export interface KeptShown {
  readonly body: Body
  readonly counts: boolean
}

/**
 * The SDP that one leg is shown. In a dialog the o= line stays the same except for its version (RFC 3264 §8), for every partner: SDP of a
 * second partner, and anonymised SDP, continues from the last shown o= line. Everything else passes unchanged.
 */
export class ShownSdp {
  #last: { readonly body: Body; readonly from: object } | undefined
  /** True: we count the versions of the o= line, because they are no longer those of one author. */
  #counts = false

  /** After a restart: `from` is the side that was shown last. */
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

  /** The form of this SDP for the leg. `from`: its author. `hidden`: nothing may name the author. Undefined: a hidden author's body has no SDP. */
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

/** A leg, or an incoming call, as an author of SDP. */
export const writerOf = ({ source, proxied, ours }: Writer): Writer => ({
  ...(source !== undefined && { source }),
  ...(proxied && { proxied }),
  ...(ours && { ours }),
})

/** Adds the author's signalling address to the SDP. Media from this address are accepted as the author's (docs/decisions/023). */
export function writtenBy(body: Body, writer: Writer): Body {
  const said = writerOf(writer)
  return Object.keys(said).length === 0 ? body : { ...body, ...said }
}

/** The next SDP with the last o= line, and the next version if anything differs. */
function goingOn(last: Body, next: Body): Body {
  const [line = '', version = ''] = originLine.exec(last.text) ?? []
  // SDP without a readable origin can't be continued.
  if (version === '') return next
  const same = { type: next.type, text: next.text.replace(originLine, () => line) }
  if (same.text === last.text) return same
  const more = line.replace(/^(o=\S+ \d+) \d+/, (_all, before: string) => `${before} ${BigInt(version) + 1n}`)
  return { type: next.type, text: next.text.replace(originLine, () => more) }
}

/**
 * A side's SDP from a time when the other side held it, changed for an offer to a third side: its audio is open in both directions. If the
 * side itself holds, its answer to the third side says so.
 */
export function withoutHold({ type, text }: Body): Body {
  const sections = text.split(/^(?=m=)/m)
  // A direction before the first m= line is the default of all streams (RFC 8866 §6.7).
  const opened = sections.map((section, index) =>
    index === 0 || section.startsWith('m=audio') ? section.replace(/^a=(?:recvonly|inactive)(?=\r?$)/m, 'a=sendrecv') : section,
  )
  return { type, text: opened.join('') }
}

/** SDP that asks for no media in either direction (RFC 3264 §8.4). */
export function inactive({ type, text }: Body): Body {
  const directions = /^a=(?:sendrecv|sendonly|recvonly|inactive)\r?\n/gm
  const sections = text.replace(directions, '').split(/^(?=m=)/m)
  const [session = '', ...media] = sections.map(section => (section.endsWith('\n') ? section : `${section}\r\n`))
  return { type, text: [session, ...media.map(section => `${section}a=inactive\r\n`)].join('') }
}

/** Whether media go to the same addresses, in the same directions and with the same payload types. */
export function sameMedia(a: Body, b: Body): boolean {
  return placesOf(a) === placesOf(b)
}

const placesOf = ({ text }: Body): string =>
  text
    .split(/\r?\n/)
    .filter(line => /^(?:[cm]=|a=(?:sendonly|recvonly|inactive)$)/.test(line))
    .join('\n')

/**
 * Whether somebody who has the SDP `has` needs no re-INVITE for `next`: same addresses, ports and directions, the same first codec, and all
 * codecs of `has`. `next` may have further codecs.
 */
export function servesFor(has: Body, next: Body): boolean {
  const [ours, theirs] = [outlineOf(has), outlineOf(next)]
  const isKept = ours.types.every((type, index) => theirs.types.includes(type) && (index > 0 || theirs.types[0] === type))
  return ours.places === theirs.places && isKept && ours.maps.every(line => theirs.maps.includes(line))
}

interface Outline {
  /** c= lines, m= lines without payload types, and directions. */
  readonly places: string
  /** The payload types of the audio. */
  readonly types: readonly string[]
  readonly maps: readonly string[]
}

function outlineOf({ text }: Body): Outline {
  const lines = text.split(/\r?\n/)
  const audio = lines.find(line => line.startsWith('m=audio') && !line.startsWith('m=audio 0 ')) ?? ''
  const places = lines.filter(line => /^(?:[cm]=|a=(?:sendonly|recvonly|inactive)$)/.test(line))
  return {
    places: places.map(line => (line.startsWith('m=') ? line.split(' ').slice(0, 3).join(' ') : line)).join('\n'),
    types: audio.split(' ').slice(3),
    maps: lines.filter(line => line.startsWith('a=rtpmap:')),
  }
}
