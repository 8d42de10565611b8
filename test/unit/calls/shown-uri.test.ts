import assert from 'node:assert/strict'
import fc from 'fast-check'
import { shownUri, shownUser } from '../../../src/calls/shown-uri.js'

describe('a URI for display', () => {
  const cases: Readonly<Record<string, string>> = {
    'sip:%61lice@example.com': 'sip:alice@example.com',
    'sip:sales%20team@example.com;user=phone': 'sip:sales team@example.com;user=phone',
    'sip:Zo%C3%AB@example.com': 'sip:Zoë@example.com',
    'tel:%2B14255550100': 'tel:+14255550100',
    'sip:alice@example.com': 'sip:alice@example.com',
    'sip:rgs.example.com': 'sip:rgs.example.com',
    // Characters that would look like another address, or be invisible, stay escaped.
    'sip:alice%40bank.example%3Bx@evil.example': 'sip:alice%40bank.example%3Bx@evil.example',
    'sip:%0d%0aX:@example.com': 'sip:%0D%0AX:@example.com',
    'sip:%E2%80%AEecila@example.com': 'sip:%E2%80%AEecila@example.com',
    'sip:100%25@example.com': 'sip:100%25@example.com',
    'sip:%ff%61@example.com': 'sip:%ff%61@example.com',
    'sip:a%zz@example.com': 'sip:a%zz@example.com',
  }
  for (const [uri, shown] of Object.entries(cases)) it(`${uri} is shown as ${shown}`, () => assert.equal(shownUri(uri), shown))

  it('has at most 256 characters', () => assert.equal(shownUri(`sip:${'%41'.repeat(1_000)}@x`).length, 256))

  it('does not change when it is shortened again, and keeps its host', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), user => {
        const shown = shownUri(`sip:${encodeURIComponent(user)}@example.com`)
        assert.equal(shownUri(shown), shown)
        assert.match(shown, /^sip:[^@]*@example\.com$/)
        assert.doesNotMatch(shown, /\p{Cc}/u)
      }),
    )
  })

  it('gives its user part for use as a name', () => {
    assert.equal(shownUser('sip:sales%20team@example.com'), 'sales team')
    assert.equal(shownUser('sip:+14255550100@gw.example.com;user=phone'), '+14255550100')
  })
})
