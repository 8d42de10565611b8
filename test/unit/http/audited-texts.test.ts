import assert from 'node:assert/strict'
import { auditedTexts, fieldsOf } from '../../../src/http/audited-texts.js'
import { editBody, presenceBody } from '../../../src/http/bodies.js'

describe('the texts of a request in the audit log', () => {
  it('are the texts of its JSON, cut, without control characters', () => {
    const body: unknown = JSON.parse('{"name":"support","count":3,"set":{"a":"b"},"note":"a\\u0007b"}')
    assert.deepEqual(auditedTexts(body), { name: 'support', note: 'a\ufffdb' })
    assert.equal(auditedTexts({ name: 'x'.repeat(1_000) })['name']?.length, 200)
  })

  it('are those of the fields that a route takes', () => {
    assert.deepEqual(fieldsOf(presenceBody), ['state', 'expires', 'source'])
    const edit = new Set(['kind', 'of', 'name', 'set', 'unset', 'version', 'fields', 'id'])
    assert.deepEqual(new Set(fieldsOf(editBody)), edit)
  })

  it('are none if the body is not an object, and the bytes of an upload are not even counted', () => {
    // Three minutes of sound have 2.9 million bytes. A list of them took all SIP for seconds.
    const bytes = new Proxy(Buffer.alloc(8), {
      ownKeys: () => assert.fail('each byte was looked at'),
    })
    for (const body of [bytes, undefined, null, 'text']) assert.deepEqual(auditedTexts(body), {})
  })
})
