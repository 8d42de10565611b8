import assert from 'node:assert/strict'
import { callOf, shortcutOf, type Pressed, type Shortcut } from '../../../console/src/bar/shortcut-keys.js'
import type { PhoneCall } from '../../../console/src/phone/phone-call.js'

const press = (key: string, held: Partial<Pressed> = {}, modifier = ''): Shortcut | undefined =>
  shortcutOf({
    key,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    repeat: false,
    isComposing: false,
    getModifierState: name => name === modifier,
    ...held,
  })

const call = (id: string, changes: Partial<PhoneCall> = {}): PhoneCall => ({
  id,
  direction: 'incoming',
  peer: 'Ann',
  state: 'talking',
  since: 0,
  muted: false,
  onHold: false,
  transfer: { kind: 'none' },
  silent: undefined,
  busy: undefined,
  failed: undefined,
  ...changes,
})
const ringing = call('ringing', { state: 'ringing', since: 9 })

describe('keyboard shortcuts', () => {
  it('are single keys, also with caps lock, and where a keyboard has "?" and "/" behind Shift or AltGr', () => {
    assert.deepEqual(
      ['a', 'h', 'm', 'e', '/', '?'].map(key => press(key)),
      ['answer', 'hold', 'mute', 'hangUp', 'search', 'help'],
    )
    assert.equal(press('M'), 'mute')
    assert.equal(press('?', { shiftKey: true }), 'help')
    assert.equal(press('/', { shiftKey: true }), 'search')
    assert.equal(press('?', { ctrlKey: true, altKey: true }, 'AltGraph'), 'help')
  })

  it('leave combinations to the browser, and ignore a key that is held down or composes a character', () => {
    for (const held of [
      { ctrlKey: true },
      { altKey: true },
      { metaKey: true },
      { shiftKey: true },
      { repeat: true },
      { isComposing: true },
    ])
      assert.equal(press('e', held), undefined, JSON.stringify(held))
    for (const key of ['x', 'Enter', 'toString', 'F1']) assert.equal(press(key), undefined, key)
  })

  it('answer only a call that rings, and once', () => {
    assert.equal(callOf('answer', [call('talk'), ringing])?.id, 'ringing')
    assert.equal(callOf('answer', [{ ...ringing, busy: 'answer' }]), undefined)
    assert.equal(callOf('answer', [call('ours', { direction: 'outgoing', state: 'ringing' })]), undefined)
  })

  it('hang up, mute and hold the talk, never a call that only rings', () => {
    for (const shortcut of ['hangUp', 'mute', 'hold'] as const) {
      assert.equal(callOf(shortcut, [ringing]), undefined, shortcut)
      assert.equal(callOf(shortcut, [ringing, call('talk')])?.id, 'talk', shortcut)
    }
    assert.equal(callOf('hangUp', [call('ours', { direction: 'outgoing', state: 'ringing' })])?.id, 'ours')
    assert.equal(callOf('hold', [call('ours', { direction: 'outgoing', state: 'ringing' })]), undefined)
  })

  it('prefer the newest talk that is not on hold', () => {
    const calls = [call('held', { onHold: true, since: 3 }), call('old', { since: 1 }), call('new', { since: 2 })]
    assert.equal(callOf('hangUp', calls)?.id, 'new')
    assert.equal(callOf('hold', calls.slice(0, 1))?.id, 'held')
  })

  it('wait for the action in progress', () => {
    assert.equal(callOf('hold', [call('talk', { busy: 'hold' })]), undefined)
    assert.equal(callOf('hangUp', [call('talk', { busy: 'end' })]), undefined)
    assert.equal(callOf('hangUp', [call('talk', { busy: 'hold' })])?.id, 'talk')
  })
})
