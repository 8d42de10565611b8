import assert from 'node:assert/strict'
import { SipCounters } from '../../../../src/sip/transport/counters.js'

describe('counters', () => {
  it('name what was counted by label values joined by commas, and nothing else', () => {
    const counters = new SipCounters()
    counters.request('in', 'INVITE', 'udp')
    counters.request('in', 'INVITE', 'udp')
    counters.request('out', 'BYE', 'tcp')
    counters.response('out', 'INVITE', 180)
    counters.response('in', 'MESSAGE', 699)
    counters.retransmission('in')
    counters.reject('malformed')
    assert.deepEqual(
      [...counters.requests],
      [
        ['in,INVITE,udp', 2],
        ['out,BYE,tcp', 1],
      ],
    )
    assert.deepEqual(
      [...counters.responses],
      [
        ['in,MESSAGE,6xx', 1],
        ['out,INVITE,1xx', 1],
      ],
    )
    assert.deepEqual(
      [...counters.responseCodes].map(([key]) => key.split(',')[0]),
      ['in', 'out'],
      'each status by its direction',
    )
    assert.deepEqual(
      [...counters.retransmissions],
      [
        ['in', 1],
        ['out', 0],
      ],
    )
    assert.deepEqual([...counters.rejected], [['malformed', 1]])
  })

  it('count all methods that a peer may invent as one', () => {
    const counters = new SipCounters()
    for (const method of ['FOO', 'BAR', 'invite', '']) counters.request('in', method, 'tcp')
    assert.deepEqual([...counters.requests], [['in,other,tcp', 4]])
  })
})
