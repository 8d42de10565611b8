import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import type { Result } from '../foundation/result.js'
import { formatDuration, parseDuration, seconds, type Millis } from '../foundation/time.js'
import { agentUri, type AgentUri } from '../routing/world/ids.js'
import { type Digit, digits } from '../routing/world/words.js'
import type { ListenAddress } from './settings.js'
import { workflowNumberForm } from './numbers.js'
import { whyNoTemplate } from './screen-pop.js'
import { e164Form, readHost, readSipUri, telNumber, withoutBrackets, type ConfigUri } from './uri.js'

/**
 * The kinds of values in the schema. Their messages say what was expected, and `complaints.ts` adds what was found. Blocks and choices take
 * their description as an argument, because `describe` of zod makes a copy, which would lose the later words.
 */

/** The last two ranges change the direction of the text after them. */
const controlCharacters = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u

/** One line of text without control characters, so that it is safe in a SIP header. */
export const text = (most: number) =>
  z
    .string()
    .min(1, `expected 1 to ${most} characters`)
    .max(most, `expected 1 to ${most} characters`)
    .refine(value => !controlCharacters.test(value), 'expected one line without control characters')
    .refine(value => value.trim() === value, 'expected no space at the beginning or end')

/** Text to be spoken: plain text of up to 4,096 characters, on any number of lines. */
export const speech = () =>
  z
    .string()
    .max(4_096, 'expected up to 4096 characters')
    .refine(value => value.trim() !== '', 'expected words to speak')
    .refine(value => !controlCharacters.test(value.replace(/[\r\n\t]/g, ' ')), 'expected plain text without control characters')
    .transform(value => value.trim())

/** The name of a group, queue, workflow or set of holidays. */
export const name = () => text(128)

/**
 * A block of keys. Any other key is a fault. `later` maps keys of the contract that are not built yet to the feature to which they belong.
 */
export const block = <S extends z.core.$ZodLooseShape>(description: string, shape: S, later: LaterWords = {}) =>
  z.strictObject(shape).describe(description).register(laterWords, later)

/** One of these words. `later` maps words of the contract that are not built yet to the feature to which they belong. */
export const choice = <const T extends readonly [string, ...string[]]>(description: string, values: T, later: LaterWords = {}) =>
  z.enum(values).describe(description).register(laterWords, later)

/** Words that the contract has and this version does not support, each with the feature to which it belongs. */
type LaterWords = Readonly<Record<string, string>>
export const laterWords = z.registry<LaterWords>()

/** The form of a duration for editors: `20s`, `1h30m`, `500ms`, `90d`. */
const durationPattern = '(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?|\\d{1,5}d'
const sipPattern = '[sS][iI][pP][sS]?:\\S+'

/** A span of time from `least` to `most`, both included. `why` is the reason for the limits and is shown in the fault. */
export function duration(least: Millis, most: Millis, why?: string) {
  const range = `expected ${formatDuration(least)} to ${formatDuration(most)}`
  const tooLong = why === undefined ? range : `${range} (${why})`
  return read(
    '20s',
    value => {
      const span = readDuration(value)
      if (!span.ok) return { ok: false, fault: 'expected a duration such as 20s, 5m or 1h30m' }
      if (span.value > most) return { ok: false, fault: tooLong }
      return span.value >= least ? span : { ok: false, fault: range }
    },
    durationPattern,
  )
}

/** Also reads days such as `90d`, for keys that say how long something is kept. */
function readDuration(text: string): Result<Millis> {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? []
  if (days === undefined) return parseDuration(text)
  return { ok: true, value: seconds(Number(days) * 86_400) }
}

export const wholeNumber = (least: number, most: number) => {
  const range = `expected a whole number from ${least} to ${most}`
  return z.int(range).min(least, range).max(most, range)
}

const sizeUnits: Readonly<Record<string, number>> = { KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 }

function bytesOf(size: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})(KiB|MiB|GiB)$/.exec(size) ?? []
  return Number(count) * (sizeUnits[unit] ?? 0)
}

/** A number of bytes such as `64MiB`, from 64 KiB to 16 GiB. */
export const byteSize = () =>
  read(
    '64MiB',
    value => {
      const bytes = bytesOf(value)
      return bytes >= 65_536 && bytes <= 17_179_869_184
        ? { ok: true, value: bytes }
        : { ok: false, fault: 'expected a size from 64KiB to 16GiB such as 64MiB' }
    },
    '\\d{1,6}(KiB|MiB|GiB)',
  )

/** A size of files such as `20GiB`, from 1 MiB to 999,999 GiB. */
export const diskSize = () =>
  read(
    '20GiB',
    value => {
      const bytes = bytesOf(value)
      return bytes >= 1_048_576
        ? { ok: true, value: bytes }
        : { ok: false, fault: 'expected a size from 1MiB to 999999GiB such as 20GiB' }
    },
    '\\d{1,6}(KiB|MiB|GiB)',
  )

/** A number of bytes of memory such as `16MiB`, from 1 MiB to 1 GiB. `none` means 0. */
export const memorySize = () =>
  read(
    '16MiB',
    value => {
      const bytes = bytesOf(value)
      return value === 'none' || (bytes >= 1_048_576 && bytes <= 1_073_741_824)
        ? { ok: true, value: bytes }
        : { ok: false, fault: 'expected none, or a size from 1MiB to 1GiB such as 16MiB' }
    },
    'none|\\d{1,6}(KiB|MiB|GiB)',
  )

/** An agent's SIP URI, normalised. It must have a user part. */
export const agent = () =>
  read<AgentUri>(
    'sip:alice@example.com',
    value => {
      const uri = readSipUri(value)
      if (!uri.ok) return uri
      const identity = agentUri(value)
      return identity.ok ? identity : { ok: false, fault: "expected an agent's plain SIP URI such as sip:alice@example.com" }
    },
    sipPattern,
  )

/** A SIP URI to which a call can be sent. */
export const sipUri = (user: 'withUser' | 'anyUser') =>
  read<ConfigUri>(
    'sip:alice@example.com',
    value => {
      const uri = readSipUri(value)
      if (!uri.ok || user === 'anyUser' || uri.value.user !== undefined) return uri
      return { ok: false, fault: 'expected a SIP URI with a user part such as sip:alice@example.com' }
    },
    sipPattern,
  )

/** The target of a forward action: a SIP URI, or the number of a `tel:` URI. */
export type Target = { readonly kind: 'uri'; readonly uri: ConfigUri } | { readonly kind: 'number'; readonly number: string }

export const target = () =>
  read<Target>(
    'sip:alice@example.com',
    value => {
      if (!/^tel:/i.test(value)) {
        const uri = readSipUri(value)
        return uri.ok ? { ok: true, value: { kind: 'uri', uri: uri.value } } : uri
      }
      const number = telNumber(value)
      return number === undefined
        ? { ok: false, fault: 'expected a whole telephone number such as tel:+14255550100' }
        : { ok: true, value: { kind: 'number', number } }
    },
    '([sS][iI][pP][sS]?|[tT][eE][lL]):\\S+',
  )

/** A language tag (BCP 47) in its canonical form. */
export const language = () =>
  read('en-US', value => {
    try {
      const [tag] = Intl.getCanonicalLocales(value)
      if (tag !== undefined) return { ok: true, value: tag }
    } catch {
      // The runtime throws if the text is not a tag. The fault below shows what a tag looks like.
    }
    return { ok: false, fault: 'expected a language such as en-US or fr (with a hyphen)' }
  })

/** The first and the last UDP port, such as `20000-29999`. */
export const portRange = () =>
  read(
    '20000-29999',
    value => {
      const [, first = '', last = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(value) ?? []
      const ports = { first: Number(first), last: Number(last) }
      return ports.first >= 1_024 && ports.last <= 65_535 && ports.first < ports.last
        ? { ok: true, value: ports }
        : { ok: false, fault: 'expected ports such as 20000-29999, from 1024 to 65535' }
    },
    '\\d{1,5}-\\d{1,5}',
  )

/** A key of a telephone. The file may write 0 to 9 as numbers. */
export const digit = () =>
  z
    .unknown()
    .meta({ enum: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...digits] })
    .transform((value, context): Digit => {
      const key = digits.find(each => each === (typeof value === 'number' ? String(value) : value))
      if (key !== undefined) return key
      context.addIssue({ code: 'custom', message: `expected a key: 0 to 9, or "*" or "#" in quotes` })
      return z.NEVER
    })

/** A telephone number in E.164. */
export const e164 = () =>
  z
    .string()
    .regex(e164Form, 'expected a telephone number in E.164, in quotes, such as "+14255550100" (plus sign, country code, digits)')

const numberPatternForm = /^\+?[\d?]+\*?$|^\+?\*$/

/** Telephone numbers that may be called: `?` stands for one digit, `*` at the end for any number of digits. */
export const numberPattern = () =>
  read('+1425*', value => {
    const pattern = value.replace(/[-.() ]/g, '')
    return numberPatternForm.test(pattern)
      ? { ok: true, value: pattern }
      : {
          ok: false,
          fault:
            'expected a number in quotes such as "+14255550100", a prefix such as "+1425*", or ? for one digit, such as "2??"',
        }
  })

/** A number that callers dial to reach a workflow. */
export const workflowNumber = () =>
  z
    .string()
    .regex(
      workflowNumberForm,
      'expected a telephone number in quotes, such as "+14255550100", "+14255550100;ext=4001" or a short number "4001"',
    )

export const host = () => read('rgs.example.com', readHost)

const mapped = new BlockList()
mapped.addSubnet('::ffff:0:0', 96, 'ipv6')
const isMapped = (address: string): boolean => isIPv6(address) && mapped.check(address, 'ipv6')

/** Whether a block of addresses is wider than any network of one site. Such a block is probably a mistake. */
export function isWideBlock(peer: string): boolean {
  const [address = '', prefix] = peer.split('/', 2)
  if (prefix === undefined) return false
  const bits = Number(prefix) - (isMapped(address) ? 96 : 0)
  return isIPv6(address) && !isMapped(address) ? bits < 32 : bits < 8
}

/** An IP address, or a block of addresses in CIDR form. */
export const peer = () =>
  read(
    '10.0.0.0/8',
    value => {
      const [address = '', prefix] = value.split('/', 2)
      const bits = isIPv4(address) ? 32 : 128
      const goodPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
      const good = isIP(address) !== 0 && goodPrefix && value.split('/').length <= 2
      if (good && isMapped(address) && Number(prefix ?? bits) < 96)
        return {
          ok: false,
          fault: `expected a block of IPv4 addresses such as 10.0.0.0/8: ${value} is a mapped address, and fewer than 96 bits of it hold every IPv4 address`,
        }
      return good
        ? { ok: true, value: value.toLowerCase() }
        : { ok: false, fault: 'expected an IP address such as 10.1.2.3 or a block such as 10.0.0.0/8' }
    },
    '[0-9a-fA-F:.]+(/\\d{1,3})?',
  )

/** The default port of each transport. */
const listenPorts = { udp: '5060', tcp: '5060', tls: '5061', ws: '80', wss: '443' } as const

const isListenTransport = (name: string): name is keyof typeof listenPorts => name in listenPorts

const listenForm = /^([a-z]+):\/\/(\[[0-9a-f:.]+\]|[^:/[\]]+)(?::(\d{1,5}))?\/?$/i

/**
 * A SIP address to listen on, such as `udp://0.0.0.0:5060`. Without a port, the default of the transport is used. With port 0 the kernel
 * chooses one.
 */
export const listenUri = () =>
  read<ListenAddress>(
    'udp://0.0.0.0:5060',
    value => {
      const [, scheme = '', hostText = '', port] = listenForm.exec(value) ?? []
      const transport = scheme.toLowerCase()
      const address = withoutBrackets(hostText.toLowerCase())
      if (!isListenTransport(transport) || isIP(address) === 0 || Number(port) > 65_535)
        return { ok: false, fault: 'expected a transport, IP address and port such as udp://0.0.0.0:5060 or tcp://[::]:5060' }
      return { ok: true, value: { transport, host: address, port: Number(port ?? listenPorts[transport]) } }
    },
    '(udp|tcp|tls|ws|wss)://(\\[[0-9a-fA-F:.]+\\]|[0-9.]+)(:\\d{1,5})?/?',
  )

/** An HTTP address to listen on, such as `http://127.0.0.1:8080`, or the same with https. */
export const httpUri = () =>
  read(
    'http://127.0.0.1:8080',
    value => {
      const [, scheme = '', hostText = '', portText] = listenForm.exec(value) ?? []
      const secure = scheme.toLowerCase() === 'https'
      const port = Number(portText ?? (secure ? 443 : 80))
      const address = withoutBrackets(hostText.toLowerCase())
      const good =
        (secure || scheme.toLowerCase() === 'http') && (isIP(address) !== 0 || address === 'localhost') && port <= 65_535
      if (!good) return { ok: false, fault: 'expected an address and port such as http://127.0.0.1:8080 or https://0.0.0.0:8443' }
      return { ok: true, value: { secure, host: address === 'localhost' ? '127.0.0.1' : address, port } }
    },
    'https?://(\\[[0-9a-fA-F:.]+\\]|[^:/\\[\\]]+)(:\\d{1,5})?/?',
  )

/** The URL of a web server or a page, without a slash at its end. */
export const webUrl = () =>
  read(
    'https://rgs.example.com',
    value =>
      /^https?:\/\/[A-Za-z0-9.\-[\]:]+(\/[A-Za-z0-9._~\-/]*)?$/.test(value) && URL.canParse(value)
        ? { ok: true, value: value.replace(/(?<!\/)\/+$/, '') }
        : { ok: false, fault: 'expected a URL such as https://rgs.example.com' },
    'https?://.+',
  )

/** The template of the address of a page about a caller. */
export const screenPop = () =>
  read(
    'https://crm.example.com/?phone={caller}',
    value => {
      const why = value === 'none' ? undefined : whyNoTemplate(value)
      return why === undefined ? { ok: true, value } : { ok: false, fault: why }
    },
    '(none|https?://.+)',
  )

/** The URL of a WebSocket without a path, and without a slash at its end. */
export const webSocketUrl = () =>
  read(
    'wss://sip.example.com:7443',
    value =>
      /^wss?:\/\/[A-Za-z0-9.\-[\]:]+\/?$/.test(value) && URL.canParse(value)
        ? { ok: true, value: value.replace(/\/$/, '') }
        : { ok: false, fault: 'expected the URL of a WebSocket such as wss://sip.example.com:7443' },
    'wss?://[^/?#@\\s]+/?',
  )

/** The origin of a page as browsers send it: scheme, host, and the port if it is not the scheme's default. */
export const origin = () =>
  read(
    'https://rgs.example.com',
    value => {
      const url = /^https?:\/\/[^/?#@\s]+\/?$/i.test(value) && URL.canParse(value) ? new URL(value) : undefined
      return url
        ? { ok: true, value: url.origin }
        : { ok: false, fault: 'expected the origin of a page, without a path, such as https://rgs.example.com' }
    },
    '[hH][tT][tT][pP][sS]?://[^/?#@\\s]+/?',
  )

/**
 * Text that `reader` turns into a value. If it fails, its message is the fault. `form` is a regular expression for editors, which may
 * accept more than `reader`. Editors accept any value with `${NAME}`.
 */
export function read<T>(example: string, reader: (value: string) => Result<T>, form?: string) {
  return z
    .string()
    .meta({ examples: [example], ...(form !== undefined && { pattern: `^(${form})$|\\$\\{` }) })
    .transform((value, context): T => {
      const result = reader(value)
      if (result.ok) return result.value
      context.addIssue({ code: 'custom', message: result.fault })
      return z.NEVER
    })
}

/**
 * Adds a fault that concerns several keys. The message is a whole sentence, and the found value is not added to it. `part` says whether the
 * fault points at the key or at the value.
 */
export function complain(
  context: z.core.$RefinementCtx,
  path: PropertyKey[],
  message: string,
  part: 'key' | 'value' = 'value',
): void {
  context.addIssue({ code: 'custom', path, message, params: { whole: true, part } })
}
