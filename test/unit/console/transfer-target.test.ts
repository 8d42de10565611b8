import assert from 'node:assert/strict'
import type { Agent } from '../../../console/src/api/documents.js'
import { matching, targetOf } from '../../../console/src/bar/transfer-target.js'

const own = 'sip:ann@example.com'
const agent = (user: string, name: string | null): Agent => ({ uri: `sip:${user}@example.com`, name }) as Agent
const colleagues = [agent('bob', 'Bob Keller'), agent('zoe', 'Zoë Brun'), agent('z2', 'Zoé Brun'), agent('max', null)]
const uriOf = (text: string): string => {
  const target = targetOf(text, colleagues, own)
  return 'uri' in target ? target.uri : target.kind
}

describe('the target of a transfer', () => {
  it('is a colleague by name, whatever the case and the accents are, or by user', () => {
    assert.equal(uriOf('bob keller'), 'sip:bob@example.com')
    assert.equal(uriOf(' BOB '), 'sip:bob@example.com')
    assert.equal(uriOf('max'), 'sip:max@example.com')
    assert.equal(uriOf('zoe'), 'sip:zoe@example.com', 'the user part of a URI finds the agent')
  })

  it('is never guessed: a name that nobody or more than one has is no address', () => {
    assert.equal(uriOf('bob kellr'), 'nobody')
    assert.equal(uriOf('Zoe Brun'), 'several')
    assert.equal(uriOf(' '), 'none')
    for (const wrong of ['bob keller@', 'sip:', 'sip:bob', 'a b@c', 'sip:x@y;maddr=z', '555 x'])
      assert.equal(uriOf(wrong), 'nobody', wrong)
  })

  it('is a number as people write it, or an address', () => {
    assert.equal(uriOf('+1 (555) 010-0'), 'sip:+15550100@example.com')
    assert.equal(uriOf('tel:+1.555.0100'), 'sip:+15550100@example.com')
    assert.equal(uriOf('*21#'), 'sip:*21%23@example.com')
    assert.equal(uriOf('help@desk.example'), 'sip:help@desk.example')
    assert.equal(uriOf('sips:help@desk.example'), 'sips:help@desk.example')
  })

  it('is chosen from the colleagues who have each word that was typed', () => {
    const found = (text: string): (string | null)[] => matching(text, colleagues).map(({ name }) => name)
    assert.deepEqual(found('brun zo'), ['Zoë Brun', 'Zoé Brun'])
    assert.deepEqual(found('kel'), ['Bob Keller'])
    assert.equal(found('').length, 4)
  })
})
