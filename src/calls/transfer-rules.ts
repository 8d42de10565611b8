import type { TransferSettings } from '../config/call-settings.js'
import { isNumber, patternOf, plainNumber } from './number-patterns.js'

/** The parts of a URI that are compared: without escapes and parameters. A tel URI has no host. */
export interface NamedParts {
  readonly scheme: string
  readonly user: string
  readonly host: string
  /** The port as written. It only chooses among several rules for one host. */
  readonly port: string | undefined
}

/** A rule as it stands in the config, and the port that it names. */
interface PlacedRule {
  readonly text: string
  readonly port: string | undefined
}

/** The targets that `transfers.allow` allows for a REFER. */
export class TransferRules {
  readonly #numbers: readonly RegExp[]
  /** By host, and by user and host. */
  readonly #hosts = new Map<string, PlacedRule[]>()
  readonly #uris = new Map<string, PlacedRule[]>()
  readonly byCallers: boolean

  constructor({ byCallers, allow }: TransferSettings, partsOf: (uri: string) => NamedParts) {
    this.byCallers = byCallers
    this.#numbers = allow.flatMap(rule => (rule.kind === 'number' ? [patternOf(rule.number)] : []))
    for (const rule of allow)
      if (rule.kind === 'host') {
        const { host, port } = partsOf(`sip:${rule.host}`)
        add(this.#hosts, host, { text: rule.host, port })
      } else if (rule.kind === 'uri') {
        const parts = partsOf(rule.uri)
        add(this.#uris, nameOf(parts), { text: rule.uri, port: parts.port })
      }
  }

  /** The digits, with the plus if there is one. Undefined: not a number, or one that no rule allows. */
  number(user: string): string | undefined {
    const digits = plainNumber(user)
    return isNumber(digits) && this.#numbers.some(pattern => pattern.test(digits)) ? digits : undefined
  }

  /** The URI of the rule that matches, as in the config. Undefined: no rule allows it. */
  uri(parts: NamedParts): string | undefined {
    return chosen(this.#uris.get(nameOf(parts)), parts)
  }

  /** The host of the rule that matches, with its port as in the config. Undefined: no rule allows it. */
  host(parts: NamedParts): string | undefined {
    return chosen(this.#hosts.get(parts.host), parts)
  }
}

/** The rule for the port that the target names, otherwise the first one. */
const chosen = (rules: readonly PlacedRule[] = [], { port }: NamedParts): string | undefined =>
  (rules.find(rule => rule.port === port) ?? rules[0])?.text

function add(rules: Map<string, PlacedRule[]>, key: string, rule: PlacedRule): void {
  rules.set(key, [...(rules.get(key) ?? []), rule])
}

const nameOf = ({ user, host }: NamedParts): string => `${user}@${host}`
