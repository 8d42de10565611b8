import assert from 'node:assert/strict'
import { ClientExchange, type ClientExchangeLayer } from '../../../../src/sip/drachtio/client-exchange.js'
import { buildRequest, buildResponse } from '../../../../src/sip/message/build.js'

const server = { transport: 'tcp', host: '10.0.0.5', port: 5060 } as const
const invite = buildRequest({
  ...{ method: 'INVITE', uri: 'sip:bob@10.0.0.5', from: '<sip:us@example.com>;tag=us', to: '<sip:bob@10.0.0.5>' },
  ...{ callId: 'c1', cseq: 1 },
})
const unused = (): never => assert.fail('this call was not expected')
const layer: ClientExchangeLayer = {
  ...{ send: unused, began: unused, cancel: unused, after: unused, foreign: unused, untaken: unused },
  trusts: () => false,
}

/** What the caller of the request hears of this response. */
function outcomeOf(status: number, toTag?: string): string {
  let outcome = 'nothing'
  const exchange = new ClientExchange(
    invite,
    false,
    { final: response => (outcome = `refused with ${response.status}`), failed: why => (outcome = why) },
    layer,
    undefined,
  )
  exchange.received(buildResponse(invite, status, toTag === undefined ? {} : { toTag }), server)
  return outcome
}

describe('a final response behind a drachtio-server', () => {
  for (const [status, why] of [
    [408, 'timeout'],
    [410, 'transport'],
    [503, 'transport'],
  ] as const)
    it(`${status} without a tag was made by the server, which reached nobody: ${why}`, () => assert.equal(outcomeOf(status), why))

  for (const status of [408, 410, 503])
    it(`${status} with a tag is the answer of a phone`, () => assert.equal(outcomeOf(status, 'bob'), `refused with ${status}`))

  it('another status is the answer of a phone, even without a tag', () => assert.equal(outcomeOf(486), 'refused with 486'))
})
