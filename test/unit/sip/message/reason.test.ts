import assert from 'node:assert/strict'
import { formatReason, parseReasons } from '../../../../src/sip/message/reason.js'

describe('a Reason (RFC 3326)', () => {
  it('is read with its cause and text, and written again', () => {
    const [reason, ...others] = parseReasons(['Q.850;cause=16;text="Normal \\"clearing\\""', ';nothing'])
    assert.deepEqual([reason, others], [{ protocol: 'Q.850', cause: 16, text: 'Normal "clearing"' }, []])
    assert.equal(reason && formatReason(reason), 'Q.850;cause=16;text="Normal \\"clearing\\""')
  })

  it('has a short protocol and text, because the phone of the other party may not read long messages', () => {
    const [reason] = parseReasons([`SIP;text="${'x'.repeat(20_000)}"`])
    assert.equal(reason?.text, 'x'.repeat(256))
    assert.deepEqual(parseReasons([`${'S'.repeat(20_000)};cause=200`]), [])
  })
})
