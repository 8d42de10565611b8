import type { OutboundSettings } from '../config/call-settings.js'
import type { WorkflowName } from '../routing/index.js'
import { isNumber, patternOf, plainNumber } from './number-patterns.js'

/** A workflow on whose behalf agents may call out, with the numbers that they may call. */
export interface Outbound extends Pick<OutboundSettings, 'workflow' | 'prefix' | 'groups' | 'identity' | 'at'> {
  readonly allowed: readonly RegExp[]
}

/** Finds the workflow on whose behalf somebody calls out, by the prefix that they dialled or by its name. */
export class OutboundCodes {
  readonly #byName = new Map<WorkflowName, Outbound>()
  /** The longest prefix first, so that `*71` is not taken for `*7`. */
  readonly #prefixes: readonly (Outbound & { readonly prefix: string })[]

  constructor(settings: readonly OutboundSettings[] = []) {
    for (const { numbers, ...rest } of settings) this.#byName.set(rest.workflow, { ...rest, allowed: numbers.map(patternOf) })
    this.#prefixes = [...this.#byName.values()]
      .flatMap(outbound => (outbound.prefix === undefined ? [] : [{ ...outbound, prefix: outbound.prefix }]))
      .sort((a, b) => b.prefix.length - a.prefix.length)
  }

  named(workflow: WorkflowName): Outbound | undefined {
    return this.#byName.get(workflow)
  }

  /** `user`: the user part of the Request-URI. */
  dialled(user: string): { readonly outbound: Outbound; readonly number: string } | undefined {
    const outbound = this.#prefixes.find(({ prefix }) => user.startsWith(prefix))
    return outbound && { outbound, number: user.slice(outbound.prefix.length) }
  }
}

/** The URI of the number at the PBX (RFC 3261 §19.1.6). Undefined: it is no number, or one that agents may not call. */
export function outboundUri({ allowed, at }: Outbound, number: string): string | undefined {
  const digits = plainNumber(number)
  return isNumber(digits) && allowed.some(pattern => pattern.test(digits)) ? `sip:${digits}@${at};user=phone` : undefined
}
