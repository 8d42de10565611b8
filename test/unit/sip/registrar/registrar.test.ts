import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { nonceIn } from '../../../fakes/digest.js'
import { accounts, Desk, edge, password, phoneHop, type Answer, type Asked } from './asking.js'
import { later, millis } from '../../../../src/foundation/time.js'
import type { PhoneHolder } from '../../../../src/sip/registrar/issued.js'
import type { IssuedPhone } from '../../../../src/sip/registrar/accounts.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'

const tcp = (connection: number, host = phoneHop.host): Hop => ({ transport: 'tcp', host, port: 40_000 + connection, connection })
const bob = 'sip:bob@example.com'
/** A Contact with the phone's own address and these parameters. */
const at = (user: string, more = ''): string => `<sip:${user}@${phoneHop.host}>${more}`
const values = ({ response }: Answer, name: string): readonly string[] => response.headers.values(name)

describe('the registrar', () => {
  let desk: Desk
  beforeEach(() => (desk = new Desk()))

  describe('asks for the password', () => {
    it('in each algorithm, the stronger one first, with one nonce (RFC 8760 §2.4)', () => {
      const challenges = desk.ask('alice').response.headers.lines('WWW-Authenticate')
      assert.deepEqual(
        challenges.map(line => line.replace(/nonce="[^"]+"/, 'nonce')),
        ['SHA-256', 'MD5'].map(algorithm => `Digest realm="example.com", nonce, algorithm=${algorithm}, qop="auth"`),
      )
      assert.equal(nonceIn(challenges[0] ?? ''), nonceIn(challenges[1] ?? ''))
      assert.deepEqual(desk.rejected, [], 'a first request without credentials is not counted')
    })

    it('only in the algorithms of the config', () => {
      desk = new Desk({ ...accounts(['alice']), algorithms: ['MD5'] })
      assert.match(desk.ask('alice').text, /algorithm=MD5/)
      assert.doesNotMatch(desk.ask('alice').text, /SHA-256/)
      assert.equal(desk.register('alice', {}, { algorithm: 'SHA-256' }).status, 401)
      assert.equal(desk.register('alice', {}, { algorithm: 'MD5' }).status, 200)
    })

    for (const algorithm of ['SHA-256', 'MD5'] as const)
      it(`and accepts it in ${algorithm}`, () => {
        assert.equal(desk.register('alice', {}, { algorithm }).status, 200)
        assert.deepEqual(desk.uris('alice'), ['sip:alice@198.51.100.7'])
      })

    it('and accepts a user name with our domain, with or without a dot at its end', () => {
      // Such a phone hashes the longer name, so the config's hash must be made with it.
      desk = new Desk({ ...accounts(['alice']), accounts: [{ agent: 'sip:alice@example.com', password: longNamed() }] })
      assert.equal(desk.register('alice', {}, { user: 'alice@example.com' }).status, 200)
      // The dot only marks the name as complete.
      desk = new Desk({ ...accounts(['alice']), accounts: [{ agent: 'sip:alice@example.com', password: longNamed('.') }] })
      assert.equal(desk.register('alice', {}, { user: 'alice@example.com.' }).status, 200)
    })

    it('with the same answers for a wrong password, an unknown agent and an agent without a password', () => {
      const said = ['alice', 'nobody', 'bob'].map(user => {
        desk = new Desk()
        const first = desk.ask(user)
        const second = desk.ask(user, {
          authorization: desk.credentials({ user, password: 'wrong', nonce: nonceIn(first.text) }),
        })
        assert.deepEqual(desk.rejected, ['badCredentials'])
        return [first, second].map(({ text }) => text.replaceAll(user, 'USER').replace(/CSeq.*\r\n/, ''))
      })
      assert.deepEqual(said[1], said[0])
      assert.deepEqual(said[2], said[0])
    })

    it('again when the nonce is five minutes old, as stale, so that nobody has to type it again', () => {
      const nonce = nonceIn(desk.ask('alice').text)
      desk.clock.pass(300_001)
      const answer = desk.ask('alice', { authorization: desk.credentials({ nonce }) })
      assert.equal(answer.status, 401)
      assert.match(answer.text, /stale=true/)
      const wrong = desk.ask('alice', { authorization: desk.credentials({ nonce, password: 'wrong' }) })
      assert.match(wrong.text, /stale=true/, 'with a stale nonce the password is not checked, right or wrong')
      assert.deepEqual(desk.rejected, [], 'an unchecked password is not counted as a guess')
      assert.equal(desk.ask('alice', { authorization: desk.credentials({ nonce: nonceIn(answer.text) }) }).status, 200)
    })

    it('again for a repeated nonce count, and counts this', () => {
      const nonce = nonceIn(desk.ask('alice').text)
      const ask = (nc: number): number => desk.ask('alice', { authorization: desk.credentials({ nonce, nc }) }).status
      assert.deepEqual([1, 1, 3, 2, 4].map(ask), [200, 401, 200, 401, 200])
      assert.deepEqual(desk.rejected, ['replayedNonce', 'replayedNonce'])
    })

    it('and answers 400 when the digest-uri differs from the Request-URI', () => {
      const nonce = nonceIn(desk.ask('alice').text)
      assert.equal(desk.ask('alice', { authorization: desk.credentials({ nonce, uri: 'sip:elsewhere.example' }) }).status, 400)
    })
  })

  describe('accepts registrations', () => {
    it('and answers with all contacts of the agent, their expiry, the date and our extensions', () => {
      desk.register('alice', { contacts: [at('a', ';q=0.5;expires=90'), at('b')], headers: ['Expires: 600'] })
      desk.clock.pass(10_000)
      const answer = desk.register('alice', { contacts: [at('c', ';+sip.instance="<urn:uuid:1>";reg-id=1')] })
      assert.deepEqual(values(answer, 'Contact'), [
        at('c', ';expires=3600;+sip.instance="<urn:uuid:1>";reg-id=1'),
        at('a', ';expires=80;q=0.5'),
        at('b', ';expires=590'),
      ])
      assert.deepEqual(values(answer, 'Supported'), ['path', 'outbound'])
      assert.equal(values(answer, 'Date').length > 0, true)
    })

    it('and queries, which change nothing', () => {
      desk.register('alice')
      assert.equal(values(desk.register('alice', { contacts: [] }), 'Contact').length, 1)
    })

    it('with `*` and Expires 0 to remove all; `*` with anything else is malformed', () => {
      desk.register('alice', { contacts: [at('a'), at('b')] })
      for (const asked of [
        { contacts: ['*'] },
        { contacts: ['*'], headers: ['Expires: 1'] },
        { contacts: ['*', '<sip:a@b>'], headers: ['Expires: 0'] },
      ])
        assert.equal(desk.register('alice', asked).status, 400)
      assert.equal(desk.uris('alice').length, 2)
      assert.equal(desk.register('alice', { contacts: ['*'], headers: ['Expires: 0'] }).status, 200)
      assert.deepEqual(desk.uris('alice'), [])
    })

    it('only for the phone’s own address of record', () => {
      for (const to of ['<sip:carol@example.com>', '<sip:nobody@example.com>', '<sip:alice@elsewhere.example>'])
        assert.equal(desk.register('alice', { to }).status, 403)
      assert.equal(desk.register('alice', { to: '<sip:%61lice@rgs.example.com>' }).status, 200)
      assert.equal(desk.register('alice', { to: '<sip:alice@RGS.example.com.>' }).status, 200)
      assert.deepEqual(desk.uris('carol'), [])
    })

    it('of at least a minute, in order, with at most ten contacts', () => {
      const brief = desk.register('alice', { headers: ['Expires: 59'] })
      assert.deepEqual([brief.status, values(brief, 'Min-Expires')], [423, ['60']])
      assert.equal(desk.register('alice', { cseq: 900 }).status, 200)
      assert.equal(desk.register('alice', { cseq: 900 }).status, 400)
      const many = (count: number): readonly string[] => [
        Array.from({ length: count }, (_each, at) => `<sip:h${at}@198.51.100.7>`).join(', '),
      ]
      assert.equal(desk.register('carol', { contacts: many(11) }).status, 403)
      assert.equal(desk.register('carol', { contacts: many(600) }).status, 403)
      assert.equal(desk.register('carol', { contacts: many(10) }).status, 200)
      assert.deepEqual(desk.rejected, ['interval', 'outOfOrder', 'tooManyContacts', 'tooManyContacts'])
    })

    it('with at most 6 KiB of contacts in all, because each response repeats them', () => {
      const long = (name: string) => `<sip:${name}@198.51.100.7;x=${'x'.repeat(950)}>`
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
        assert.equal(desk.register('alice', { contacts: [long(name)] }).status, 200, name)
      assert.equal(desk.register('alice', { contacts: [long('g')] }).status, 403)
      assert.equal(desk.register('alice', { contacts: [long('a')] }).status, 200, 'again')
      assert.deepEqual([desk.uris('alice').length, desk.rejected], [6, ['tooManyContacts']])
    })

    it('but none that are unreadable or too long to store', () => {
      const parameters = Array.from({ length: 21 }, (_each, at) => `;p${at}`).join('')
      for (const contact of [`<sip:a@198.51.100.7${parameters}>`, `<sip:a@198.51.100.7>${parameters}`])
        assert.equal(desk.register('alice', { contacts: [contact] }).status, 400, contact)
      for (const contact of ['<sip:>', 'sip:a b', '<tel:+1>', `<sip:${'a'.repeat(1_025)}@b>`, '<https://a>'])
        assert.equal(desk.register('alice', { contacts: [contact] }).status, 400, contact.slice(0, 40))
      assert.deepEqual(desk.uris('alice'), [])
    })

    it('with a Path, if the phone supports it (RFC 3327) and it is that of a proxy of sip.proxies', () => {
      const path = ['Path: <sip:edge.example.com;lr;ob>']
      const asked: Asked = { source: { ...phoneHop, host: edge }, contacts: ['<sip:alice@10.0.0.7>'] }
      const without = desk.register('alice', { headers: path })
      assert.deepEqual([without.status, values(without, 'Unsupported')], [420, ['path']])
      const answer = desk.register('alice', { ...asked, headers: path })
      assert.deepEqual(values(answer, 'Path'), ['<sip:edge.example.com;lr;ob>'])
      const [binding] = desk.registrar.bindings('sip:alice@example.com')
      assert.deepEqual([binding?.path.length, binding?.flow], [1, undefined])
    })
  })

  describe('reaches a phone', () => {
    const flow = (): Hop | undefined => desk.registrar.bindings('sip:alice@example.com')[0]?.flow

    it('over UDP at the source of the registration, whatever port its Contact names', () => {
      desk.register('alice', { contacts: ['<sip:alice@198.51.100.7:5099>'] })
      assert.deepEqual(flow(), phoneHop)
    })

    it('behind NAT at the source of the registration (RFC 3581)', () => {
      desk.register('alice', { sentBy: '192.168.1.5:5060', contacts: ['<sip:alice@192.168.1.5>'] })
      assert.deepEqual(flow(), phoneHop)
      desk.register('alice', { sentBy: '198.51.100.7:5062', contacts: ['<sip:alice@192.168.1.5>'] })
      assert.deepEqual(flow(), phoneHop)
    })

    it('on its connection, which stays open as long as it is needed', () => {
      desk.register('alice', { source: tcp(1) })
      desk.register('carol', { source: tcp(1) })
      assert.deepEqual(flow(), { ...tcp(1), only: true })
      desk.register('alice', { source: tcp(2) })
      assert.deepEqual(desk.held, ['hold 1', 'hold 2'])
      desk.register('carol', { source: tcp(1), headers: ['Expires: 0'] })
      assert.deepEqual(desk.held, ['hold 1', 'hold 2', 'let go 1'])
    })

    it('no longer when its connection is closed', () => {
      const told: string[] = []
      desk.registrar.listen((aor, bindings) => told.push(`${aor} ${bindings.length}`))
      for (const user of ['alice', 'carol']) desk.register(user, { source: tcp(1) })
      desk.register('alice', { contacts: ['<sip:alice@desk>'], source: tcp(2) })
      desk.registrar.connectionClosed(tcp(3))
      desk.registrar.connectionClosed(tcp(1))
      assert.deepEqual([desk.uris('alice'), desk.uris('carol')], [['sip:alice@desk'], []])
      assert.deepEqual(told.slice(3), ['sip:alice@example.com 1', 'sip:carol@example.com 0'])
      desk.registrar.connectionClosed(tcp(1))
      assert.equal(told.length, 5)
    })

    it('on flows of its own if it asks for them and its first hop keeps them (RFC 5626 §6)', () => {
      const asked: Asked = {
        contacts: [at('a', ';+sip.instance="<urn:uuid:1>";reg-id=1')],
        headers: ['Supported: path, outbound'],
      }
      const words = (answer: Answer): (readonly string[])[] => [values(answer, 'Require'), values(answer, 'Flow-Timer')]
      assert.deepEqual(words(desk.register('alice', { ...asked, source: tcp(1) })), [['outbound'], ['120']])
      assert.deepEqual(words(desk.register('alice', asked)), [[], []], 'UDP has no connection that could keep a flow alive')
      assert.deepEqual(words(desk.register('alice', { ...asked, source: tcp(1), headers: [] })), [[], []])
      const source = { ...phoneHop, host: edge }
      const by = (path: string): Asked => ({
        ...{ ...asked, source, vias: ['SIP/2.0/UDP 203.0.113.7;branch=z9hG4bKx;received=203.0.113.7;rport=5060'] },
        contacts: ['<sip:alice@203.0.113.7>;+sip.instance="<urn:uuid:1>";reg-id=1'],
        headers: ['Supported: path, outbound', `Path: ${path}`],
      })
      assert.deepEqual(words(desk.register('alice', by(`<sip:token@${edge};lr;ob>`))), [['outbound'], []])
      const without = desk.register('alice', by(`<sip:${edge};lr;obscure>`))
      assert.deepEqual([without.status, words(without)], [200, [[], []]])
    })
  })

  describe('hands to the next process', () => {
    const alice = 'sip:alice@example.com'
    const after = (settings = accounts(['alice', 'carol'], ['bob'])): Desk => new Desk(settings, desk.kept)

    it('phones over UDP with all their data; phones on connections must register again (RFC 5626)', () => {
      const contacts = ['<sip:alice@10.0.0.7>;q=0.5;+sip.instance="<urn:uuid:1>";reg-id=2']
      desk.register('alice', { contacts, sentBy: '10.0.0.7:5060' })
      const path = {
        headers: ['Supported: path', 'Path: <sip:edge.example.com;lr>'],
        callId: 'other',
        source: { ...phoneHop, host: edge },
      }
      desk.register('alice', { ...path, contacts: [`<sip:alice@${edge}>`] })
      const before = desk.registrar.bindings(alice)
      desk.register('alice', { source: tcp(1), callId: 'third', contacts: ['<sip:alice@10.0.0.9;transport=tcp>'] })
      desk.register('carol', { source: tcp(2) })
      const next = after()
      assert.deepEqual(next.registrar.bindings(alice), before)
      assert.deepEqual(next.uris('carol'), [])
      assert.deepEqual(next.kept, desk.kept)
      assert.equal(next.register('alice', { contacts, cseq: 1 }).status, 400, 'an old REGISTER is still out of order')
    })

    it('no registrations that ended, and none of agents who left or have another password', () => {
      desk.register('carol')
      desk.register('carol', { headers: ['Expires: 0'] })
      assert.deepEqual(after().uris('carol'), [])
      desk.register('alice', { headers: ['Expires: 60'] })
      for (const settings of [accounts([]), accounts(['alice'], [], 'another'), accounts([], ['alice'])])
        assert.deepEqual([...after(settings).kept], [])
      desk.clock.pass(60_000)
      assert.deepEqual(after().uris('alice'), [])
    })

    it('registrations with the mark of earlier versions, which is replaced', () => {
      desk.register('alice')
      const now = desk.kept.get(alice) ?? ''
      const [account] = accounts(['alice']).accounts
      const mark = createHash('sha256')
        .update(account?.password?.MD5 ?? '')
        .digest('hex')
        .slice(0, 8)
      const before = now.replace(/"mark":"[0-9a-f]{32}"/, `"mark":"${mark}"`)
      assert.notEqual(before, now)
      const next = new Desk(accounts(['alice']), new Map([[alice, before]]))
      assert.deepEqual(next.uris('alice'), desk.uris('alice'))
      assert.equal(next.kept.get(alice), now)
      const another = new Desk(accounts(['alice'], [], 'another'), new Map([[alice, before]]))
      assert.deepEqual([another.uris('alice'), [...another.kept]], [[], []], 'bindings end when the password changes')
    })

    it('nothing when the key beside the store has changed', () => {
      desk.register('alice')
      const next = new Desk(accounts(['alice']), desk.kept, Buffer.alloc(32, 1))
      assert.deepEqual([next.uris('alice'), [...next.kept]], [[], []])
    })

    it('no text that it did not write', () => {
      for (const text of [
        '',
        '{',
        '[]',
        '{"mark":"x"}',
        desk.register('alice') && (desk.kept.get(alice) ?? '').replace('"path":[]', '"path":1'),
      ]) {
        const next = new Desk(accounts(['alice']), new Map([[alice, text]]))
        assert.deepEqual([next.uris('alice'), [...next.kept]], [[], []], text)
      }
    })
  })

  describe('issues credentials', () => {
    const registerBy = ({ user, password }: IssuedPhone, asked: Asked = {}) =>
      desk.register('bob', asked, { user, password }).status

    const issue = (agent: string | undefined, id = 'session', more: Partial<PhoneHolder> = {}): IssuedPhone =>
      desk.registrar.issue(agent, { id, most: 10, ...more }) ?? assert.fail('no more credentials are issued')

    it('for a number of phones of each holder and person; the holder’s oldest end with their registrations, and nobody else’s', () => {
      const others = issue(bob, 'other')
      const first = issue(bob, 'session', { most: 2 })
      assert.deepEqual([registerBy(others), registerBy(first, { callId: 'first' })], [200, 200])
      issue(bob, 'session', { most: 2 })
      assert.equal(registerBy(first, { callId: 'first' }), 200)
      const third = issue(bob, 'session', { most: 2 })
      assert.deepEqual([registerBy(first, { callId: 'first' }), registerBy(third), registerBy(others)], [401, 200, 200])
      const ofPerson = Array.from({ length: 50 }, (_, index) => issue(undefined, `s${index}`, { person: 'ann' }))
      assert.deepEqual(
        ofPerson.map(({ uri }) => desk.registrar.payer(uri).account.startsWith('s')),
        ofPerson.map((_, index) => index >= 10),
      )
      assert.equal(registerBy(others), 200)
    })

    it('for at most 20,000 guests in all, and still for agents', () => {
      for (let each = 0; each < 20_000; each += 1) issue(undefined, `s${each}`)
      assert.equal(desk.registrar.issue(undefined, { id: 'last', most: 10 }), undefined)
      assert.equal(registerBy(issue(bob, 'last')), 200)
      desk.clock.pass(3_600_000)
      assert.ok(desk.registrar.issue(undefined, { id: 'last', most: 10 }))
    })

    it('for no longer than their holder’s session or token lasts', () => {
      const { expires } = issue(bob, 'token', { until: later(desk.clock.now(), millis(60_000)) })
      assert.equal(expires - desk.clock.now(), 60_000)
    })

    it('that name the account that pays: the agent, or one account for all guests of a person or holder', () => {
      const guests = ['session', 'session', 'token'].map(id => issue(undefined, id))
      assert.deepEqual(
        guests.map(({ uri }) => desk.registrar.payer(uri)),
        ['session', 'session', 'token'].map(account => ({ kind: 'guest', account })),
      )
      const ofOnePerson = ['laptop', 'phone'].map(id => issue(undefined, id, { payer: 'user ann' }))
      for (const { uri } of ofOnePerson) assert.deepEqual(desk.registrar.payer(uri), { kind: 'guest', account: 'user ann' })
      issue(bob, 'session')
      assert.deepEqual(desk.registrar.payer(bob), { kind: 'agent', account: bob })
    })

    it('whose registrations last no longer than they do', () => {
      const phone = issue(bob)
      const left = () => desk.registrar.bindings(bob).map(({ expires }) => (expires - desk.clock.now()) / 1000)
      assert.equal(registerBy(phone, { contacts: [at('a', ';expires=7200'), at('b', ';expires=300')] }), 200)
      assert.deepEqual(left(), [3_600, 300])
      desk.clock.pass(3_590_000)
      assert.equal(registerBy(phone, { contacts: [at('b', ';expires=300')] }), 200)
      assert.deepEqual(left(), [10, 10])
      const next = issue(bob)
      assert.equal(registerBy(next, { contacts: [at('a', ';expires=300')] }), 200)
      desk.clock.pass(10_000)
      assert.deepEqual([desk.uris('bob'), registerBy(phone)], [['sip:a@198.51.100.7'], 401])
    })

    it('and revokes them, with their registrations, when the holder loses the right', () => {
      const [theirs, others, nobodys] = ['first', 'second', 'third'].map(id => issue(bob, id))
      assert.ok(theirs && others && nobodys)
      const register = () =>
        [theirs, others, nobodys].map((phone, at) =>
          registerBy(phone, { contacts: [`<sip:${at}@198.51.100.7>`], callId: `${at}` }),
        )
      assert.deepEqual(register(), [200, 200, 200])
      desk.registrar.review((holder, agent) => holder !== 'first' && agent === bob)
      assert.deepEqual(desk.uris('bob'), ['sip:2@198.51.100.7', 'sip:1@198.51.100.7'])
      assert.deepEqual(register(), [401, 200, 200])
    })

    it('that end with the process, like their registrations', () => {
      const { user, password } = issue('sip:alice@example.com')
      assert.equal(desk.register('alice', {}, { user, password }).status, 200)
      assert.equal(desk.kept.size, 0)
    })
  })

  it('after a reload forgets the phones of agents who left or have another password, and no others', () => {
    for (const user of ['alice', 'carol']) desk.register(user)
    desk.registrar.replaceSettings(accounts(['alice', 'carol'], ['bob']))
    assert.deepEqual([desk.uris('alice').length, desk.uris('carol').length], [1, 1])
    const { accounts: others, ...rest } = accounts(['carol'])
    desk.registrar.replaceSettings({ ...rest, accounts: [...others, ...accounts(['alice'], [], 'another').accounts] })
    assert.deepEqual([desk.uris('alice').length, desk.uris('carol').length], [0, 1])
    assert.equal(desk.register('alice').status, 401)
    assert.equal(desk.register('alice', {}, { password: 'another' }).status, 200)
    desk.registrar.replaceSettings(accounts(['alice'], [], 'another'))
    assert.deepEqual([desk.uris('alice').length, desk.uris('carol').length], [1, 0])
    assert.equal(desk.register('carol', {}, { password }).status, 401)
  })
})

const longNamed = (dot = '') => {
  const [account] = accounts([`alice@example.com${dot}`]).accounts
  assert.ok(account?.password)
  return account.password
}
