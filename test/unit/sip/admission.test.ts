import assert from 'node:assert/strict'
import { silentLog } from '../../../src/foundation/log.js'
import type { ServerInvite } from '../../../src/sip/dialog/invite-server.js'
import type { SipEndpoint } from '../../../src/sip/endpoint.js'
import { OverloadControl, usualLimits } from '../../../src/sip/overload/control.js'
import { Overload } from '../../../src/sip/overload/overload.js'
import { Registrar } from '../../../src/sip/registrar/registrar.js'
import { digestOf, nonceIn } from '../../fakes/digest.js'
import { sdpText, Phone, Wire, type Dialogue } from './dialog/wire.js'
import { accounts, password } from './registrar/asking.js'
import { requestText } from './transaction/messages.js'
import { seededBytes } from './transaction/pair.js'

const us = '192.0.2.1'
const uri = 'sip:support@example.com'

describe('admission of callers', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  /** Not a trusted peer. */
  let phone: Phone
  let invited: ServerInvite[]
  let registrar: Registrar
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    registrar = new Registrar({
      settings: accounts(['alice', 'carol'], ['bob']),
      clock: wire.clock,
      log: silentLog,
      random: seededBytes(3),
      endpoint: {
        reject: why => endpoint.counters.reject(why),
        hold: () => undefined,
        trusts: source => endpoint.trusts(source),
        listens: port => port === 5060,
      },
    })
    endpoint.guard(registrar)
    invited = []
    endpoint.onInvite(invite => invited.push(invite))
    phone = new Phone(wire, '198.51.100.7')
  })

  const call = (name: string, more: Partial<Dialogue> = {}): Dialogue => ({
    from: '<sip:alice@example.com>;tag=a',
    to: `<${uri}>`,
    callId: name,
    uri,
    ...more,
  })
  const shows = (how: { readonly nonce: string; readonly nc?: number; readonly password?: string; readonly method?: string }) =>
    `Authorization: ${digestOf({ user: 'alice', password, method: 'INVITE', uri, ...how })}`
  const invite = (dialogue: Dialogue, cseq: number, headers: readonly string[] = []): void =>
    phone.ask('INVITE', us, dialogue, { cseq, headers, body: sdpText('alice') })
  const challenge = (): string => nonceIn(phone.response(401).headers.first('WWW-Authenticate') ?? '')
  const tag = (status: number): string | undefined => phone.response(status).headers.first('To')
  const rejected = (): Record<string, number> => Object.fromEntries(endpoint.counters.rejected)

  it('challenges an agent’s INVITE without a transaction, with the same To tag for each copy (RFC 3261 §8.2.7)', () => {
    const copies = call('c', { branch: 'z9hG4bK-copy' })
    invite(copies, 1)
    const first = tag(401)
    invite(copies, 1)
    assert.deepEqual(phone.heard(), ['401 INVITE', '401 INVITE'])
    assert.equal(tag(401), first)
    assert.match(first ?? '', /;tag=/)
    phone.ask('ACK', us, { ...copies, to: first ?? '' })
    assert.deepEqual([phone.heard(), endpoint.transactions, rejected()], [[], 0, {}])
    assert.equal(invited.length, 0)
  })

  it('serves the call with the right password, and does not check copies again', () => {
    invite(call('c'), 1)
    const second = call('c', { branch: 'z9hG4bK-second' })
    const authorization = shows({ nonce: challenge() })
    for (let copy = 0; copy < 3; copy += 1) invite(second, 2, [authorization])
    assert.equal(invited.length, 1)
    assert.deepEqual(phone.heard(), ['401 INVITE', '100 INVITE', '100 INVITE', '100 INVITE'])
    assert.deepEqual(rejected(), {})
  })

  it('counts calls from the address of a phone as a stranger’s above 20 a second while messages wait, because the address may be forged', () => {
    const control = new OverloadControl({ ...usualLimits, leastRate: 0 })
    const overload = new Overload({
      ...{ clock: wire.clock, log: silentLog, secret: 7, control, refuses: () => true, rested: () => 0 },
    })
    endpoint = wire.site('192.0.2.5', { calls: { overload } })
    endpoint.guard(registrar)
    invite(call('known'), 1)
    invite(call('known', { branch: 'z9hG4bK-2' }), 2, [shows({ nonce: challenge() })])
    phone.heard()
    const now = wire.clock.monotonic()
    for (let looks = 0; looks < 12; looks += 1) control.look(now + looks * 50, { late: 0, delay: 500 })
    assert.equal(overload.state.refuses, true)
    const source = { transport: 'udp', host: phone.host, port: 5060 } as const
    const answers = Array.from({ length: 100 }, (_, each) => {
      const via = `SIP/2.0/UDP ${phone.host};branch=z9hG4bK${each}`
      return endpoint.glance(Buffer.from(requestText({ method: 'INVITE', callId: `c${each}`, via })), source, () => false)
    })
    assert.equal(answers.filter(answer => answer === undefined).length, 0)
    assert.deepEqual(rejected(), { overload: 40, overloadStranger: 60 })
  })

  it('sends the caller’s phone no answer of more than 8 KiB, because it might close its connection (decision 097)', () => {
    invite(call('c'), 1)
    invite(call('c', { branch: 'z9hG4bK-second' }), 2, [shows({ nonce: challenge() })])
    phone.heard()
    const ended: string[] = []
    const body = { type: 'application/sdp', text: `${sdpText('bob')}a=${'x'.repeat(17_000)}\r\n` }
    invited[0]?.answer(body).listen({ ended: ({ kind }) => ended.push(kind) })
    wire.clock.pass(2)
    assert.deepEqual([phone.heard(), ended], [['488 INVITE'], ['hungUpByUs']])
  })

  it('sends the caller’s phone a refusal without what the other leg made long', () => {
    invite(call('c'), 1)
    invite(call('c', { branch: 'z9hG4bK-second' }), 2, [shows({ nonce: challenge() })])
    invited[0]?.reject(488, { headers: [['Warning', `304 carillon "${'x'.repeat(17_000)}"`]] })
    wire.clock.pass(2)
    assert.equal(phone.response(488).headers.first('Warning'), undefined)
  })

  describe('limits the new calls of one account', () => {
    /** Calls and is refused with 486, without an ACK. Returns how the last INVITE was answered. */
    const busy = (name: string, { more = '', user = 'alice', as = password, from = call(name).from } = {}): string => {
      invite(call(name, { from }), 1)
      const authorization = `Authorization: ${digestOf({ user, password: as, method: 'INVITE', uri, nonce: challenge() })}`
      phone.ask('INVITE', us, call(name, { from }), { cseq: 2, headers: [authorization], body: sdpText('alice') + more })
      invited.at(-1)?.reject(486)
      wire.clock.pass(2)
      return phone.heard().at(-1) ?? 'nothing'
    }

    it('to 50 at once and 5 a second: others get 503 without a transaction', () => {
      for (let each = 0; each < 50; each += 1) assert.equal(busy(`c${each}`), '486 INVITE')
      for (let each = 50; each < 100; each += 1) busy(`c${each}`)
      const { rateLimited = 0 } = rejected()
      // Some are taken in the time that the others need.
      assert(rateLimited > 30 && rateLimited <= 50, `${rateLimited} were refused`)
      assert.deepEqual([invited.length, endpoint.transactions], [100 - rateLimited, 100 - rateLimited])
      assert.equal(phone.response(503).headers.first('Retry-After'), '5')
    })

    it('leaves half of the calls of an address to its agents, however many guests call from there', () => {
      const guests = Array.from(
        { length: 40 },
        (_, index) => registrar.issue(undefined, { id: `holder${index}`, most: 1 }) ?? assert.fail(),
      )
      const began = wire.clock.monotonic()
      for (let each = 0; each < 20; each += 1)
        for (const { uri: from, user, password } of guests)
          busy(`g-${user}-${each}`, { from: `<${from}>;tag=a`, user, as: password })
      const seconds = (wire.clock.monotonic() - began) / 1_000
      assert(invited.length <= 250 + 50 * seconds, `${invited.length} calls of guests were taken in ${seconds} s`)
      assert.equal(busy('alice'), '486 INVITE')
    })

    it('by their bytes too', () => {
      const long = Array.from({ length: 12 }, (_, index) => busy(`c${index}`, { more: 'x'.repeat(50_000) }))
      assert.equal(long.filter(line => line === '503 INVITE').length, 2)
    })
  })

  describe('answers a REGISTER', () => {
    const domain = 'sip:example.com'
    let cseq: number
    beforeEach(() => (cseq = 0))
    const asks = (headers: readonly string[], user = 'alice', copies = 1): string => {
      const aor = `<sip:${user}@example.com>`
      cseq += 1
      const dialogue = { from: `${aor};tag=a`, to: aor, callId: `r-${user}`, uri: domain, branch: `z9hG4bK-${user}-${cseq}` }
      for (let copy = 0; copy < copies; copy += 1) phone.ask('REGISTER', us, dialogue, { cseq, headers })
      return phone.heard().join()
    }
    /** Asks for a challenge and answers it. */
    const registers = ({ user = 'alice', as = password, subject = '', copies = 1, contact = '' } = {}): string => {
      assert.equal(asks([], user), '401 REGISTER')
      const authorization = digestOf({ user, password: as, method: 'REGISTER', uri: domain, nonce: challenge() })
      const headers = [`Authorization: ${authorization}`, contact || `Contact: <sip:${user}@198.51.100.7>`, `Subject: ${subject}`]
      return asks(headers, user, copies)
    }

    it('of more than 8 KiB with 513, without a transaction', () => {
      assert.equal(asks([`Subject: ${'x'.repeat(9_000)}`]), '513 REGISTER')
      assert.deepEqual([endpoint.transactions, rejected()], [0, { tooLarge: 1 }])
    })

    it('with a wrong password without a transaction, so that a stranger decides about none of our memory', () => {
      assert.equal(registers({ as: 'guess' }), '401 REGISTER')
      assert.deepEqual([endpoint.transactions, rejected()], [0, { badCredentials: 1 }])
    })

    it('with the right password, and does not check copies again', () => {
      assert.equal(registers({ copies: 3 }), '200 REGISTER,200 REGISTER,200 REGISTER')
      assert.deepEqual([endpoint.transactions, rejected()], [1, {}])
    })

    it('of one account 50 times at once, then five times a second: others get 503 without a transaction', () => {
      const answers = Array.from({ length: 100 }, () => registers())
      const { rateLimited = 0 } = rejected()
      assert.equal(answers.filter(line => line === '503 REGISTER').length, rateLimited)
      // Some are taken in the time that the others need.
      assert(rateLimited > 30 && rateLimited <= 50, `${rateLimited} were refused`)
      assert.equal(endpoint.transactions, 100 - rateLimited)
      assert.equal(phone.response(503).headers.first('Retry-After'), '5')
      assert.equal(registers({ user: 'carol' }), '200 REGISTER', 'another account at the address has its own')
    })

    it('of a trusted peer, which passes on anybody’s, without a transaction while the password is wrong', () => {
      phone = new Phone(wire, '192.0.2.99')
      assert.equal(registers({ as: 'guess' }), '401 REGISTER')
      assert.equal(endpoint.transactions, 0)
    })

    it('with a long response only as long as its account can pay for it', () => {
      const instance = `;+sip.instance="<urn:x:${'i'.repeat(240)}>"`
      const long = `Contact: ${Array.from({ length: 4 }, (_, index) => `<sip:alice@198.51.100.7;x=${'x'.repeat(900)}${index}>${instance}`).join(', ')}`
      assert.equal(registers({ contact: long }), '200 REGISTER')
      // Requests without a Contact are short, and their responses name all contacts.
      wire.clock.pass(60_000)
      const short = Array.from({ length: 50 }, () => registers({ contact: 'X: none' }))
      const answered = short.filter(line => line === '200 REGISTER').length
      assert(answered >= 20 && answered <= 40, `${answered} were answered`)
    })

    it('of one account with 128 KiB at once in all', () => {
      const long = Array.from({ length: 20 }, () => registers({ subject: 'x'.repeat(7_500) }))
      const taken = long.filter(line => line === '200 REGISTER').length
      assert(taken >= 16 && taken <= 18, `${taken} were taken`)
    })
  })

  it('treats the same credentials in another call as a replay', () => {
    invite(call('c'), 1)
    const authorization = shows({ nonce: challenge() })
    invite(call('c'), 2, [authorization])
    invite(call('other'), 1, [authorization])
    assert.equal(invited.length, 1)
    assert.deepEqual(rejected(), { replayedNonce: 1 })
    assert.match(phone.response(401).headers.first('WWW-Authenticate') ?? '', /stale=true/)
  })

  it('accepts the caller’s CANCEL (§22.1) from the source of the INVITE, and from no other', () => {
    invite(call('c'), 1)
    const second = call('c', { branch: 'z9hG4bK-second' })
    invite(second, 2, [shows({ nonce: challenge() })])
    let cancelled = 0
    invited[0]?.listen({
      cancelled: () => {
        cancelled += 1
        invited[0]?.reject(487)
      },
    })
    wire.attach('203.0.113.9', () => undefined)
    const elsewhere = ['CANCEL sip:support@example.com SIP/2.0', 'Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-second']
    const text = [
      ...elsewhere,
      `From: ${second.from}`,
      `To: ${second.to}`,
      'Call-ID: c',
      'CSeq: 2 CANCEL',
      'Content-Length: 0',
      '',
      '',
    ]
    wire.carry(Buffer.from(text.join('\r\n')), '203.0.113.9', us)
    wire.clock.pass(3)
    assert.equal(cancelled, 0)
    assert.deepEqual(rejected(), { untrusted: 1 })
    phone.heard()
    phone.ask('CANCEL', us, second, { cseq: 2 })
    assert.equal(cancelled, 1)
    assert.deepEqual(phone.heard(), ['200 CANCEL', '487 INVITE'])
  })

  it('treats a CANCEL without a matching INVITE as a stranger’s', () => {
    phone.ask('CANCEL', us, call('c'))
    assert.deepEqual([phone.heard(), endpoint.transactions], [['403 CANCEL'], 0])
  })

  it('refuses a call with another agent’s address in From, with or without a password', () => {
    invite(call('c'), 1)
    const nonce = challenge()
    invite(call('c', { from: '<sip:bob@example.com>;tag=a' }), 2, [shows({ nonce })])
    assert.equal(phone.response(403).status, 403)
    invite(call('d', { from: '<sip:m@elsewhere.example>;tag=a' }), 1, [shows({ nonce, nc: 2 })])
    invite(call('e', { from: '<sip:m@elsewhere.example>;tag=a' }), 1)
    assert.equal(invited.length, 0)
    assert.deepEqual(rejected(), { foreignAddress: 2, untrusted: 1 })
  })

  it('gives the same challenge for an agent, for an agent without a password and for an unknown name', () => {
    const asked = ['alice', 'bob', 'nobody'].map(name => {
      invite(call('c', { from: `<sip:${name}@example.com>;tag=a` }), 1)
      const { status, headers } = phone.response(401)
      return [status, [...headers].map(([header]) => header)]
    })
    assert.deepEqual(asked[1], asked[0])
    assert.deepEqual(asked[2], asked[0])
  })

  it('counts and slows password guesses by INVITE like those by REGISTER', () => {
    invite(call('c'), 0)
    const nonce = challenge()
    for (let index = 1; index <= 8; index += 1) invite(call('c'), index, [shows({ nonce, password: `guess ${index}` })])
    assert.deepEqual(phone.heard().slice(1), [...Array<string>(5).fill('401 INVITE'), ...Array<string>(3).fill('503 INVITE')])
    assert.equal(phone.response(503).headers.first('Retry-After'), '10')
    assert.deepEqual(rejected(), { badCredentials: 5, guessing: 3 })
    assert.equal(endpoint.transactions, 0)
  })

  it('ignores header fields that only trusted peers may set when a phone sends them', () => {
    invite(call('c'), 1)
    const claims = ['P-Asserted-Identity: <sip:boss@example.com>', 'Diversion: <sip:x@example.com>', 'Subject: hello']
    invite(call('c'), 2, [shows({ nonce: challenge() }), ...claims])
    const [heard] = invited
    assert.ok(heard)
    assert.deepEqual(
      ['P-Asserted-Identity', 'Diversion', 'Subject'].map(name => heard.header(name).length),
      [0, 0, 1],
    )
  })

  it('gives an address that showed a password a higher limit than strangers', () => {
    for (let index = 0; index < 12; index += 1) invite(call(`c${index}`), 1)
    assert.equal(phone.heard().length, 10, 'a stranger gets ten answers')
    wire.clock.pass(1_000)
    invite(call('c'), 2, [shows({ nonce: challenge() })])
    for (let index = 0; index < 30; index += 1) invite(call(`d${index}`), 1)
    assert.equal(phone.heard().filter(line => line === '401 INVITE').length, 30)
  })

  it('lets anybody send REGISTER, only trusted peers PUBLISH and SUBSCRIBE, and answers OPTIONS', () => {
    for (const method of ['REGISTER', 'PUBLISH', 'SUBSCRIBE', 'OPTIONS']) phone.ask(method, us, call(method))
    assert.deepEqual(phone.heard(), ['401 REGISTER', '403 PUBLISH', '403 SUBSCRIBE', '200 OPTIONS'])
  })

  it('refuses all INVITEs of strangers when there is no registrar', () => {
    const bare = '192.0.2.2'
    wire.site(bare)
    phone.ask('INVITE', bare, call('c'), { body: sdpText('alice') })
    assert.deepEqual(phone.heard(), ['403 INVITE'])
  })
})
