import { messageOf } from '../foundation/errors.js'

/** In characters. The text may come from the directory, and goes to logs and health. */
const longestReason = 300

/** Why a list could not be read, without control characters, which could change what a terminal shows. */
export function reasonOf(error: unknown): string {
  const text = messageOf(error)
  const cut = text.length > longestReason ? `${text.slice(0, longestReason)}…` : text
  return cut.replace(/\p{C}/gu, ' ')
}
