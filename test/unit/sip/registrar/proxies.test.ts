import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseUri } from '../../../../src/sip/message/uri.js'
import type { ProxySettings } from '../../../../src/sip/registrar/proxies.js'

import type { Hop } from '../../../../src/sip/transport/transport.js'
import { accounts, core, Desk, domain, edge, pbx, phoneHop, proxy, type Asked } from './asking.js'

const alice = `sip:alice@${domain}`
const edgeName = 'edge.example.com'
const phone = '203.0.113.7'
const at = (host: string): Hop => ({ ...phoneHop, host })

/** The Via of a phone with a public address, as a proxy forwards it. */
const seenPhone = `SIP/2.0/UDP ${phone}:5062;branch=z9hG4bKx;received=${phone};rport=5062`
/** The Via of a phone behind NAT, as a proxy forwards it. */
const translated = `SIP/2.0/UDP 10.0.0.7:5062;branch=z9hG4bKx;received=${phone};rport=40001`

function deskWith(proxies: readonly ProxySettings[], contactNetworks?: readonly string[]): Desk {
  const { accounts: all, ...rest } = accounts(['alice', 'carol'])
  const withNetworks = all.map(account => ({ ...account, ...(contactNetworks && { contactNetworks }) }))
  return new Desk({ ...rest, accounts: withNetworks, proxies, peerHosts: [...(rest.peerHosts ?? []), 'out.example.net'] })
}

interface Try {
  readonly contact: string
  readonly path?: readonly string[]
  readonly vias?: readonly string[]
  readonly source?: string
}

function register(desk: Desk, { contact, path = [], vias = [seenPhone], source = edge }: Try): number {
  const headers = ['Supported: path, outbound', ...path.map(value => `Path: ${value}`)]
  return desk.register('alice', { source: at(source), vias, contacts: [contact], headers }).status
}

const reached = (desk: Desk): unknown[] => desk.registrar.bindings(alice).map(({ uri, by }) => `${uri} by ${by ?? 'flow'}`)

describe('a phone that registers through a proxy', () => {
  describe('of sip.proxies that adds a Path', () => {
    let desk: Desk
    beforeEach(() => (desk = deskWith([proxy(edge, 'path', edgeName)])))

    it('is called through that Path, at the address that the proxy saw or at the flow that the proxy keeps', () => {
      const taken: Try[] = [
        { contact: `<sip:alice@${phone}:5062>`, path: [`<sip:${edge};lr>`] },
        { contact: `<sip:alice@${phone}:5062;transport=udp>`, path: [`<sip:${edgeName}:5080;lr>`] },
        { contact: '<sip:alice@10.0.0.7>', path: [`<sip:token@${edge};lr;ob>`], vias: [translated] },
        { contact: '<sip:alice@10.0.0.8>', path: [`<sip:${edge};lr;received=sip:${phone}:40001>`], vias: [translated] },
        { contact: '<sip:alice@df7jal23ls0d.invalid;transport=ws>', path: [`<sip:${edge};lr;ob>`] },
      ]
      for (const each of taken) assert.equal(register(desk, each), 200, each.contact)
      assert.equal(new Set(reached(desk)).size, 5)
      assert.deepEqual(desk.rejected, [])
    })

    const toll = '+19005550199'
    const lawful = `<sip:${edge};lr;ob>`
    const tries: Readonly<Record<string, Try>> = {
      'the proxy itself': { contact: `<sip:${toll}@${edge}>`, path: [lawful] },
      'the proxy by its name': { contact: `<sip:${toll}@${edgeName}.>`, path: [lawful] },
      'another trusted peer': { contact: `<sip:${toll}@${pbx}>`, path: [lawful] },
      'another trusted peer in another spelling': { contact: `<sip:${toll}@[::ffff:${pbx}]>`, path: [lawful] },
      'the outbound proxy by its name': { contact: `<sip:${toll}@OUT.example.net>`, path: [lawful] },
      'a maddr': { contact: `<sip:alice@${phone}:5062;maddr=${pbx}>`, path: [lawful] },
      'a host elsewhere': { contact: `<sip:${toll}@203.0.113.9>`, path: [`<sip:${edge};lr>`] },
      'a name': { contact: `<sip:${toll}@gateway.example.net>`, path: [`<sip:${edge};lr>`] },
      'another port of its own address': { contact: `<sip:${toll}@${phone}:5060>`, path: [`<sip:${edge};lr>`] },
      'another transport': { contact: `<sip:${toll}@${phone}:5062;transport=tcp>`, path: [`<sip:${edge};lr>`] },
      'TLS at its own address': { contact: `<sips:${toll}@${phone}:5062>`, path: [`<sip:${edge};lr>`] },
      'a port that the proxy did not write': {
        contact: `<sip:${toll}@${phone}:5062>`,
        path: [`<sip:${edge};lr>`],
        vias: [`SIP/2.0/UDP ${phone}:5062;branch=z9hG4bKx`],
      },
      'an address in a received that it may have written itself': {
        contact: `<sip:${toll}@${phone}:40001>`,
        path: [`<sip:${edge};lr>`],
        vias: [translated],
      },
      'nothing, without a Path': { contact: `<sip:alice@${phone}:5062>` },
      'a Path of its own below that of the proxy': {
        contact: `<sip:alice@${phone}:5062>`,
        path: [`<sip:${edge};lr>`, '<sip:203.0.113.9;lr>'],
      },
      'a flow in a Path of its own': { contact: `<sip:${toll}@1.2.3.4>`, path: [`<sip:${edge};lr>`, '<sip:gw.example;lr;ob>'] },
      'a second Path that names the proxy': {
        contact: `<sip:alice@${phone}:5062>`,
        path: [`<sip:${edge};lr>`, `<sip:${edge};lr;received=sip:203.0.113.9:5060>`],
      },
      'two Paths in one line': {
        contact: `<sip:alice@${phone}:5062>`,
        path: [`<sip:${edge};lr>, <sip:x@${edge};lr;received=sip:${pbx}>`],
      },
      'a Path of its own in front': { contact: `<sip:alice@${phone}:5062>`, path: ['<sip:203.0.113.9;lr>', `<sip:${edge};lr>`] },
      'only a Path of its own': { contact: `<sip:alice@${phone}:5062>`, path: ['<sip:203.0.113.9;lr;ob>'] },
      'a flow in a parameter behind the Path': {
        contact: `<sip:${toll}@203.0.113.9>`,
        path: [`<sip:${edge};lr>;ob`],
      },
      'a flow in the user part of the Path': { contact: `<sip:${toll}@203.0.113.9>`, path: [`<sip:a;ob=1@${edge};lr>`] },
    }
    for (const [what, each] of Object.entries(tries))
      it(`is refused if its Contact or Path names ${what}`, () => {
        assert.equal(register(desk, each), 403)
        assert.deepEqual(reached(desk), [])
      })

    it('is accepted if contactNetworks includes its Contact, but not with a Path of its own', () => {
      desk = deskWith([proxy(edge, 'path')], [`${edge}/32`, '203.0.113.0/24'])
      assert.equal(register(desk, { contact: `<sip:+1900@${edge}>`, path: [`<sip:${edge};lr>`] }), 200)
      assert.equal(register(desk, { contact: `<sip:a@203.0.113.9;maddr=${pbx}>`, path: [`<sip:${edge};lr>`] }), 403)
      assert.equal(register(desk, { contact: `<sip:a@203.0.113.9>`, path: [`<sip:${edge};lr>`, '<sip:203.0.113.9;lr>'] }), 403)
      assert.deepEqual(reached(desk), [`sip:+1900@${edge} by network`])
    })
  })

  it('that replaces Contacts is called only at the proxy’s Contact', () => {
    const desk = deskWith([proxy(edge, 'contact', edgeName)])
    assert.equal(register(desk, { contact: `<sip:token-7@${edge}:5080>`, vias: [translated] }), 200)
    assert.equal(register(desk, { contact: `<sip:token-8@${edgeName}>`, vias: [] }), 200)
    for (const contact of [`<sip:alice@${phone}:5062>`, `<sip:a@${pbx}>`, `<sip:a@${edge};maddr=${pbx}>`])
      assert.equal(register(desk, { contact }), 403, contact)
    assert.equal(register(desk, { contact: `<sip:a@${edge}>`, path: [`<sip:${edge};lr;ob>`] }), 403)
  })

  it('that does neither is called directly, at the address that the proxy saw', () => {
    const desk = deskWith([proxy(edge, 'direct')])
    assert.equal(register(desk, { contact: `<sip:alice@${phone}:5062>` }), 200)
    const refused: Try[] = [
      { contact: `<sip:alice@${phone}:5060>` },
      { contact: `<sip:alice@${phone}:40001>`, vias: [translated] },
      { contact: `<sip:a@${edge}>` },
      { contact: `<sip:alice@${phone}:5062>`, path: [`<sip:${edge};lr>`] },
      { contact: `<sip:alice@${phone}:5062>`, vias: [] },
    ]
    for (const each of refused) assert.equal(register(desk, each), 403, JSON.stringify(each))
  })

  it('that is not in sip.proxies is refused, even if the proxy is a trusted peer, unless contactNetworks includes its Contact', () => {
    const each = { contact: `<sip:+19005550199@${pbx}>`, source: pbx }
    const desk = new Desk()
    assert.equal(register(desk, each), 403)
    assert.equal(register(desk, { ...each, path: [`<sip:${pbx};lr;ob>`] }), 403)
    assert.deepEqual(desk.rejected, ['unknownProxy', 'unknownProxy'])
    const allowing = deskWith([], ['192.0.2.0/24'])
    assert.equal(register(allowing, each), 200)
    assert.equal(register(allowing, { ...each, path: [`<sip:${pbx};lr>`, '<sip:203.0.113.9;lr;ob>'] }), 403)
  })

  it('and through another one has a Path of each, in order', () => {
    const desk = deskWith([proxy(edge, 'path', edgeName), proxy(core, 'path')])
    const byBoth = { vias: [`SIP/2.0/UDP ${edge};branch=z9hG4bKe`, seenPhone], source: core, contact: '<sip:alice@10.0.0.7>' }
    const taken = [`<sip:${core};lr>`, `<sip:${edge};lr;ob>`]
    assert.equal(register(desk, { ...byBoth, path: taken }), 200)
    const named = [`SIP/2.0/UDP ${edgeName};branch=z9hG4bKe;received=${edge}`, seenPhone]
    assert.equal(register(desk, { ...byBoth, vias: named, path: taken }), 200, 'a proxy may name itself in its Via')
    const refused: Try[] = [
      { ...byBoth, path: taken.toReversed() },
      { ...byBoth, path: taken.slice(1) },
      { ...byBoth, path: [`<sip:${core};lr;ob>`] },
      // It was forwarded by a PBX that is not a proxy in the config.
      { ...byBoth, path: taken.slice(0, 1), vias: [`SIP/2.0/UDP ${pbx};branch=z9hG4bKe`, seenPhone] },
      { ...byBoth, path: [`<sip:${core};lr;ob>`], vias: [`SIP/2.0/UDP ${pbx};branch=z9hG4bKe`, seenPhone] },
      { ...byBoth, path: [`<sip:${core};lr;ob>`], vias: [`SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKe`, seenPhone] },
      // It did not come through the other proxy.
      { ...byBoth, path: taken, vias: [seenPhone] },
      { ...byBoth, path: taken, vias: [`SIP/2.0/UDP ${edge};branch=z9hG4bKe;received=${phone}`, seenPhone] },
      { ...byBoth, path: taken, vias: [`SIP/2.0/UDP ${phone};branch=z9hG4bKe;received=${edge}`, seenPhone] },
    ]
    for (const each of refused) assert.equal(register(desk, each), 403, JSON.stringify(each))
  })

  it('is no longer called when the config changes the proxy, after a reload or a restart', () => {
    const [now, other] = [[proxy(edge, 'path')], [proxy(edge, 'direct')]] as const
    const asked = { contact: `<sip:alice@${phone}:5062>`, path: [`<sip:${edge};lr>`] }
    const desk = deskWith(now)
    register(desk, asked)
    const { kept } = desk
    const again = (proxies: readonly ProxySettings[], state: ReadonlyMap<string, string>): number => {
      const { accounts: all, ...rest } = accounts(['alice', 'carol'])
      return new Desk({ ...rest, accounts: all, proxies }, state).uris('alice').length
    }
    assert.deepEqual([again(now, kept), again(other, kept), again([], kept)], [1, 0, 0])
    const older = new Map([...kept].map(([aor, state]) => [aor, state.replace(/,"through":\[[^\]]*\]/, '')]))
    assert.notDeepEqual(older, kept)
    assert.equal(again(now, older), 0, 'a binding of an older version, which believed the phone, is dropped')
    const { accounts: all, ...rest } = accounts(['alice', 'carol'])
    desk.registrar.replaceSettings({ ...rest, accounts: all, proxies: other })
    assert.deepEqual(desk.uris('alice'), [])
  })

  it('can’t hide what the proxy wrote with a second received or rport', () => {
    const desk = new Desk()
    for (const twice of ['received=1.2.3.4;received=5.6.7.8', 'Received = 1.2.3.4 ; received=5.6.7.8', 'rport=1;rport=2']) {
      const asked: Asked = { source: at(edge), vias: [`SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKx;${twice}`] }
      assert.equal(desk.ask('alice', asked).status, 400, twice)
    }
  })
})

describe('the rule phones-choose-no-route', () => {
  /** Whatever a phone writes below the proxy's own values, no call for it goes to a trusted peer or beyond the route of the lowest proxy. */
  it('holds for all Contacts, Paths and Vias that a phone writes', () => {
    const hosts = fc.constantFrom(edge, edgeName, pbx, core, phone, '10.0.0.7', '203.0.113.9', 'gw.example', 'out.example.net')
    const parameters = fc.constantFrom(
      '',
      ';lr',
      ';ob',
      ';lr;ob',
      `;received=sip:${pbx}`,
      `;maddr=${pbx}`,
      ';transport=tcp',
      ';gr',
    )
    const ports = fc.constantFrom('', ':5060', ':5062', ':40001')
    const users = fc.constantFrom('alice', '+19005550199', '900', 'x;ob')
    const uris = fc.tuple(fc.constantFrom('sip', 'sips'), users, hosts, ports, parameters)
    const uri = uris.map(([scheme, user, host, port, more]) => `<${scheme}:${user}@${host}${port}${more}>`)
    const viaWords = fc.constantFrom('', ';rport', ';rport=5062', `;received=${pbx}`, `;received=${edge}`, `;received=${phone}`)
    const via = fc.tuple(hosts, ports, viaWords, viaWords)
    const written = fc.record({
      mode: fc.constantFrom('path' as const, 'contact' as const, 'direct' as const),
      flow: fc.boolean(),
      contact: uri,
      paths: fc.array(uri, { maxLength: 2 }),
      first: via,
      vias: fc.array(via, { maxLength: 2 }),
    })
    fc.assert(
      fc.property(written, ({ mode, flow, contact, paths, first, vias }) => {
        const desk = deskWith([proxy(edge, mode, edgeName), proxy(core, 'path')])
        const own = mode === 'path' ? [`<sip:${edge};lr${flow ? ';ob' : ''}>`] : []
        const status = register(desk, {
          contact,
          path: [...own, ...paths],
          vias: [asProxyWrites(first), ...vias.map(viaText)],
        })
        if (status !== 200) return
        const [binding] = desk.registrar.bindings(alice)
        assert.ok(binding)
        assert.deepEqual(binding.path, own, 'a Path of the phone is not kept')
        const read = parseUri(binding.uri)
        assert.ok(read.ok)
        const { host, port = 5060, parameters: said } = read.value
        assert.equal(said.has('maddr'), false)
        if (mode === 'contact') return assert.ok([edge, edgeName].includes(host))
        if (flow && mode === 'path') return assert.equal([edge, edgeName, pbx, core, 'out.example.net'].includes(host), false)
        assert.deepEqual([host, port, said.get('transport') ?? 'udp'], [phone, 5062, 'udp'])
      }),
      { numRuns: 3_000 },
    )
  })

  const viaText = ([host, port, one, other]: readonly [string, string, string, string]): string =>
    `SIP/2.0/UDP ${host}${port};branch=z9hG4bKp${one}${other}`

  /** The Via as RFC 3261 §18.2.1 and RFC 3581 §4 require it, for a phone at `phone`, port 5062. The phone's own parameters stay. */
  function asProxyWrites([host, port, one, other]: readonly [string, string, string, string]): string {
    const words = [one, other].map(word => (word === ';rport' ? `;rport=5062;received=${phone}` : word))
    const seen = host === phone || words.some(word => word.includes(`received=${phone}`)) ? '' : `;received=${phone}`
    return viaText([host, port, `${words[0] ?? ''}${seen}`, words[1] ?? ''])
  }
})
