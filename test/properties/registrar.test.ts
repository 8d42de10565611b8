import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readCredentials } from '../../src/sip/message/digest.js'
import { HeaderTable } from '../../src/sip/message/headers.js'
import { nonceIn } from '../fakes/digest.js'
import '../seed.js'
import { Desk } from '../unit/sip/registrar/asking.js'

const pieces = (...words: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 4 }, fc.string({ unit: latin1, maxLength: 6 })), {
      maxLength: 12,
    })
    .map(parts => parts.join(''))
/** Any byte except line ends. */
const latin1 = fc.integer({ min: 1, max: 255 }).map(code => (code === 10 || code === 13 ? ' ' : String.fromCharCode(code)))

const credentials = pieces(
  'username="alice"', 'realm="example.com"', 'nonce="', 'uri="sip:example.com"', 'algorithm=MD5', 'algorithm=SHA-256', 'qop=auth', 'nc=00000001',
  'cnonce="c"', 'response="00"', ', ', ',', ';', '=', '"', '\\', 'Digest ',
) // prettier-ignore
const contact = pieces(
  '<sip:alice@a>', 'sip:', 'alice', '@', 'a', '<', '>', ';expires=', '0', '60', '3600', ';q=', '0.5', ';reg-id=1', ';+sip.instance="<urn:uuid:1>"',
  ', ', '*', '"', '\\', '?', '%61', ':5060', '[::1]',
) // prettier-ignore
const header = fc.oneof(
  pieces('0', '60', '7200', '-', '.').map(value => `Expires: ${value}`),
  pieces('<sip:edge;lr>', ',', ';ob', '<', '>').map(value => `Path: ${value}`),
  pieces('path', ', ', 'outbound', 'gruu').map(value => `Supported: ${value}`),
)

const lawful = [200, 400, 401, 403, 420, 423, 503]

describe('the registrar with random input', () => {
  it('reads credentials without an error, and none that lack a part', () => {
    fc.assert(
      fc.property(credentials, text => {
        const read = readCredentials(HeaderTable.of([['Authorization', `Digest ${text}`]]), 'example.com')
        if (typeof read === 'string') return
        assert.equal(read.realm, 'example.com')
        assert.ok(read.username !== '' && read.cnonce !== '' && read.nc > 0)
      }),
      { numRuns: 3_000 },
    )
  })

  it('admits nobody without the password', () => {
    fc.assert(
      fc.property(credentials, text => {
        const answer = new Desk().ask('alice', { authorization: `Digest ${text}` })
        assert.ok([400, 401].includes(answer.status), String(answer.status))
      }),
      { numRuns: 500 },
    )
  })

  it('answers each authenticated REGISTER once and correctly, and keeps at most ten contacts', () => {
    const asked = fc.record({
      contacts: fc.array(contact, { maxLength: 3 }),
      headers: fc.array(header, { maxLength: 3 }),
      pass: fc.integer({ min: 0, max: 100_000 }),
      hop: fc.integer({ min: 1, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 12 }), all => {
        const desk = new Desk()
        for (const { contacts, headers, pass, hop } of all) {
          const source = { transport: 'tcp', host: '198.51.100.7', port: 5060, connection: hop } as const
          const before = desk.uris('alice')
          const first = desk.ask('alice', { source })
          const authorization = desk.credentials({ nonce: nonceIn(first.text) })
          const { status, response } = desk.ask('alice', { source, contacts, headers, authorization })
          assert.ok(lawful.includes(status), String(status))
          const after = desk.uris('alice')
          if (status !== 200) assert.deepEqual(after, before, 'all of it or nothing')
          else assert.equal(response.headers.values('Contact').length, after.length)
          assert.ok(after.length <= 10)
          desk.clock.pass(pass)
        }
        for (const hop of [1, 2, 3])
          desk.registrar.connectionClosed({ transport: 'tcp', host: '198.51.100.7', port: 5060, connection: hop })
        const onesOfProxies = desk.registrar.bindings('sip:alice@example.com').every(({ flow }) => flow === undefined)
        assert.ok(onesOfProxies, 'a flow that is gone keeps no binding')
      }),
      { numRuns: 300 },
    )
  })
})
