import assert from 'node:assert/strict'
import { callEndReason, forwardFailureStatus } from '../../../src/calls/reasons.js'

describe('reasons', () => {
  it('end an answered call with the status that its INVITE would have got', () => {
    assert.deepEqual(callEndReason('timedOut'), { protocol: 'SIP', cause: 480, text: 'timedOut' })
  })

  it('say that a forward target is busy or declined, and nothing about other failures', () => {
    assert.deepEqual([486, 600, 603, 404, 408, 500, 302].map(forwardFailureStatus), [486, 486, 603, 480, 480, 480, 480])
  })
})
