/** One SIP message in SIPp's trace (`-trace_msg`). */
export interface TracedMessage {
  /** Milliseconds since the epoch, with decimals. */
  readonly at: number
  readonly direction: 'sent' | 'received'
  readonly startLine: string
  /** `INVITE`, or undefined for a response. */
  readonly method: string | undefined
  /** `200`, or undefined for a request. */
  readonly status: number | undefined
  /** The method in CSeq, for requests and responses. */
  readonly cseqMethod: string
  readonly callId: string
  readonly body: string
  /** The values of a header field, in order. The name is case-insensitive. */
  header(name: string): readonly string[]
  readonly text: string
}

const frame = /^-{40,} (\d{4}-\d\d-\d\d[T\t ]\d\d:\d\d:\d\d\.\d+)[^\n]*\n\w+ message (sent|received)[^\n]*\n\n/gm

/** All complete messages of a SIPp trace file, in order. */
export function parseTrace(file: string): TracedMessage[] {
  const starts = [...file.matchAll(frame)]
  return starts.flatMap((start, index) => {
    const text = file.slice(start.index + start[0].length, starts[index + 1]?.index ?? file.length)
    return text.trim() === '' ? [] : [traced(start[1] ?? '', start[2] === 'sent' ? 'sent' : 'received', text)]
  })
}

/** Removes retransmissions: messages with the same start line, CSeq, top Via, direction and To tag. */
export function distinct(messages: readonly TracedMessage[]): TracedMessage[] {
  const seen = new Set<string>()
  return messages.filter(message => {
    const key = [
      message.direction,
      message.startLine,
      ...['CSeq', 'Via', 'To', 'Call-ID'].map(name => message.header(name)[0]),
    ].join('|')
    return !seen.has(key) && seen.add(key)
  })
}

function traced(at: string, direction: TracedMessage['direction'], raw: string): TracedMessage {
  const text = raw.replaceAll('\r\n', '\n')
  const split = text.indexOf('\n\n')
  const head = (split < 0 ? text : text.slice(0, split)).trim()
  const [startLine = '', ...lines] = head.split('\n')
  const fields = lines.map(line => [
    line.slice(0, line.indexOf(':')).trim().toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ])
  const header = (name: string): string[] =>
    fields.filter(([field]) => field === name.toLowerCase()).map(([, value = '']) => value)
  const isResponse = startLine.startsWith('SIP/2.0 ')
  return {
    at: Date.parse(`${at.replace(/[\t ]/, 'T').slice(0, 23)}Z`) + Number(`0.${at.split('.')[1]?.slice(3) ?? '0'}`),
    direction,
    startLine,
    method: isResponse ? undefined : startLine.split(' ')[0],
    status: isResponse ? Number(startLine.split(' ')[1]) : undefined,
    cseqMethod: header('CSeq')[0]?.split(/\s+/)[1] ?? '',
    callId: header('Call-ID')[0] ?? '',
    body: split < 0 ? '' : text.slice(split + 2).trim(),
    header,
    text,
  }
}
