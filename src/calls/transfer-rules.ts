import type { TransferSettings } from '../config/settings.js'

/** The parts of a URI by which it is compared: without escapes, parameters and port; a tel URI has no host. */
export interface NamedParts {
  readonly scheme: string
  readonly user: string
  readonly host: string
}

/** What `transfers.allow` lets a REFER reach. */
export class TransferRules {
  readonly #numbers: readonly RegExp[]
  readonly #hosts: ReadonlyMap<string, string>
  readonly #uris: ReadonlyMap<string, string>
  readonly byCallers: boolean

  constructor({ byCallers, allow }: TransferSettings, partsOf: (uri: string) => NamedParts) {
    this.byCallers = byCallers
    this.#numbers = allow.flatMap(rule => (rule.kind === 'number' ? [patternOf(rule.number)] : []))
    this.#hosts = new Map(allow.flatMap(rule => (rule.kind === 'host' ? [[hostOf(rule.host), rule.host] as const] : [])))
    this.#uris = new Map(allow.flatMap(rule => (rule.kind === 'uri' ? [[nameOf(partsOf(rule.uri)), rule.uri] as const] : [])))
  }

  /** Digits alone, with the plus where it has one. Undefined: it is no number, or one that no rule allows. */
  number(user: string): string | undefined {
    const digits = user.replace(/[-.() ]/g, '')
    return isNumber.test(digits) && this.#numbers.some(pattern => pattern.test(digits)) ? digits : undefined
  }

  /** The URI of the config that is meant. */
  uri(parts: NamedParts): string | undefined {
    return this.#uris.get(nameOf(parts))
  }

  /** The host with its port, as the config has it. */
  host(host: string): string | undefined {
    return this.#hosts.get(host)
  }
}

const isNumber = /^\+?\d+$/

/** `?` is one digit, `*` at the end any number of them. A plus counts: `00…` and `+…` are two numbers. */
const patternOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace('+', '\\+').replaceAll('?', '\\d').replace(/\*$/, '\\d*')}$`)

const nameOf = ({ user, host }: NamedParts): string => `${user}@${host}`

const hostOf = (hostPort: string): string =>
  hostPort
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
