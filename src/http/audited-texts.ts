import { z } from 'zod'

/** In characters. */
const longestText = 200

/**
 * The texts of an object from a request, truncated. The body of an upload has none: it is bytes, and each byte would count as a field of
 * its own.
 */
export function auditedTexts(given: unknown): Record<string, string> {
  if (typeof given !== 'object' || given === null || given instanceof Uint8Array) return {}
  const texts = Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts.map(([key, value]) => [key, short(value, longestText)]))
}

/** The names of the fields that a body may have. Others say nothing about what was asked for. */
export function fieldsOf(body: z.core.$ZodType): readonly string[] {
  if (body instanceof z.ZodObject) return Object.keys(body.shape)
  return body instanceof z.ZodUnion ? body.options.flatMap(fieldsOf) : []
}

/** A control character would take six bytes in the log, the store and each answer. */
export function short(text: string, longest: number): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text
  return cut.replaceAll(/\p{C}/gu, '\ufffd')
}
