import assert from 'node:assert/strict'
import type { Publication } from '../../../../src/sip/subscription/publications.js'
import { fault, ok } from '../../../../src/foundation/result.js'
import { Phone, Wire } from '../dialog/wire.js'

const us = '192.0.2.1'
const pidf = 'application/pidf+xml'

/** A phone that publishes, and a record of the results. */
class Publishing {
  readonly wire = new Wire()
  readonly phone: Phone
  readonly told: string[] = []
  readonly current = new Map<string, Publication>()
  #count = 0

  constructor(host = '192.0.2.2') {
    this.phone = new Phone(this.wire, host)
    const packages = new Map([
      ['presence', pidf],
      ['dialog', 'application/dialog-info+xml'],
    ])
    this.wire.site(us).takePublications(packages, {
      knows: entity => entity === 'sip:alice@example.com',
      published: publication => {
        if (publication.document === 'broken') return fault('broken')
        this.told.push(`${publication.key} ${publication.document}`)
        this.current.set(publication.key, publication)
        return ok(undefined)
      },
      refreshed: key => this.told.push(`${key} refreshed`),
      withdrawn: key => this.told.push(`${key} withdrawn`),
    })
  }

  /** The status of the response. */
  publish(
    body: string,
    headers: readonly string[] = [],
    more: { uri?: string; event?: string; type?: string; phone?: Phone } = {},
  ): number {
    this.#count += 1
    const { uri = 'sip:alice@example.com', event = 'presence', type = pidf, phone = this.phone } = more
    const between = { from: '<sip:alice@example.com>;tag=a', to: `<${uri}>`, callId: `publish-${this.#count}`, uri }
    phone.ask('PUBLISH', us, between, { headers: [`Event: ${event}`, ...headers], body, type })
    const [answer] = phone.got.slice(-1)
    return answer?.kind === 'response' ? answer.status : 0
  }

  header(name: string): string {
    return this.phone.got.at(-1)?.headers.first(name) ?? ''
  }
}

describe('a publication to us (RFC 3903)', () => {
  let publishing: Publishing
  beforeEach(() => (publishing = new Publishing()))

  it('is created, refreshed, changed and removed, each time with a new entity tag', () => {
    const tags: string[] = []
    for (const [body, expires, told] of [
      ['one', 60, 'p1 one'],
      ['', 120, 'p1 refreshed'],
      ['two', 60, 'p1 two'],
      ['', 0, 'p1 withdrawn'],
    ] as const) {
      const match = tags.length === 0 ? [] : [`SIP-If-Match: ${tags.at(-1) ?? ''}`]
      assert.equal(publishing.publish(body, [`Expires: ${expires}`, ...match]), 200)
      assert.equal(publishing.header('Expires'), String(expires))
      assert.equal(publishing.told.at(-1), told)
      tags.push(publishing.header('SIP-ETag'))
    }
    assert.equal(new Set(tags).size, 4)
    assert.equal(publishing.publish('', ['Expires: 60', `SIP-If-Match: ${tags[3] ?? ''}`]), 412)
  })

  it('ends when its time is over', () => {
    publishing.publish('one', ['Expires: 60'])
    const tag = publishing.header('SIP-ETag')
    publishing.wire.clock.pass(59_000)
    assert.deepEqual(publishing.told, ['p1 one'])
    publishing.wire.clock.pass(1_000)
    assert.deepEqual(publishing.told, ['p1 one', 'p1 withdrawn'])
    assert.equal(publishing.publish('', [`SIP-If-Match: ${tag}`]), 412)
  })

  it('exists beside those of the agent’s other phones', () => {
    publishing.publish('one')
    publishing.publish('two', [], { phone: new Phone(publishing.wire, '192.0.2.3') })
    assert.deepEqual(publishing.told, ['p1 one', 'p2 two'])
  })

  it('of a phone that restarted replaces its previous one', () => {
    publishing.publish('busy')
    publishing.publish('on the phone', [], { event: 'dialog', type: 'application/dialog-info+xml' })
    const tag = publishing.header('SIP-ETag')
    publishing.publish('free')
    assert.deepEqual(publishing.told, ['p1 busy', 'p2 on the phone', 'p3 free', 'p1 withdrawn'])
    publishing.publish('broken')
    assert.deepEqual(publishing.told.length, 4, 'an unreadable document is not counted')
    assert.equal(publishing.publish('', [`SIP-If-Match: ${tag}`], { event: 'dialog', type: 'application/dialog-info+xml' }), 200)
  })

  it('lasts an hour, even if the phone asks for longer or does not say', () => {
    for (const headers of [['Expires: 100000'], []]) {
      publishing.publish('one', headers)
      assert.equal(publishing.header('Expires'), '3600')
    }
  })

  for (const [what, status, body, headers, more] of [
    ['of somebody unknown by 404', 404, 'x', [], { uri: 'sip:nobody@example.com' }],
    ['of another package by 489', 489, 'x', [], { event: 'message-summary' }],
    ['by an unknown tag by 412', 412, '', ['SIP-If-Match: gone'], {}],
    ['by two tags by 400', 400, '', ['SIP-If-Match: a', 'SIP-If-Match: b'], {}],
    ['for a moment by 423', 423, 'x', ['Expires: 29'], {}],
    ['in another form by 415', 415, 'x', [], { type: 'text/plain' }],
    ['packed by 415', 415, 'x', ['Content-Encoding: gzip'], {}],
    ['with nothing in it by 400', 400, '', [], {}],
    ['that can’t be read by 400', 400, 'broken', [], {}],
  ] as const) {
    it(`is refused ${what}`, () => {
      assert.equal(publishing.publish(body, headers, more), status)
      assert.deepEqual(publishing.told, [])
    })
  }

  it('that is refused gets a list of what is accepted', () => {
    publishing.publish('x', [], { event: 'message-summary' })
    assert.equal(publishing.header('Allow-Events'), 'presence, dialog')
    publishing.publish('x', ['Expires: 5'])
    assert.equal(publishing.header('Min-Expires'), '30')
    publishing.publish('x', [], { type: 'text/plain' })
    assert.equal(publishing.header('Accept'), pidf)
  })

  it('has a tag that is valid only for its agent and package', () => {
    publishing.publish('one')
    const tag = publishing.header('SIP-ETag')
    assert.equal(publishing.publish('', [`SIP-If-Match: ${tag}`], { event: 'dialog' }), 412)
  })

  it('stays unchanged, with its tag, after an unreadable change', () => {
    publishing.publish('one')
    const tag = publishing.header('SIP-ETag')
    assert.equal(publishing.publish('broken', [`SIP-If-Match: ${tag}`]), 400)
    assert.equal(publishing.publish('two', [`SIP-If-Match: ${tag}`]), 200)
    assert.deepEqual(publishing.told, ['p1 one', 'p1 two'])
  })

  it('with an expiry of 0 is not created', () => {
    assert.equal(publishing.publish('one', ['Expires: 0']), 200)
    assert.deepEqual(publishing.told, [])
  })

  it('of a phone that forgets its tags at each restart does not pile up', () => {
    for (let turn = 0; turn < 40; turn += 1) publishing.publish(`${turn}`)
    assert.equal(publishing.told.filter(line => line.endsWith('withdrawn')).length, 39)
    publishing.wire.clock.pass(3_600_000)
    assert.equal(publishing.told.filter(line => line.endsWith('withdrawn')).length, 40)
  })

  it('from strangers is refused with 403', () => {
    const strange = new Publishing('198.51.100.7')
    assert.equal(strange.publish('one'), 403)
    assert.deepEqual(strange.told, [])
  })
})
