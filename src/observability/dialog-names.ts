import { setImmediate as nextTurn } from 'node:timers/promises'
import { unescapedRuns } from '../foundation/percent.js'
import type { CallMessage } from '../signaling/port.js'
import { NameSearch } from './name-search.js'

type Kind = 'call-id' | 'tag' | 'branch'

/**
 * In characters. A name of at least this length is unique enough to be replaced wherever its text occurs, for example where a proxy repeats
 * a tag in its Record-Route. A shorter name is replaced only where the syntax shows what it is.
 */
const shortestUnique = 6
/** In characters. Of a longer name only this beginning is searched, because it is unique enough. */
const longestSought = 256
/**
 * In characters, for all names and their spellings. A call with a thousand legs stays below it. Each character takes about 100 bytes of
 * memory during the search.
 */
const mostSought = 128 * 1024
/** In characters of the messages. One turn of the event loop then takes a few milliseconds, whatever the messages contain. */
const perTurn = 32 * 1024
const tooManyNames = '… (left out: the messages of this call have too many Call-IDs, tags and branches to hide)'

const callIdField = /^((?:Call-ID|i|In-Reply-To|Replaces|Target-Dialog|Join)[ \t]*:[ \t]*)([^;,\s]+)/gim
/** Matches Call-IDs in the header fields of a Refer-To URI. */
const embeddedCallId = /([?&](?:Replaces|Join|Target-Dialog|Call-ID|In-Reply-To)=)((?:(?!%3B)[^;&>\s"])+)/gi
/** Matches Call-IDs in dialog-info documents (RFC 4235). */
const attribute = /(\bcall-id[ \t]*=[ \t]*["'])([^"']+)/gi
const parameter = /((?<![\w-])([\w-]*(?:tag|branch))[ \t]*=[ \t]*)("[^"\r\n]*"|'[^'\r\n]*'|[\w.!%*+`'~-]+)/gi
const escapedParameter = /((?<![\w-])([\w-]*(?:tag|branch))%3D)((?:(?!%3B)[^;&>\s"])+)/gi

/**
 * Replaces each Call-ID, tag and branch in the messages by a placeholder such as `call-id-1`, `tag-2` or `branch-3`. A name has the same
 * placeholder in all messages. A reader can follow every dialog and transaction, but can't use the names in requests to the server.
 */
export async function withoutDialogNames(messages: readonly CallMessage[]): Promise<CallMessage[]> {
  const names = new Names()
  const hidden = await inTurns(messages, message => ({
    ...message,
    sipCallId: names.of('call-id', message.sipCallId),
    text: names.hiddenByPlace(message.text),
  }))
  const search = names.search()
  await nextTurn()
  return inTurns(hidden, message => ({ ...message, text: search ? search.replaced(message.text) : tooManyNames }))
}

/** Changes the messages group by group, so that calls can be handled between two groups. */
async function inTurns<M extends CallMessage>(messages: readonly M[], change: (message: M) => M): Promise<M[]> {
  const changed: M[] = []
  let read = 0
  for (const message of messages) {
    changed.push(change(message))
    read += message.text.length
    if (read < perTurn) continue
    read = 0
    await nextTurn()
  }
  return changed
}

class Names {
  readonly #placeholders = new Map<string, string>()
  readonly #counts = { 'call-id': 0, tag: 0, branch: 0 }

  of(kind: Kind, name: string): string {
    const known = this.#placeholders.get(name)
    if (known !== undefined) return known
    this.#counts[kind] += 1
    const placeholder = `${kind}-${this.#counts[kind]}`
    this.#placeholders.set(name, placeholder)
    return placeholder
  }

  hiddenByPlace(text: string): string {
    const ofPlace = (_: string, begin: string, place: string, name: string): string => {
      const quote = /^(["']).*\1$/.exec(name)?.[1] ?? ''
      const bare = name.slice(quote.length, name.length - quote.length)
      return begin + quote + this.of(/branch$/i.test(place) ? 'branch' : 'tag', unescapedRuns(bare)) + quote
    }
    const ofCallId = (_: string, begin: string, name: string): string => begin + this.of('call-id', unescapedRuns(name))
    return text
      .replace(callIdField, (_, begin: string, name: string) => begin + this.of('call-id', name))
      .replace(embeddedCallId, ofCallId)
      .replace(attribute, ofCallId)
      .replace(parameter, ofPlace)
      .replace(escapedParameter, ofPlace)
  }

  /** A search for all names in each spelling. Undefined: there are too many names. Call it after all names are known. */
  search(): NameSearch | undefined {
    const spellings = new Map<string, string>()
    let characters = 0
    for (const [name, placeholder] of this.#placeholders) {
      if (name.length < shortestUnique) continue
      const begin = name.slice(0, longestSought)
      for (const spelling of new Set([begin, escaped(begin)])) {
        spellings.set(spelling, placeholder)
        characters += spelling.length
      }
      if (characters > mostSought) return undefined
    }
    return new NameSearch(spellings)
  }
}

function escaped(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    return text // The text was cut in the middle of a surrogate pair.
  }
}
