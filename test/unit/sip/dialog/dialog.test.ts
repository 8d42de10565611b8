import assert from 'node:assert/strict'
import { Talk, type TalkOptions } from './talk.js'

/** The BYE that ends such a session. */
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
  it('is that of the INVITE, in its order, where we were called (§12.1.1)', () => {
    const { uri, routes } = byeOf('inbound', {
      headers: recordRoute('<sip:192.0.2.2;lr>', '"Edge, two" <sip:edge.example.com;lr>;x=y'),
    })
    assert.equal(uri, 'sip:carol@192.0.2.2')
    assert.deepEqual(routes, ['<sip:192.0.2.2;lr>', '"Edge, two" <sip:edge.example.com;lr>;x=y'])
  })

  it('is that of the 200, turned round, where we called (§12.1.2)', () => {
    const { uri, routes } = byeOf('outbound', { headers: recordRoute('<sip:far.example.com;lr>', '<sip:192.0.2.2;lr>') })
    assert.equal(uri, 'sip:phone-bob1@192.0.2.2')
    assert.deepEqual(routes, ['<sip:192.0.2.2;lr>', '<sip:far.example.com;lr>'])
  })

  it('to a strict router: it is the Request-URI, and the target the last Route (§12.2.1.1)', () => {
    const { uri, routes } = byeOf('inbound', { headers: recordRoute('<sip:192.0.2.2>', '<sip:far.example.com;lr>') })
    assert.equal(uri, 'sip:192.0.2.2')
    assert.deepEqual(routes, ['<sip:far.example.com;lr>', '<sip:carol@192.0.2.2>'])
  })

  it('takes a lr with a value, and one escaped, for loose', () => {
    for (const loose of ['<sip:192.0.2.2;lr=on>', '<sip:192.0.2.2;%6C%72>'])
      assert.deepEqual(byeOf('inbound', { headers: recordRoute(loose) }).routes, [loose])
  })

  it('is empty without Record-Route', () => {
    assert.deepEqual(byeOf('outbound', {}).routes, [])
  })
})

describe('a request within a dialog', () => {
  it('has the tags and URIs of the dialog, each on its side', () => {
    const { headers } = byeOf('inbound', {})
    assert.match(headers.first('From') ?? '', /^<sip:support@example\.com>;tag=\w{8,}$/)
    assert.equal(headers.first('To'), '<sip:caller@192.0.2.2>;tag=carol1')
    assert.equal(headers.first('Call-ID'), 'call-1')
    assert.equal(headers.first('Max-Forwards'), '70')
  })

  it('leaves out the headers of the Contact’s URI, which a Request-URI has not (§19.1.1)', () => {
    const { uri } = byeOf('inbound', { headers: ['Contact: <sip:carol?x@192.0.2.2;user=phone?Subject=hi>'] })
    assert.equal(uri, 'sip:carol?x@192.0.2.2;user=phone')
  })

  it('goes to the From of a caller who named no Contact, as before RFC 3261', () => {
    const { uri } = byeOf('inbound', { headers: ['Contact:'] })
    assert.equal(uri, 'sip:caller@192.0.2.2')
  })
})
