import assert from 'node:assert/strict'
import { hashPhonePassword, readPhonePassword } from '../../../../src/config/passwords.js'
import { silentLog } from '../../../../src/foundation/log.js'
import { topVia } from '../../../../src/sip/message/fields.js'
import type { SipRequest, SipResponse } from '../../../../src/sip/message/message.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import { serialize } from '../../../../src/sip/message/serialize.js'
import type { AccountSettings } from '../../../../src/sip/registrar/accounts.js'
import type { ProxySettings, ReachedBy } from '../../../../src/sip/registrar/proxies.js'
import { Registrar } from '../../../../src/sip/registrar/registrar.js'
import { AddressList } from '../../../../src/sip/transport/address-list.js'
import { viaAsReceived } from '../../../../src/sip/transport/received.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { FakeClock } from '../../../fakes/clock.js'
import { digestOf, nonceIn, type DigestWords } from '../../../fakes/digest.js'
import { seededBytes } from '../transaction/pair.js'

export const domain = 'example.com'
export const password = 'open-sesame'

/** Agents with a password. Those in `without` have none. */
export function accounts(names: readonly string[], without: readonly string[] = [], secret = password): AccountSettings {
  return {
    domain,
    ourHosts: ['rgs.example.com'],
    proxies: [proxy(edge, 'path', 'edge.example.com')],
    peerHosts: trusted,
    accounts: [
      ...names.map(name => ({ agent: `sip:${name}@${domain}`, password: hashesOf(name, secret) })),
      ...without.map(name => ({ agent: `sip:${name}@${domain}` })),
    ],
  }
}

export const proxy = (address: string, reachedBy: ReachedBy, ...names: string[]): ProxySettings => ({
  addresses: [address],
  names,
  reachedBy,
})

function hashesOf(name: string, secret: string) {
  const read = readPhonePassword(hashPhonePassword(name, domain, secret))
  assert.ok(read.ok)
  return read.value
}

export interface Asked {
  /** Default: the address of record of `user`. */
  readonly to?: string
  readonly authorization?: string
  readonly contacts?: readonly string[]
  readonly headers?: readonly string[]
  readonly callId?: string
  readonly cseq?: number
  readonly source?: Hop
  /** The sent-by of the Via: the address that the phone has in its own view. Default: the source. */
  readonly sentBy?: string
  /** Further Via values, as added by proxies. */
  readonly vias?: readonly string[]
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly response: SipResponse
}

/** The source of a request, over UDP by default. */
export const phoneHop: Hop = { transport: 'udp', host: '198.51.100.7', port: 5060 }

/** A proxy that is a trusted peer and through which phones register. */
export const edge = '192.0.2.1'
/** A trusted peer that may be in front of `edge`. */
export const core = '192.0.2.2'
/** A trusted peer through which phones may not register. */
export const pbx = '192.0.2.9'
const trusted = [edge, core, pbx]

const trusting = new AddressList([...trusted, '10.0.0.0/8'])

/** A registrar alone. Requests come as from the transaction layer. */
export class Desk {
  readonly clock = new FakeClock()
  readonly rejected: string[] = []
  readonly held: string[] = []
  readonly registrar: Registrar
  /** The stored state, by address of record. */
  readonly kept: Map<string, string>
  #cseq = 0

  constructor(
    settings = accounts(['alice', 'carol'], ['bob']),
    kept: ReadonlyMap<string, string> = new Map(),
    markKey?: Uint8Array,
  ) {
    this.kept = new Map(kept)
    this.registrar = new Registrar({
      settings,
      clock: this.clock,
      log: silentLog,
      random: seededBytes(7),
      ...(markKey && { markKey }),
      endpoint: {
        trusts: ({ host }) => trusting.includes(host),
        listens: port => port === 5060,
        reject: why => this.rejected.push(why),
        hold: ({ connection }, held) => this.held.push(`${held ? 'hold' : 'let go'} ${connection ?? ''}`),
      },
      keep: (aor, state) => {
        if (state === undefined) this.kept.delete(aor)
        else this.kept.set(aor, state)
      },
    })
    for (const [aor, state] of kept) this.registrar.restore(aor, state)
  }

  /** Sends a REGISTER for that user, which must get exactly one response. */
  ask(user: string, asked: Asked = {}): Answer {
    const { source = phoneHop } = asked
    const answers: SipResponse[] = []
    this.registrar.onRequest({
      request: this.#request(user, asked, source),
      source,
      finalStatus: undefined,
      listen: () => undefined,
      respond: response => answers.push(response),
      respondReliably: () => assert.fail('no provisional'),
      provisionalAcknowledged: () => assert.fail('no provisional'),
      acknowledged: () => assert.fail('no INVITE'),
    })
    const [response] = answers
    assert.ok(response && answers.length === 1, `${answers.length} answers`)
    return { status: response.status, text: serialize(response).toString('latin1'), response }
  }

  /** As phones do: sends the request, and again with the password. */
  register(user: string, asked: Asked = {}, how: Partial<DigestWords> = {}): Answer {
    const nonce = nonceIn(this.ask(user, asked).text)
    return this.ask(user, { ...asked, authorization: this.credentials({ user, nonce, ...how }) })
  }

  /** Sends one wrong password, with a nonce that was issued to that source. */
  guess(user: string, asked: Asked = {}): Answer {
    return this.register(user, asked, { password: 'guess' })
  }

  credentials(words: Partial<DigestWords>): string {
    return digestOf({ user: 'alice', nonce: '', password, method: 'REGISTER', uri: `sip:${domain}`, ...words })
  }

  uris(user: string): string[] {
    return this.registrar.bindings(`sip:${user}@${domain}`).map(({ uri }) => uri)
  }

  #request(user: string, asked: Asked, source: Hop): SipRequest {
    this.#cseq += 1
    const { to = `<sip:${user}@${domain}>`, contacts = [`<sip:${user}@${source.host}>`], headers = [], authorization } = asked
    const lines = [
      `REGISTER sip:${domain} SIP/2.0`,
      `Via: SIP/2.0/${source.transport.toUpperCase()} ${asked.sentBy ?? `${source.host}:${source.port}`};rport;branch=z9hG4bK${this.#cseq}`,
      ...(asked.vias ?? []).map(via => `Via: ${via}`),
      `From: <sip:${user}@${domain}>;tag=1`,
      `To: ${to}`,
      `Call-ID: ${asked.callId ?? `call-${user}`}`,
      `CSeq: ${asked.cseq ?? this.#cseq} REGISTER`,
      ...contacts.map(contact => `Contact: ${contact}`),
      ...headers,
      ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
      'Content-Length: 0',
    ]
    const parsed = parseMessage(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'), 'datagram')
    if (parsed.kind !== 'message' || parsed.message.kind !== 'request')
      return assert.fail(`unreadable: ${lines.join('\n').slice(0, 2_000)}`)
    const via = topVia(parsed.message.headers)
    if (via) viaAsReceived(parsed.message, via, source)
    return parsed.message
  }
}
