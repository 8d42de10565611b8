import assert from 'node:assert/strict'
import type { Leg } from '../../../src/legs/leg.js'
import type { ServerInvite } from '../../../src/sip/dialog/invite-server.js'
import type { SipEndpoint } from '../../../src/sip/endpoint.js'
import { Registrar } from '../../../src/sip/registrar/registrar.js'
import { digestOf, nonceIn } from '../../fakes/digest.js'
import { Phone, reverse, sdp, sdpText, toPhone, Wire, type Dialogue, type Words, talkTo } from './dialog/wire.js'
import { password } from './registrar/asking.js'
import { guardFor } from './registrar/guard.js'

const us = '192.0.2.1'
const contact = `sip:${us}:5060`
/** Not trusted peers, because `site` trusts only 192.0.2.0/24. */
const agentHost = '198.51.100.7'
const strangerHost = '203.0.113.9'
const alice = 'sip:alice@example.com'

/** All methods that a dialog serves, and others. */
const methods = ['INVITE', 'BYE', 'UPDATE', 'INFO', 'REFER', 'PRACK', 'OPTIONS', 'NOTIFY', 'SUBSCRIBE', 'MESSAGE', 'FROBNICATE']

describe('a request in a dialog from an address that is not the peer’s', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let agent: Phone
  /** Knows Call-ID and tags, but has another address. */
  let stranger: Phone
  let told: string[]
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    agent = new Phone(wire, agentHost)
    stranger = new Phone(wire, strangerHost)
    told = []
  })

  const watch = (session: Leg): void =>
    session.listen({
      renegotiation: reinvite => {
        told.push('reinvited')
        reinvite.accept(sdp('us'), () => told.push('confirmed'))
      },
      info: info => {
        told.push('info')
        info.respond(200)
      },
      refer: refer => {
        told.push('refer')
        refer.reject(603)
      },
      ended: end => told.push(end.kind),
    })

  /** We call the agent's phone and it answers. Returns the dialog from the phone's side. */
  function talk(account?: string): { dialogue: Dialogue; session: Leg } {
    const sessions: Leg[] = []
    const answered = (leg: Leg): void => {
      sessions.push(leg)
      watch(leg)
    }
    const dialogue = talkTo(endpoint, agent, { account, answered })
    return { dialogue, session: sessions[0] ?? assert.fail('nobody answered') }
  }

  function guarded(): Registrar {
    return guardFor(['alice', 'carol'], endpoint, wire.clock)
  }

  /** As phones do: sends the request, and again with the password. */
  function prove(phone: Phone, method: string, dialogue: Dialogue, cseq: number, user = 'alice'): void {
    phone.ask(method, us, { ...dialogue, uri: contact }, { cseq })
    const nonce = nonceIn(phone.response(401).headers.first('WWW-Authenticate') ?? '')
    const authorization = `Authorization: ${digestOf({ user, password, nonce, method, uri: contact })}`
    phone.ask(method, us, { ...dialogue, uri: contact }, { cseq: cseq + 1, headers: [authorization] })
  }

  for (const method of methods)
    it(`${method} gets 481 once and no transaction, and the call continues`, () => {
      const { dialogue } = talk()
      const words: Words = { cseq: 5, ...(method === 'INVITE' && { body: sdpText('thief') }) }
      stranger.ask(method, us, dialogue, words)
      wire.clock.pass(60_000)
      assert.deepEqual(stranger.heard(), [`481 ${method}`])
      assert.deepEqual([told, agent.heard()], [[], []])
      assert.equal(endpoint.counters.rejected.get('foreignDialog'), 1)
      agent.ask('BYE', us, dialogue, { cseq: 6 })
      assert.deepEqual([agent.heard(), told], [['200 BYE'], ['hungUp']])
    })

  it('gets exactly the same answer as a request outside any dialog', () => {
    const { dialogue } = talk()
    const asked = [dialogue, { ...dialogue, callId: 'none' }].map(between => {
      stranger.ask('BYE', us, between, { cseq: 5 })
      const { status, reasonPhrase, headers } = stranger.response(481)
      return [status, reasonPhrase, [...headers].map(([name]) => name)]
    })
    assert.deepEqual(asked[0], asked[1])
  })

  it('is limited like all requests of strangers', () => {
    const { dialogue } = talk()
    for (let cseq = 1; cseq <= 30; cseq += 1) stranger.ask('INFO', us, dialogue, { cseq })
    assert.equal(stranger.heard().length, 10)
  })

  it('is accepted from a trusted peer', () => {
    const { dialogue } = talk()
    const pbx = new Phone(wire, '192.0.2.99')
    pbx.ask('BYE', us, dialogue, { cseq: 5 })
    assert.deepEqual([pbx.heard(), told], [['200 BYE'], ['hungUp']])
  })

  it('is accepted from the address in the peer’s Contact', () => {
    const { dialogue } = talk()
    const other = new Phone(wire, '198.51.100.8')
    agent.ask('INVITE', us, dialogue, { cseq: 5, body: sdpText('bob'), headers: [`Contact: <sip:bob@${other.host}>`] })
    agent.ask('ACK', us, dialogue, { cseq: 5 })
    other.ask('BYE', us, dialogue, { cseq: 6 })
    assert.deepEqual([other.heard(), told], [['200 BYE'], ['reinvited', 'confirmed', 'hungUp']])
  })

  it('is accepted from an agent’s phone that moved and shows its password, and later without it', () => {
    guarded()
    const { dialogue } = talk(alice)
    const moved = new Phone(wire, '198.51.100.200')
    prove(moved, 'INFO', dialogue, 5)
    moved.ask('INFO', us, dialogue, { cseq: 7 })
    assert.deepEqual(
      [moved.heard(), told],
      [
        ['401 INFO', '200 INFO', '200 INFO'],
        ['info', 'info'],
      ],
    )
    assert.equal(endpoint.counters.rejected.has('foreignDialog'), false)
  })

  it('is refused with the password of another agent', () => {
    guarded()
    const { dialogue } = talk(alice)
    prove(stranger, 'BYE', dialogue, 5, 'carol')
    assert.deepEqual([stranger.heard(), told], [['401 BYE', '481 BYE'], []])
    assert.equal(endpoint.counters.rejected.get('foreignDialog'), 1)
  })

  it('is not challenged when the peer is not a phone of ours', () => {
    guarded()
    const { dialogue } = talk()
    stranger.ask('BYE', us, dialogue, { cseq: 5 })
    assert.deepEqual(stranger.heard(), ['481 BYE'])
  })

  describe('that is an ACK', () => {
    const between: Dialogue = { from: `<${alice}>;tag=a`, to: '<sip:support@example.com>', callId: 'c', uri: contact }
    let confirmed: (string | undefined)[]

    /** An agent's phone calls without an offer. The answer comes in its ACK. */
    function answered(): Dialogue {
      guarded()
      confirmed = []
      const invites: ServerInvite[] = []
      endpoint.onInvite(invite => invites.push(invite))
      prove(agent, 'INVITE', between, 1)
      const [invite] = invites
      const session = invite?.answer(sdp('us')) ?? assert.fail('no INVITE came')
      session.listen({ confirmed: answer => confirmed.push(answer?.text), ended: end => told.push(end.kind) })
      wire.clock.pass(3)
      return { ...between, to: agent.response(200, 'INVITE').headers.first('To') ?? '' }
    }

    it('does not set anybody’s media; the phone’s own ACK does', () => {
      const dialogue = answered()
      stranger.ask('ACK', us, dialogue, { cseq: 2, body: sdpText('thief') })
      assert.deepEqual(confirmed, [])
      agent.ask('ACK', us, dialogue, { cseq: 2, body: sdpText('alice') })
      assert.deepEqual([confirmed, endpoint.counters.rejected.get('foreignDialog')], [[sdpText('alice')], 1])
    })

    it('does not change who must show the password later: the caller who was admitted with it', () => {
      const dialogue = answered()
      agent.ask('ACK', us, dialogue, { cseq: 2, body: sdpText('alice') })
      const moved = new Phone(wire, '198.51.100.200')
      prove(moved, 'BYE', dialogue, 5)
      assert.deepEqual([moved.heard(), told], [['401 BYE', '200 BYE'], ['hungUp']])
    })
  })

  it('does not end a waiting or ringing call', () => {
    guarded()
    const invites: ServerInvite[] = []
    endpoint.onInvite(invite => invites.push(invite))
    const between: Dialogue = { from: `<${alice}>;tag=a`, to: '<sip:support@example.com>', callId: 'c', uri: contact }
    prove(agent, 'INVITE', between, 1)
    const [waiting] = invites
    waiting?.listen({ cancelled: () => told.push('cancelled') })
    waiting?.progress(182)
    wire.clock.pass(3)
    const early = { ...between, to: agent.response(182).headers.first('To') ?? '' }
    for (const method of ['BYE', 'UPDATE', 'PRACK', 'CANCEL']) stranger.ask(method, us, early, { cseq: 2 })
    endpoint.invite(
      { ...toPhone(agentHost), body: sdp('us') },
      { answered: () => undefined, refused: () => told.push('refused') },
    )
    wire.clock.pass(3)
    const ringing = agent.request('INVITE')
    agent.answer(ringing, 180, 'x')
    stranger.ask('UPDATE', us, reverse(ringing, 'x'), { cseq: 2 })
    agent.ask('UPDATE', us, reverse(ringing, 'x'), { cseq: 3 })
    assert.deepEqual(stranger.heard(), ['401 BYE', '401 UPDATE', '401 PRACK', '401 CANCEL', '481 UPDATE'])
    assert.equal(agent.response(200, 'UPDATE').status, 200)
    assert.deepEqual(told, [])
    agent.ask('BYE', us, early, { cseq: 4 })
    assert.deepEqual(told, ['cancelled'])
  })

  it('does not change presence in a subscription', () => {
    const news: string[] = []
    endpoint.subscribe(
      {
        uri: `sip:bob@${agentHost}`,
        from: '<sip:us@example.com>',
        to: '<sip:bob@example.com>',
        event: 'presence',
        accept: ['x/y'],
      },
      3_600,
      { begun: () => news.push('begun'), notified: ({ state }) => news.push(state), denied: () => news.push('denied') },
    )
    wire.clock.pass(3)
    const subscribe = agent.request('SUBSCRIBE')
    agent.answer(subscribe, 200, 'n')
    const within = reverse(subscribe, 'n')
    const headers = ['Event: presence', 'Subscription-State: active;expires=600']
    const before = stranger.heard().length
    stranger.ask('NOTIFY', us, within, { cseq: 1, headers })
    agent.ask('NOTIFY', us, within, { cseq: 2, headers })
    stranger.ask('NOTIFY', us, within, { cseq: 3, headers: ['Event: presence', 'Subscription-State: terminated'] })
    assert.equal(before, 0)
    assert.deepEqual(stranger.heard(), ['481 NOTIFY', '481 NOTIFY'])
    assert.equal(news.filter(state => state === 'active').length, 1)
    assert.equal(news.includes('terminated'), false)
  })

  it('is refused after a restart too, because the peer’s place is stored with the dialog', () => {
    guarded()
    const { dialogue, session } = talk(alice)
    const kept: unknown = JSON.parse(JSON.stringify(session.state()))
    session.letGo()
    endpoint = wire.site(us)
    guarded()
    watch(endpoint.restoreSession(kept) ?? assert.fail('it was not restored'))
    told = []
    stranger.ask('BYE', us, dialogue, { cseq: 5 })
    assert.deepEqual([stranger.heard(), told], [['401 BYE'], []])
    agent.ask('BYE', us, dialogue, { cseq: 6 })
    assert.deepEqual(told, ['hungUp'])
  })

  it('does not end the wait of a caller with a password after a restart', () => {
    guarded()
    const invites: ServerInvite[] = []
    endpoint.onInvite(invite => invites.push(invite))
    const between: Dialogue = { from: `<${alice}>;tag=a`, to: '<sip:support@example.com>', callId: 'c', uri: contact }
    prove(agent, 'INVITE', between, 1)
    const kept: unknown = JSON.parse(JSON.stringify(invites[0]?.state()))
    invites[0]?.letGo()
    endpoint = wire.site(us)
    guarded()
    const restored: ServerInvite[] = []
    endpoint.restoreInvite(kept, invite => restored.push(invite))
    assert.equal(restored.length, 1)
  })
})

describe('a REFER in a talk of an account, from the peer’s own address', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let registrar: Registrar
  let phone: Phone
  let referred: number
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    registrar = guardFor(['alice'], endpoint, wire.clock)
    phone = new Phone(wire, agentHost)
    referred = 0
  })

  const aor = `<${alice}>`
  const asks = (method: string, dialogue: Dialogue, cseq: number, headers: readonly string[]): string[] => {
    phone.ask(method, us, dialogue, { cseq, headers })
    return phone.heard()
  }
  const authorized = (method: string, uri: string, user = 'alice', secret = password): string => {
    const nonce = nonceIn(phone.response(401).headers.first('WWW-Authenticate') ?? '')
    return `Authorization: ${digestOf({ user, password: secret, nonce, method, uri })}`
  }

  /** The phone registers with these credentials, and is called. */
  function talks(user: string, secret: string): Dialogue {
    const domain = 'sip:example.com'
    const between = { from: `${aor};tag=r`, to: aor, callId: 'r', uri: domain }
    asks('REGISTER', between, 1, [])
    const headers = [authorized('REGISTER', domain, user, secret), `Contact: <sip:alice@${agentHost}:5060>`]
    assert.deepEqual(asks('REGISTER', between, 2, headers), ['200 REGISTER'])
    const answered = (leg: Leg): void =>
      leg.listen({ refer: refer => (refer.reject(603), (referred += 1)), ended: () => undefined })
    return { ...talkTo(endpoint, phone, { account: alice, answered }), uri: contact }
  }

  const target = 'Refer-To: <sip:mallory@example.net>'

  it('is heard while the phone is registered', () => {
    const dialogue = talks('alice', password)
    assert.deepEqual(asks('REFER', dialogue, 5, [target]), ['603 REFER'])
    assert.equal(referred, 1)
  })

  it('needs the password when the phone is no longer registered', () => {
    const dialogue = talks('alice', password)
    registrar.unreachable(alice, registrar.bindings(alice)[0] ?? assert.fail('not registered'))
    assert.deepEqual(asks('REFER', dialogue, 5, [target]), ['401 REFER'])
    assert.equal(referred, 0)
    assert.deepEqual(asks('REFER', dialogue, 6, [authorized('REFER', contact), target]), ['603 REFER'])
    assert.equal(referred, 1)
  })

  it('is refused when the token behind the credentials has ended; the talk goes on', () => {
    const { user, password: secret } = registrar.issue(alice, { id: 'token', most: 1 }) ?? assert.fail('not issued')
    const dialogue = talks(user, secret)
    registrar.review(() => false)
    assert.deepEqual(asks('REFER', dialogue, 5, [target]), ['401 REFER'])
    assert.deepEqual(asks('REFER', dialogue, 6, [authorized('REFER', contact, user, secret), target]), ['401 REFER'])
    assert.equal(referred, 0)
    assert.deepEqual(asks('BYE', dialogue, 7, []), ['200 BYE'])
  })
})
