/** The one part in which two texts differ. */
export interface Splice {
  /** Where it begins, in UTF-16 code units. */
  readonly at: number
  /** The text that `applied` removes. */
  readonly removed: string
  /** The text that `applied` inserts there. */
  readonly inserted: string
}

/** The splice that turns `after` back into `before`. */
export function spliceOf(before: string, after: string): Splice {
  const most = Math.min(before.length, after.length)
  let at = 0
  while (at < most && before[at] === after[at]) at += 1
  let tail = 0
  while (tail < most - at && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1
  return { at, removed: after.slice(at, after.length - tail), inserted: before.slice(at, before.length - tail) }
}

/** The earlier text: the text for which the splice was made, with the splice applied. */
export const applied = (text: string, { at, removed, inserted }: Splice): string =>
  text.slice(0, at) + inserted + text.slice(at + removed.length)
