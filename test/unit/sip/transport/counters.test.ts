import assert from 'node:assert/strict'
import { SipCounters } from '../../../../src/sip/transport/counters.js'

describe('counters', () => {
  it('name each count by its labels, and contain nothing else', () => {
    const counters = new SipCounters()
    counters.request('in', 'INVITE', 'udp')
    counters.request('in', 'INVITE', 'udp')
    counters.request('out', 'BYE', 'tcp')
    counters.response('out', 'INVITE', 180)
    counters.response('in', 'MESSAGE', 699)
    counters.retransmission('in')
    counters.reject('malformed')
    assert.deepEqual(counters.requests, [
      { labels: { direction: 'in', method: 'INVITE', transport: 'udp' }, value: 2 },
      { labels: { direction: 'out', method: 'BYE', transport: 'tcp' }, value: 1 },
    ])
    assert.deepEqual(counters.responses, [
      { labels: { direction: 'in', method: 'MESSAGE', class: '6xx' }, value: 1 },
      { labels: { direction: 'out', method: 'INVITE', class: '1xx' }, value: 1 },
    ])
    assert.deepEqual(counters.responseCodes, [
      { labels: { direction: 'in', code: '699' }, value: 1 },
      { labels: { direction: 'out', code: '180' }, value: 1 },
    ])
    assert.deepEqual(
      [...counters.retransmissions],
      [
        ['in', 1],
        ['out', 0],
      ],
    )
    assert.deepEqual([...counters.rejected], [['malformed', 1]])
  })

  it('count all invented methods of peers as one', () => {
    const counters = new SipCounters()
    for (const method of ['FOO', 'BAR', 'invite', '']) counters.request('in', method, 'tcp')
    assert.deepEqual(counters.requests, [{ labels: { direction: 'in', method: 'other', transport: 'tcp' }, value: 4 }])
  })
})
