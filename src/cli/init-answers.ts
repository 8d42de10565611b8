import { isIP } from 'node:net'
import { withoutBrackets, e164Form, readHost, readSipUri } from '../config/uri.js'
import { fault, ok, type Result } from '../foundation/result.js'
import { agentUri } from '../routing/world/ids.js'
import { routingMethodNames } from '../routing/world/words.js'

/** What `carillon init` needs to know. */
export interface Answers {
  readonly domain: string
  readonly pbx: Pbx
  readonly agents: readonly InitialAgent[]
  readonly group: string
  readonly method: string
  /** The telephone number in E.164. Empty: there is none. */
  readonly number: string
  readonly listen: readonly string[]
  readonly http: string
  readonly store: string
}

interface Pbx {
  readonly address: string
  /** The SIP URI of the PBX. */
  readonly uri: string
}

/** An agent of the new config. `contact` is absent if the PBX reaches the phone. */
export interface InitialAgent {
  readonly user: string
  readonly contact?: string
}

export interface Question<T> {
  /** What a person is asked. */
  readonly asks: string
  /** The name of the value in `--help`. */
  readonly value: string
  /** The value if the person answers nothing. Undefined: an answer is required. */
  readonly preset?: string
  /** More words for the question and for `--help`, which would not say enough without them. */
  readonly also?: string
  readonly read: (text: string) => Result<T>
}

type Questions = { readonly [Name in keyof Answers]: Question<Answers[Name]> }

/** The questions in the order in which they are asked. Their names are also the names of the options. */
export const questions: Questions = {
  domain: {
    asks: "SIP domain, the part behind the @ of your agents' addresses",
    value: 'DOMAIN',
    read: readHost,
  },
  pbx: {
    asks: 'IP address of the PBX or SBC that sends calls, with :PORT if it is not 5060',
    value: 'ADDRESS',
    read: readPbx,
  },
  agents: {
    asks: 'Agents: their user names at the PBX, such as: alice bob',
    also: 'alice@10.0.0.9:5062 calls a phone directly',
    value: 'USERS',
    read: readAgents,
  },
  group: {
    asks: 'Name of the group that callers reach; it becomes the user of its SIP address',
    value: 'NAME',
    preset: 'support',
    read: readGroup,
  },
  method: {
    asks: `How the next agent is chosen: ${routingMethodNames.join(', ')}`,
    value: 'METHOD',
    preset: 'longestIdle',
    read: oneOf(routingMethodNames),
  },
  number: {
    asks: 'Telephone number of the group such as +14255550100, or none',
    value: 'NUMBER',
    preset: 'none',
    read: readNumber,
  },
  listen: {
    asks: 'Addresses for SIP on this machine, separated by commas',
    value: 'URIS',
    preset: 'udp://0.0.0.0:5060,tcp://0.0.0.0:5060',
    read: text => readAll(text, listenForm, 'expected addresses such as udp://0.0.0.0:5060,tcp://0.0.0.0:5060'),
  },
  http: {
    asks: 'Address for the console and the HTTP API',
    value: 'URL',
    preset: 'http://127.0.0.1:8080',
    read: text => (httpForm.test(text) ? ok(text) : fault('expected an address such as http://127.0.0.1:8080')),
  },
  store: {
    asks: 'File for sign-ins, records and calls in progress; a relative path starts at the config folder',
    value: 'FILE',
    preset: '../data/carillon.db',
    read: text => (/^[^\p{Cc}"]+$/u.test(text) ? ok(text) : fault('expected a path such as /var/lib/carillon/carillon.db')),
  },
}

const listenForm = /^(udp|tcp):\/\/(\[[0-9a-f:.]+\]|[0-9.]+):\d{1,5}$/i
const httpForm = /^http:\/\/(\[[0-9a-f:.]+\]|[0-9.]+|localhost):\d{1,5}$/i

function readPbx(text: string): Result<Pbx> {
  const isBareV6 = isIP(text) === 6
  const [, host = '', port] = isBareV6 ? [text, text] : (/^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text) ?? [])
  const address = withoutBrackets(host)
  const uri = readSipUri(`sip:${isIP(address) === 6 ? `[${address}]` : address}${port === undefined ? '' : `:${port}`}`)
  return isIP(address) !== 0 && uri.ok
    ? ok({ address: address.toLowerCase(), uri: uri.value.text })
    : fault('expected an IP address such as 10.0.0.5 or 10.0.0.5:5080')
}

function readAgents(text: string): Result<readonly InitialAgent[]> {
  const agents: InitialAgent[] = []
  for (const word of text.split(/[\s,]+/).filter(each => each !== '')) {
    const [user = '', place] = word.replace(/^sips?:/i, '').split(/@(.*)/s, 2)
    const contact = place === undefined ? undefined : readSipUri(`sip:${user}@${place}`)
    if (!agentUri(`sip:${user}@example.com`).ok || contact?.ok === false)
      return fault(`'${word}' is not a user such as alice, nor a phone such as alice@10.0.0.9:5062`)
    if (agents.some(each => each.user === user)) return fault(`'${user}' is there twice`)
    agents.push({ user, ...(contact && { contact: contact.value.text }) })
  }
  return agents.length === 0 ? fault('expected at least one user such as alice') : ok(agents)
}

function readGroup(text: string): Result<string> {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)
    ? ok(text)
    : fault('expected up to 64 lower-case letters, digits, dots, hyphens and underscores, such as support')
}

function readNumber(text: string): Result<string> {
  if (text === 'none') return ok('')
  return e164Form.test(text) ? ok(text) : fault('expected a number in E.164 such as +14255550100, or none')
}

function oneOf(words: readonly string[]): (text: string) => Result<string> {
  return text => (words.includes(text) ? ok(text) : fault(`expected one of ${words.join(', ')}`))
}

function readAll(text: string, form: RegExp, expected: string): Result<readonly string[]> {
  const parts = text.split(/[\s,]+/).filter(each => each !== '')
  return parts.length > 0 && parts.every(part => form.test(part)) ? ok(parts) : fault(expected)
}
