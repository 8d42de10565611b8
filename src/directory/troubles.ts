import type { WallTime } from '../foundation/time.js'

/** The list of one group. */
export interface ListFigure {
  readonly group: string
  /** Undefined: the list was never read. */
  readonly readAt: WallTime | undefined
  /** Whether the last reading failed. */
  readonly hasFailed: boolean
}

/** What does not work, in words for everybody: without names of groups and servers. */
export function troubleWords(figures: readonly ListFigure[]): string[] {
  const never = figures.filter(({ readAt }) => readAt === undefined).length
  const old = figures.filter(({ readAt, hasFailed }) => readAt !== undefined && hasFailed).length
  return [
    ...(never > 0 ? [`directory: ${never} of ${figures.length} lists could never be read; their groups have no agents`] : []),
    ...(old > 0 ? [`directory: ${old} of ${figures.length} lists can't be read now; the last members stay`] : []),
  ]
}
