import assert from 'node:assert/strict'
import { RingNotes } from '../../../console/src/bar/ring-notes.js'

const call = (key: string) => ({ key, caller: 'Ann', workflow: 'support' })

describe('notes of ringing calls', () => {
  it('are shown once for each call, and go when the call no longer rings', () => {
    const told: string[] = []
    const notes = new RingNotes(({ key }) => {
      told.push(`shows ${key}`)
      return { close: () => void told.push(`closes ${key}`) }
    })
    notes.now([call('a')])
    notes.now([call('a'), call('b')])
    notes.now([call('b')])
    notes.now([])
    notes.now([call('a')])
    assert.deepEqual(told, ['shows a', 'shows b', 'closes a', 'closes b', 'shows a'])
  })

  it('that are not wanted when a call begins to ring do not come later', () => {
    let asked = 0
    const notes = new RingNotes(() => {
      asked += 1
      return undefined
    })
    notes.now([call('a')])
    notes.now([call('a')])
    notes.now([])
    assert.equal(asked, 1)
  })
})
