import assert from 'node:assert/strict'
import { newest, problemOf, type Answered } from '../../../console/src/api/answered.js'
import { closedBecause } from '../../../console/src/api/closed.js'
import type { Session } from '../../../console/src/api/documents.js'

describe('an answer of the API', () => {
  const detail = (words: string): string => JSON.stringify({ type: 'about:blank', detail: words })

  it('tells not found and refused from unreachable, also when a proxy answers for the server', () => {
    assert.deepEqual(problemOf(404, 'Not Found', detail('there is no "c1"')), {
      ...{ kind: 'problem', status: 404, detail: 'there is no "c1"' },
    })
    assert.deepEqual(problemOf(400, 'Bad Request', ''), { kind: 'problem', status: 400, detail: 'Bad Request' })
    for (const status of [502, 503, 504])
      assert.deepEqual(problemOf(status, 'Bad Gateway', '<html>nginx</html>'), { kind: 'unreachable' })
    assert.equal(problemOf(503, 'Service Unavailable', detail('too many requests')).kind, 'problem')
  })

  it('keeps a value that was read while the server is unreachable, but not when the server says that it is gone', () => {
    const read: Answered<string> = { kind: 'ok', value: 'c1' }
    const gone: Answered<string> = { kind: 'problem', status: 404, detail: '' }
    assert.equal(newest(read, { kind: 'unreachable' }), read)
    assert.equal(newest(read, gone), gone)
    assert.deepEqual(newest(gone, { kind: 'unreachable' }), { kind: 'unreachable' })
    assert.deepEqual(newest(undefined, { kind: 'unreachable' }), { kind: 'unreachable' })
  })
})

describe('a log-in that is over', () => {
  const at = Date.parse('2026-11-30T10:00:00Z')
  const session = (name: string | null, expires: string | null = null, open = false): Session =>
    ({ name, expires, open }) as Session
  const ann = session('ann', '2026-11-30T09:59:59Z')

  it('says whether it has expired, or has ended before', () => {
    assert.equal(closedBecause(ann, session(null), at, false), 'expired')
    assert.equal(closedBecause(ann, session(null), at - 60_000, false), 'ended')
  })

  it('says nothing to people who log out themselves, or who were not logged in', () => {
    assert.equal(closedBecause(ann, session(null), at, true), undefined)
    assert.equal(closedBecause(undefined, session(null), at, false), undefined)
    assert.equal(closedBecause(session(null), session(null), at, false), undefined)
    assert.equal(closedBecause(ann, session('bea'), at, false), undefined)
    assert.equal(closedBecause(ann, session(null, null, true), at, false), undefined)
  })
})
