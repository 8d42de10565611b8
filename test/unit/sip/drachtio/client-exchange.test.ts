import assert from 'node:assert/strict'
import { ClientExchange, type ClientExchangeLayer } from '../../../../src/sip/drachtio/client-exchange.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { buildRequest, buildResponse } from '../../../../src/sip/message/build.js'

const goal = { transport: 'tcp', host: '10.0.0.5', port: 5060 } as const
const nowhere = { transport: 'tcp', host: '', port: 0 } as const
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
function outcomeOf(status: number, source: Hop, isWithin: boolean): string {
  let outcome = 'nothing'
  const exchange = new ClientExchange(
    invite,
    isWithin,
    { final: response => (outcome = `refused with ${response.status}`), failed: why => (outcome = why) },
    layer,
    goal,
  )
  exchange.received(buildResponse(invite, status, { toTag: 'bob' }), source)
  return outcome
}

describe('a final response behind a drachtio-server', () => {
  for (const [status, why] of [
    [408, 'timeout'],
    [410, 'transport'],
    [503, 'transport'],
  ] as const)
    for (const [where, isWithin] of [
      ['outside dialogs', false],
      ['in a dialog', true],
    ] as const) {
      it(`${status} from no address ${where} was made by the server, which reached nobody: ${why}`, () =>
        assert.equal(outcomeOf(status, nowhere, isWithin), why))
      it(`${status} from an address ${where} is the answer of a phone`, () =>
        assert.equal(outcomeOf(status, goal, isWithin), `refused with ${status}`))
    }
})
