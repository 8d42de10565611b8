import assert from 'node:assert/strict'
import { isOwnName } from '../../../../src/sip/registrar/contact-names.js'

const source = { transport: 'tcp', host: '203.0.113.7', port: 40_000 } as const
const others = {
  hasAgent: (user: string): boolean => ['alice', 'bob', 'bob-2'].includes(user),
  isPeer: (host: string): boolean => host === '10.0.0.5' || host === 'pbx.example.com',
}

describe('a Contact over a connection behind a drachtio-server', () => {
  for (const [contact, what] of [
    ['sip:q7hx2@k3j4.invalid;transport=ws', 'a browser’s random name'],
    ['sip:bob@192.168.1.5:5060;transport=tcp', 'the account’s user, in a network of its own'],
    ['sip:bob-0x5581a@192.168.1.5;transport=tcp', 'the account’s user with an addition'],
    ['sip:f0e1d2@203.0.113.7:5060', 'any user at the phone’s own address'],
    ['sip:203.0.113.7', 'no user at the phone’s own address'],
  ] as const)
    it(`is taken: ${what}`, () => assert.equal(isOwnName(contact, 'sip:bob@example.com', source, others), true))

  for (const [contact, what] of [
    ['sip:alice@192.168.1.5;transport=tcp', 'another account’s user'],
    ['sip:%61lice@192.168.1.5', 'another account’s user, escaped'],
    ['sip:alice:secret@192.168.1.5', 'another account’s user with a password'],
    ['sip:alice@203.0.113.7', 'another account’s user at the phone’s own address'],
    ['sip:bob-2@192.168.1.5', 'another account’s user that begins with this one'],
    ['sip:bobby@192.168.1.5', 'a user that is no account’s, elsewhere'],
    ['sip:+4930123@pbx.example.com', 'a number at a peer'],
    ['sip:bob@10.0.0.5', 'its own user at a peer'],
    ['sip:10.9.9.9', 'no user, elsewhere'],
  ] as const)
    it(`is refused: ${what}`, () => assert.equal(isOwnName(contact, 'sip:bob@example.com', source, others), false))
})
