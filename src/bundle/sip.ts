import type { CallMessage } from '../signaling/port.js'
import type { Names } from './names.js'
import { sdpWithout } from './sdp.js'

/**
 * How the value of a header field is treated. `words`: tokens and numbers of the protocol. `address`: URIs and what stands around them.
 * `dialog`: names of dialogs, for which placeholders stand already. Other fields keep only their names.
 */
type Treatment = 'words' | 'address' | 'dialog'

const treated: readonly (readonly [Treatment, string])[] = [
  [
    'words',
    `Accept Accept-Encoding Accept-Language Allow Allow-Events Content-Disposition Content-Encoding Content-Length Content-Type CSeq
     Date Event Expires Max-Breadth Max-Forwards Min-Expires Min-SE MIME-Version Privacy Proxy-Require RAck Recv-Info Require Retry-After
     RSeq Server Session-Expires Subscription-State Supported Unsupported User-Agent Reason Carillon-Passed`,
  ],
  [
    'address',
    `Contact Diversion From History-Info P-Asserted-Identity P-Preferred-Identity Path Record-Route Refer-To Referred-By
     Remote-Party-ID Reply-To Route Service-Route To Via P-Called-Party-ID`,
  ],
  ['dialog', 'Call-ID In-Reply-To Join Replaces Target-Dialog'],
]
const compact: Readonly<Record<string, string>> = {
  ...{ b: 'referred-by', c: 'content-type', f: 'from', i: 'call-id', k: 'supported', l: 'content-length', m: 'contact' },
  ...{ o: 'event', r: 'refer-to', t: 'to', u: 'allow-events', v: 'via', x: 'session-expires', e: 'content-encoding' },
}
const treatments = new Map(
  treated.flatMap(([treatment, list]) => list.split(/\s+/).map(name => [name.toLowerCase(), treatment] as const)),
)

/** Parameters outside a URI whose values are tokens of the protocol, or placeholders of dialog names. */
const openParameters = new Set(
  (
    'tag branch rport received q expires transport lr ob cause reason refresher counter privacy screen party index rc mp text ' +
    'to-tag from-tag early-only alias keep id'
  ).split(' '),
)

/** The messages of a call with other names. Their dialog names are replaced already. */
export function messagesWithout(messages: readonly CallMessage[], names: Names): CallMessage[] {
  const once = (): CallMessage[] => messages.map(message => messageWithout(message, names))
  // The first round learns all names, which may occur in an earlier message without telling what they are.
  once()
  return once()
}

function messageWithout(message: CallMessage, names: Names): CallMessage {
  const { peer, from, to, reasonPhrase, text, sipCallId } = message
  return {
    ...message,
    peer: names.place(peer),
    from: names.uri(from),
    to: names.uri(to),
    sipCallId: dialogName(sipCallId),
    ...(reasonPhrase !== undefined && { reasonPhrase: names.words(reasonPhrase) }),
    text: textWithout(text, names),
  }
}

function textWithout(text: string, names: Names): string {
  const end = /\r?\n\r?\n/.exec(text)
  const head = end ? text.slice(0, end.index) : text
  const body = end ? text.slice(end.index + end[0].length) : ''
  const [start = '', ...fields] = unfolded(head)
  const type = fields.find(field => /^(?:content-type|c)[ \t]*:/i.test(field)) ?? ''
  const lines = [startLine(start, names), ...fields.map(field => fieldWithout(field, names))]
  return `${lines.join('\r\n')}${end ? '\r\n\r\n' : ''}${bodyWithout(body, type, names)}`
}

/** A line that begins with white space goes on with the field before it (RFC 3261 §7.3.1). */
const unfolded = (head: string): string[] => head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)

function startLine(line: string, names: Names): string {
  const [, version, status, phrase = ''] = /^(SIP\/2\.0) (\d{3})(.*)$/.exec(line) ?? []
  if (version !== undefined && status !== undefined) return `${version} ${status}${names.words(phrase)}`
  const [, method = '', uri = '', end = ''] = /^([A-Z]+) (\S+)( SIP\/2\.0)?/.exec(line) ?? []
  return method === '' ? '…' : `${method} ${names.uri(uri)}${end}`
}

function fieldWithout(field: string, names: Names): string {
  const [, name = '', value = ''] = /^([\w.!%*+`'~-]+)[ \t]*:(.*)$/s.exec(field) ?? []
  if (name === '') return '…'
  const lower = name.toLowerCase()
  const treatment = treatments.get(compact[lower] ?? lower)
  if (/^(?:user-agent|server)$/.test(lower)) return `${name}:${names.words(value).replace(/\d{7,}/g, '…')}`
  if (treatment === 'words') return `${name}:${names.words(value.replace(/"[^"]*"?/g, '"…"'))}`
  if (treatment === 'address') return `${name}: ${addresses(value.trim(), names)}`
  if (treatment === 'dialog') return `${name}: ${dialogName(value.trim())}`
  return `${names.words(name)}: …`
}

/** Placeholders of `withoutDialogNames`, and nothing else. */
const dialogName = (value: string): string =>
  /^(?:call-id-\d+)(?:;(?:to-tag|from-tag)=tag-\d+|;early-only)*$/.test(value) ? value : '…'

/** One piece of a field with addresses: a URI in brackets, a quoted text, a parameter, a bare URI, or what stands between. */
const piece = /<[^<>]*>?|"(?:[^"\\]|\\.)*"?|;[ \t]*[\w.+-]+(?:[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"?|[^;,\s<>"]*))?|[^<";]+/gs

function addresses(value: string, names: Names): string {
  return (value.match(piece) ?? [])
    .map(each => {
      if (each.startsWith('<')) return `<${bracketed(each.replace(/[<>]/g, ''), names)}>`
      if (each.startsWith('"')) return `"${names.person(each.replace(/^"|"$/g, ''))}"`
      return each.startsWith(';') ? parameter(each, names) : between(each, names)
    })
    .join('')
}

/** A Refer-To may have the dialog that the call replaces. */
function bracketed(uri: string, names: Names): string {
  const [address = '', ...headers] = uri.split('?')
  if (headers.length === 0) return names.uri(address)
  const replaces = headers
    .join('?')
    .split('&')
    .find(header => /^Replaces=call-id-\d+(?:%3B(?:to-tag|from-tag)%3Dtag-\d+)*$/i.test(header))
  return `${names.uri(address)}?${replaces ?? '…'}`
}

function parameter(text: string, names: Names): string {
  const [start = '', ...rest] = text.split('=')
  const [name, value] = [start.slice(1).trim(), rest.join('=').trim()]
  if (rest.length === 0) return openParameters.has(name.toLowerCase()) ? start : ';…'
  if (!openParameters.has(name.toLowerCase()) || value.startsWith('"')) return `${names.words(start)}=…`
  return `${start}=${name.toLowerCase() === 'received' ? names.host(value) : names.words(value)}`
}

/** A bare URI, the transport and host of a Via, a display name without quotes, or commas. */
function between(text: string, names: Names): string {
  return text
    .split(/(,)/)
    .map(part => {
      const inner = part.trim()
      const [before = '', after = ''] = inner === '' ? [part] : part.split(inner)
      return before + innermost(inner, names) + after
    })
    .join('')
}

function innermost(text: string, names: Names): string {
  if (text === '' || text === ',' || text === '*') return text
  const via = /^(SIP\s*\/\s*2\.0\s*\/\s*[A-Z-]{2,10})\s+(\S+)$/i.exec(text)
  if (via) return `${via[1] ?? ''} ${names.place(via[2] ?? '')}`
  return /^[a-z]{2,6}:\S*$/i.test(text) ? names.uri(text) : names.person(text)
}

function bodyWithout(body: string, type: string, names: Names): string {
  if (body === '') return ''
  if (/application\/sdp/i.test(type)) return sdpWithout(body, names)
  const status = /^SIP\/2\.0 \d{3}\b/.exec(body)?.[0]
  if (/message\/sipfrag/i.test(type) && status !== undefined) return `${status} …`
  return `… (a body of ${body.length} characters is left out)`
}
