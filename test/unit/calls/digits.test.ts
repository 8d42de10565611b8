import assert from 'node:assert/strict'
import { answerInfo, digitOf } from '../../../src/calls/digits.js'
import type { Body, ExtraHeader } from '../../../src/legs/body.js'

const relay = (text: string): Body => ({ type: 'application/dtmf-relay', text })

describe('keys sent by INFO', () => {
  it('may be a digit, a sign or an event number', () => {
    const told = ['Signal=5\r\nDuration=160\r\n', 'Signal= *', 'Signal=10', 'Signal=11', 'Signal=12', 'Signal=A'].map(text =>
      digitOf(relay(text)),
    )
    assert.deepEqual(told, ['5', '*', '*', '#', undefined, undefined])
    assert.deepEqual(
      ['7', '10', '11', '#'].map(text => digitOf({ type: 'application/dtmf', text })),
      ['7', '*', '#', '#'],
    )
    assert.equal(digitOf({ type: 'audio/telephone-event', text: '\u000a\u008a\u0003 ' }), '*')
    assert.equal(digitOf({ type: 'text/plain', text: '5' }), undefined)
    assert.equal(digitOf(relay('\n'.repeat(60_000))), undefined)
  })

  const answered = (body: Body | undefined, headers: readonly ExtraHeader[] = []): unknown[] => {
    const said: unknown[] = []
    answerInfo({ ...(body && { body }), headers, respond: (status, _body, more = []) => said.push(status, ...more) })
    return said
  }

  it('get 200; an unknown package gets 469 with Recv-Info, an unknown body 415 with Accept', () => {
    assert.deepEqual(answered(relay('Signal=5'), [['Info-Package', 'dtmf']]), [200])
    assert.deepEqual(answered(undefined), [200])
    assert.deepEqual(answered(undefined, [['Info-Package', 'foo;bar']]), [469, ['Recv-Info', 'dtmf']])
    assert.deepEqual(answered({ type: 'text/plain', text: 'x' }), [
      415,
      ['Accept', 'application/dtmf-relay, application/dtmf, audio/telephone-event'],
    ])
  })
})
