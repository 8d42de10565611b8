import type { TransferSettings } from '../config/settings.js'

/** The parts of a URI that are compared: without escapes, parameters and port. A tel URI has no host. */
export interface NamedParts {
  readonly scheme: string
  readonly user: string
  readonly host: string
}

/** The targets that `transfers.allow` allows for a REFER. */
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

  /** The digits, with the plus if there is one. Undefined: not a number, or one that no rule allows. */
  number(user: string): string | undefined {
    const digits = user.replace(/[-.() ]/g, '')
    return isNumber.test(digits) && this.#numbers.some(pattern => pattern.test(digits)) ? digits : undefined
  }

  /** The URI in the config that matches. */
  uri(parts: NamedParts): string | undefined {
    return this.#uris.get(nameOf(parts))
  }

  /** The host with its port, as in the config. */
  host(host: string): string | undefined {
    return this.#hosts.get(host)
  }
}

const isNumber = /^\+?\d+$/

/** `?` is one digit, `*` at the end any number of digits. A plus matters: `00…` and `+…` are different numbers. */
const patternOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace('+', '\\+').replaceAll('?', '\\d').replace(/\*$/, '\\d*')}$`)

const nameOf = ({ user, host }: NamedParts): string => `${user}@${host}`

const hostOf = (hostPort: string): string =>
  hostPort
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
