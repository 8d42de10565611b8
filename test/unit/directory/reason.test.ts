import assert from 'node:assert/strict'
import { reasonOf } from '../../../src/directory/reason.js'

describe('the reason why a directory could not be read', () => {
  it('is as the directory told it', () => assert.equal(reasonOf(new Error('no such object')), 'no such object'))

  it('is cut, and has no control characters', () => {
    assert.equal(reasonOf(new Error('A'.repeat(40_000_000))).length, 301)
    assert.equal(reasonOf(new Error('\u001b[31mred\u202e\n')), ' [31mred  ')
  })
})
