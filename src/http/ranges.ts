interface Range {
  readonly from: number
  /** The last byte, included. */
  readonly to: number
}

/** The range that a request asks for (RFC 9110 §14.1.2). Undefined: everything, also for several ranges, which a server may ignore. */
export function rangeOf(header: string | undefined, size: number): Range | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || first + last === '') return undefined
  if (first === '') return within(Math.max(0, size - Number(last)), size - 1, size)
  if (last !== '' && Number(last) < Number(first)) return undefined
  return within(Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1), size)
}

const within = (from: number, to: number, size: number): Range | 'unsatisfiable' => (from < size ? { from, to } : 'unsatisfiable')
