import { fault, ok, type Result } from '../foundation/result.js'

/** A parsed SIP URI of the config. */
export interface ConfigUri {
  /** The URI as it is sent: scheme and host in lower case, and no dot at the end of the host. */
  readonly text: string
  readonly user?: string
  /** The host in lower case. IPv6 has no brackets. */
  readonly host: string
  /** `host` or `host:port` as written in a URI, so IPv6 has brackets. */
  readonly hostPort: string
}

const sipForm =
  /^(sips?):(?:([^@\s<>"?;]+)@)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\.?(?::(\d{1,5}))?((?:;[^\s;?<>"@]+)*)$/i
const telForm = /^tel:(\+[\d().-]+)$/i
/** E.164: a plus sign, the country code, at most fifteen digits. */
export const e164Form = /^\+[1-9]\d{1,14}$/
const hostForm = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.?|\[?[0-9a-f]*:[0-9a-f:.]+\]?)$/i
const transportForm = /;transport=([^;]*)/i
const dialledTransports = ['udp', 'tcp', 'tls']

/** Reads `sip:user@host:port;params`. Header fields after `?` are refused, because the config names addresses and not messages. */
export function readSipUri(text: string): Result<ConfigUri> {
  const [, scheme = '', user, hostText = '', port, parameters = ''] = sipForm.exec(text) ?? []
  const objection = objectionTo(scheme.toLowerCase(), parameters, Number(port ?? 5060))
  if (objection !== undefined) return fault(objection)
  const host = hostText.toLowerCase()
  const hostPort = port === undefined ? host : `${host}:${port}`
  const who = user === undefined ? '' : `${user}@`
  return ok({
    text: `${scheme.toLowerCase()}:${who}${hostPort}${parameters}`,
    host: withoutBrackets(host),
    hostPort,
    ...(user !== undefined && { user }),
  })
}

function objectionTo(scheme: string, parameters: string, port: number): string | undefined {
  if (scheme === '') return 'expected a SIP URI such as sip:alice@example.com'
  const transport = transportForm.exec(parameters)?.[1]?.toLowerCase()
  if (transport !== undefined && !dialledTransports.includes(transport))
    return `phones with transport=${transport} can only be reached on their own connection; expected udp, tcp or tls`
  if (scheme === 'sips' && transport === 'udp') return 'sips: requires TLS, which UDP does not have; leave out transport=udp'
  return port < 1 || port > 65_535 ? 'expected a port from 1 to 65535' : undefined
}

/** The E.164 number of a `tel:` URI without its separators (RFC 3966 §5.1.1). Undefined: it is not a global number. */
export function telNumber(text: string): string | undefined {
  const digits = telForm.exec(text)?.[1]?.replace(/[().-]/g, '')
  return digits !== undefined && e164Form.test(digits) ? digits : undefined
}

/** Reads a host name or IP address. The result is in lower case. IPv6 has no brackets, and a name has no dot at its end. */
export function readHost(text: string): Result<string> {
  if (!hostForm.test(text)) return fault('expected a host name or IP address such as rgs.example.com')
  return ok(withoutBrackets(text.toLowerCase()).replace(/\.$/, ''))
}

/** An IPv6 address without the brackets that URIs put around it. */
export const withoutBrackets = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host)
