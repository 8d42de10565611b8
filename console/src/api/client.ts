import { learnTime } from '../clock.js'
import { Store } from '../store.js'
import { problemOf, type Answered } from './answered.js'

export type { Answered }

/** Counts answers with status 401: the server does not know who asks. */
export const unknownHere = new Store(0)

/** Reads a document. `also`: a status other than 2xx whose body is the document too. */
export const get = <Value>(path: string, also?: number): Promise<Answered<Value>> => ask<Value>('GET', path, undefined, also)

export const post = <Value>(path: string, body: unknown): Promise<Answered<Value>> => ask<Value>('POST', path, body)

/** Requests a change. Only its success or failure counts, not the document in the answer. */
export const change = (method: 'PUT' | 'DELETE' | 'POST', path: string, body?: unknown): Promise<Answered<unknown>> =>
  ask(method, path, body)

/** The API path of an agent or of something below it. */
export const agentPath = (uri: string, ...below: readonly string[]): string =>
  ['/api/agents', encodeURIComponent(uri), ...below.map(encodeURIComponent)].join('/')

export const signInOrOut = (agent: string, group: string, on: boolean): Promise<Answered<unknown>> =>
  change(on ? 'PUT' : 'DELETE', agentPath(agent, 'groups', group, 'sign-in'))

async function ask<Value>(method: string, path: string, body?: unknown, also?: number): Promise<Answered<Value>> {
  const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  try {
    const response = await fetch(path, { method, ...json })
    learnTime(response.headers.get('date'))
    const text = await response.text()
    // The only place that trusts the shape of an answer: the server delivers the console of its own version.
    const isDocument = response.ok || (response.status === also && isJson(response))
    if (isDocument) return { kind: 'ok', value: (text === '' ? undefined : JSON.parse(text)) as Value }
    if (response.status === 401) unknownHere.set(unknownHere.state + 1)
    return problemOf(response.status, response.statusText, text)
  } catch {
    return { kind: 'unreachable' } // fetch throws when no response arrives.
  }
}

/** Whether the body is JSON. An error page of a proxy has another type. */
const isJson = ({ headers }: Response): boolean => headers.get('content-type')?.startsWith('application/json') === true
