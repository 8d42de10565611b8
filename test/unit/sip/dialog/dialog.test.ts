import assert from 'node:assert/strict'
import { Dialog } from '../../../../src/sip/dialog/dialog.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import { flowOf } from '../../../../src/sip/transport/flow.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { Talk, type TalkOptions } from './talk.js'

/** Makes a call with these header fields, hangs up, and returns our BYE. `inbound`: carol calls us. `outbound`: we call bob. */
function byeOf(side: 'inbound' | 'outbound', options: TalkOptions) {
  const talk = Talk[side](options)
  talk.session.hangUp()
  talk.pass(3)
  const { uri, headers } = talk.phone.request('BYE')
  talk.close()
  return { uri, routes: headers.values('Route'), headers }
}
const recordRoute = (...values: string[]) => [`Record-Route: ${values.join(', ')}`]

describe('the route set of a dialog', () => {
  it('has the order of the INVITE’s Record-Route when we were called (§12.1.1)', () => {
    const { uri, routes } = byeOf('inbound', {
      headers: recordRoute('<sip:192.0.2.2;lr>', '"Edge, two" <sip:edge.example.com;lr>;x=y'),
    })
    assert.equal(uri, 'sip:carol@192.0.2.2')
    assert.deepEqual(routes, ['<sip:192.0.2.2;lr>', '"Edge, two" <sip:edge.example.com;lr>;x=y'])
  })

  it('has the reverse order of the 200’s Record-Route when we called (§12.1.2)', () => {
    const { uri, routes } = byeOf('outbound', { headers: recordRoute('<sip:far.example.com;lr>', '<sip:192.0.2.2;lr>') })
    assert.equal(uri, 'sip:phone-bob1@192.0.2.2')
    assert.deepEqual(routes, ['<sip:192.0.2.2;lr>', '<sip:far.example.com;lr>'])
  })

  it('puts a strict router into the Request-URI, and the remote target into the last Route (§12.2.1.1)', () => {
    const { uri, routes } = byeOf('inbound', { headers: recordRoute('<sip:192.0.2.2>', '<sip:far.example.com;lr>') })
    assert.equal(uri, 'sip:192.0.2.2')
    assert.deepEqual(routes, ['<sip:far.example.com;lr>', '<sip:carol@192.0.2.2>'])
  })

  it('accepts lr with a value, or escaped, as a loose route', () => {
    for (const loose of ['<sip:192.0.2.2;lr=on>', '<sip:192.0.2.2;%6C%72>'])
      assert.deepEqual(byeOf('inbound', { headers: recordRoute(loose) }).routes, [loose])
  })

  it('is empty without Record-Route', () => {
    assert.deepEqual(byeOf('outbound', {}).routes, [])
  })
})

describe('a request within a dialog', () => {
  it('has the tags and URIs of the dialog on the right sides', () => {
    const { headers } = byeOf('inbound', {})
    assert.match(headers.first('From') ?? '', /^<sip:support@example\.com>;tag=\w{8,}$/)
    assert.equal(headers.first('To'), '<sip:caller@192.0.2.2>;tag=carol1')
    assert.equal(headers.first('Call-ID'), 'call-1')
    assert.equal(headers.first('Max-Forwards'), '70')
  })

  it('leaves out the header fields of the Contact’s URI, which a Request-URI may not have (§19.1.1)', () => {
    const { uri } = byeOf('inbound', { headers: ['Contact: <sip:carol?x@192.0.2.2;user=phone?Subject=hi>'] })
    assert.equal(uri, 'sip:carol?x@192.0.2.2;user=phone')
  })

  it('goes to the From URI of a caller who sent no Contact, as in RFC 2543', () => {
    const { uri } = byeOf('inbound', { headers: ['Contact:'], branch: '4711' })
    assert.equal(uri, 'sip:caller@192.0.2.2')
  })
})

/** An INVITE, or another message with a Contact. */
function request(...headers: string[]) {
  const lines = ['INVITE sips:support@example.com SIP/2.0', 'Via: SIP/2.0/TLS 192.0.2.2:5061;branch=z9hG4bK1', ...headers]
  const fixed = ['From: <sips:carol@192.0.2.2>;tag=1', 'To: <sips:support@example.com>', 'Call-ID: 1', 'CSeq: 1 INVITE']
  const parsed = parseMessage(Buffer.from([...lines, ...fixed, '', ''].join('\r\n'), 'latin1'), 'datagram')
  if (parsed.kind !== 'message' || parsed.message.kind !== 'request') return assert.fail('unreadable')
  return parsed.message
}

describe('a dialog made with a sips URI', () => {
  const ours = '<sips:192.0.2.1:5061>'
  const toPeer = (dialog: Dialog): unknown => dialog.request('BYE', {}).target
  const tls: Hop = { transport: 'tls', host: '192.0.2.2', port: 5061, connection: 1 }

  it('sends requests only over TLS, whatever Contact, route or new Contact says (RFC 3261 §26.2.2)', () => {
    const contact = request('Contact: <sip:carol@192.0.2.2:5060>')
    assert.equal(toPeer(Dialog.byServer(contact, 'a', ours)), 'sips:carol@192.0.2.2:5060')
    for (const route of ['sip:edge.example.com;lr', 'sip:strict.example.com'])
      assert.match(String(toPeer(Dialog.byServer(request(`Record-Route: <${route}>`), 'a', ours))), /^sips:/)
    const dialog = Dialog.byServer(request('Contact: <sips:carol@192.0.2.2>'), 'a', ours)
    dialog.refreshTarget(request('Contact: <sip:carol@192.0.2.9;transport=udp>'))
    assert.equal(toPeer(dialog), 'sips:carol@192.0.2.9;transport=udp', 'sips is kept, so the request is not sent in the clear')
  })

  // `only`: requests go out on this connection and on no other.
  it('finds a peer after a restart at its TLS connection', () => {
    const kept = Dialog.byServer(request('Contact: <sips:carol@192.0.2.2>'), 'a', ours, tls).state()
    const dialog = Dialog.restored(kept)
    dialog.heardFrom({ ...tls, transport: 'tcp' })
    assert.equal(dialog.peer.isCutOff, true)
    dialog.heardFrom({ ...tls, connection: 2 })
    assert.deepEqual(toPeer(dialog), { ...tls, connection: 2, only: true })
  })

  it('follows a Contact without TLS when it was made with a sip URI', () => {
    const dialog = Dialog.byServer(request('Contact: <sip:carol@192.0.2.2>'), 'a', '<sip:192.0.2.1:5061;transport=tls>')
    assert.equal(toPeer(dialog), 'sip:carol@192.0.2.2')
  })

  it('never uses a plain connection for a sips Contact', () => {
    const contact = request('Contact: <sips:carol@192.0.2.2>')
    for (const transport of ['udp', 'tcp', 'ws'] as const) {
      assert.equal(flowOf(contact, { ...tls, transport }, true), undefined)
      assert.deepEqual(flowOf(contact, { ...tls, transport }), { transport: 'tls', host: tls.host, port: 5061 })
    }
    assert.deepEqual(flowOf(contact, tls), { ...tls, only: true })
  })
})
