/** A SIP message as an application writes it: without what the server adds. */
export interface Draft {
  readonly startLine: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What an application asks for. `id` names the question in the answer. */
export type Command =
  | { readonly kind: 'authenticate'; readonly id: string; readonly secret: string; readonly tags: readonly string[] }
  | { readonly kind: 'ping'; readonly id: string }
  | { readonly kind: 'route' | 'removeRoute'; readonly id: string; readonly verb: string }
  | ({ readonly kind: 'request'; readonly id: string; readonly draft: Draft } & Place)
  | { readonly kind: 'response'; readonly id: string; readonly transactionId: string; readonly draft: Draft }
  | { readonly kind: 'unknown'; readonly id: string }

/** Where a request belongs. Empty texts: nowhere yet. */
interface Place {
  /** Of the INVITE that a CANCEL ends. */
  readonly transactionId: string
  readonly dialogId: string
  /** Where a request outside dialogs is sent, if not to its Request-URI. */
  readonly proxy: string
}

/** Reads one message of an application: a line of tokens, then perhaps a SIP message. */
export function readCommand(text: string): Command {
  const lineEnd = text.indexOf('\r\n')
  const [id = '', word = '', ...tokens] = (lineEnd < 0 ? text : text.slice(0, lineEnd)).split('|')
  const [first = '', second = '', third = ''] = tokens
  switch (word) {
    case 'authenticate':
      return { kind: 'authenticate', id, secret: first, tags: second === '' ? [] : second.split(',') }
    case 'ping':
      return { kind: 'ping', id }
    case 'route':
      return { kind: 'route', id, verb: first }
    case 'remove_route':
      return { kind: 'removeRoute', id, verb: first }
    case 'sip': {
      const draft = readDraft(lineEnd < 0 ? '' : text.slice(lineEnd + 2))
      if (draft.startLine.startsWith('SIP/')) return { kind: 'response', id, transactionId: first, draft }
      return { kind: 'request', id, transactionId: first, dialogId: second, proxy: third, draft }
    }
    default:
      return { kind: 'unknown', id }
  }
}

function readDraft(text: string): Draft {
  const headEnd = text.indexOf('\r\n\r\n')
  const [startLine = '', ...lines] = (headEnd < 0 ? text : text.slice(0, headEnd)).split('\r\n')
  const headers: [string, string][] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()])
  }
  return { startLine, headers, body: headEnd < 0 ? '' : text.slice(headEnd + 4) }
}

/** The last value of a header field that an application wrote. */
export function written(draft: Draft, name: string): string | undefined {
  const wanted = name.toLowerCase()
  return draft.headers.findLast(([candidate]) => candidate.toLowerCase() === wanted)?.[1]
}
