import { setImmediate as nextTurn } from 'node:timers/promises'
import { unescapedRuns } from '../foundation/percent.js'
import type { CallMessage } from '../signaling/port.js'
import { NameSearch } from './name-search.js'

type Kind = 'call-id' | 'tag' | 'branch'

/**
 * In characters. A name of this length or more is unique enough to be replaced wherever its text occurs, for example when a proxy
 * repeats a tag in its Record-Route. A shorter one is replaced only where the syntax shows what it is.
 */
const shortestUnique = 6
/** In characters. The beginning of a longer name is unique enough, too. */
const longestSought = 256
/** In characters, for all names and their spellings: a call with a thousand legs has less. Each takes some 100 bytes during the search. */
const mostSought = 128 * 1024
/** In characters of the messages: one turn of the event loop takes a few milliseconds, whatever they contain. */
const perTurn = 32 * 1024
const tooManyNames = '… (left out: the messages of this call have too many Call-IDs, tags and branches to hide)'

const callIdField = /^((?:Call-ID|i|In-Reply-To|Replaces|Target-Dialog|Join)[ \t]*:[ \t]*)([^;,\s]+)/gim
/** In the header fields of a Refer-To URI. */
const embeddedCallId = /([?&](?:Replaces|Join|Target-Dialog|Call-ID|In-Reply-To)=)((?:(?!%3B)[^;&>\s"])+)/gi
/** In dialog-info documents (RFC 4235). */
const attribute = /(\bcall-id[ \t]*=[ \t]*["'])([^"']+)/gi
const parameter = /((?<![\w-])([\w-]*(?:tag|branch))[ \t]*=[ \t]*)("[^"\r\n]*"|'[^'\r\n]*'|[\w.!%*+`'~-]+)/gi
const escapedParameter = /((?<![\w-])([\w-]*(?:tag|branch))%3D)((?:(?!%3B)[^;&>\s"])+)/gi

/**
 * Replaces each Call-ID, tag and branch in the messages by a placeholder such as `call-id-1`, `tag-2` or `branch-3`. A name has
 * the same placeholder in all messages. So a reader can follow every dialog and transaction, but can't use the names in requests
 * to the server.
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

/** Calls can run between two groups of messages. */
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

  /** Finds all names of the messages, in each spelling. Undefined: they are too many. Call it after all names are known. */
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
    return text // Half of a character at its end, because it was cut.
  }
}
