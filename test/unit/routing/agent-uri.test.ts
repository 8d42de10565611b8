import assert from 'node:assert/strict'
import { agentUri } from '../../../src/routing/world/ids.js'

describe('the URI of an agent', () => {
  for (const [text, agent] of Object.entries({
    'sip:alice@example.com': 'sip:alice@example.com',
    'SIP:Alice@EXAMPLE.com': 'sip:Alice@example.com',
    'sip:alice@example.com.': 'sip:alice@example.com',
    'sip:alice@example.com.:5070': 'sip:alice@example.com:5070',
  }))
    it(`${text} is read as ${agent}`, () => assert.deepEqual(agentUri(text), { ok: true, value: agent }))
})
