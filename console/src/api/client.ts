import { learnTime } from '../clock.js'
import { Store } from '../store.js'

/** An answer of the API, or why there is none: in the server's words, or none of them when it can't be reached. */
export type Answered<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'problem'; readonly status: number; readonly detail: string }
  | { readonly kind: 'unreachable' }

/** Counts answers by which the server does not know who asks (401). */
export const unknownHere = new Store(0)

export const get = <Value>(path: string): Promise<Answered<Value>> => ask<Value>('GET', path)

export const post = <Value>(path: string, body: unknown): Promise<Answered<Value>> => ask<Value>('POST', path, body)

/** A change: what it answers is of no interest. */
export const change = (method: 'PUT' | 'DELETE' | 'POST', path: string, body?: unknown): Promise<Answered<unknown>> =>
  ask(method, path, body)

/** Path of an agent and what stands below. */
export const agentPath = (uri: string, ...below: readonly string[]): string =>
  ['/api/agents', encodeURIComponent(uri), ...below.map(encodeURIComponent)].join('/')

async function ask<Value>(method: string, path: string, body?: unknown): Promise<Answered<Value>> {
  const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  try {
    const response = await fetch(path, { method, ...json })
    learnTime(response.headers.get('date'))
    const text = await response.text()
    // The one place where the shape of an answer is believed: this console and its server are of one version.
    if (response.ok) return { kind: 'ok', value: (text === '' ? undefined : JSON.parse(text)) as Value }
    if (response.status === 401) unknownHere.set(unknownHere.state + 1)
    return { kind: 'problem', status: response.status, detail: detailOf(text, response.statusText) }
  } catch {
    return { kind: 'unreachable' } // fetch says so by an exception
  }
}

function detailOf(text: string, otherwise: string): string {
  const detail = /"detail":("(?:[^"\\]|\\.)*")/.exec(text)?.[1]
  return detail === undefined ? otherwise : String(JSON.parse(detail))
}
