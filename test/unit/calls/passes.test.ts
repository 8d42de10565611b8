import assert from 'node:assert/strict'
import { Passes } from '../../../src/calls/passes.js'
import { sdp } from '../../fakes/signaling.js'
import { WorldBuilder } from '../routing/build.js'
import { seededBytes } from '../sip/transaction/pair.js'
import { Shell } from './shell.js'

const of = (headers: Readonly<Record<string, string>>) => ({
  header: (name: string): readonly string[] => (headers[name] === undefined ? [] : [headers[name]]),
})
const fresh = of({})
const made = () => new Passes(seededBytes(1))
/** The call after it has passed these workflows. */
const after = (passes: Passes, ...workflows: string[]) =>
  workflows.reduce((call, workflow) => of(Object.fromEntries([passes.onward(call, workflow)])), fresh)

describe('the record of workflows that a call has passed', () => {
  it('lets a call from outside in, and refuses a call that returns to the same workflow with 482', () => {
    const passes = made()
    assert.equal(passes.refusal(fresh, 'support'), undefined)
    assert.equal(passes.refusal(after(passes, 'support'), 'support'), 482)
    assert.equal(passes.refusal(after(passes, 'support', 'sales'), 'support'), 482)
  })

  it('lets a call go from one workflow through a PBX to another (RFC 3261 §16.3, a spiral)', () => {
    const passes = made()
    assert.equal(passes.refusal(after(passes, 'support'), 'sales'), undefined)
    assert.equal(passes.refusal(after(passes, 'support', 'sales'), 'night'), undefined)
  })

  it('ends a call after ten passes, including passes recorded by another server', () => {
    const [passes, other] = [made(), new Passes(seededBytes(2))]
    const nine = after(other, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i')
    assert.equal(passes.refusal(nine, 'support'), undefined)
    assert.equal(passes.refusal(of(Object.fromEntries([other.onward(nine, 'j')])), 'support'), 482)
  })

  it('contains no workflow names and differs in each call', () => {
    const passes = made()
    const [, first] = passes.onward(fresh, 'support')
    const [, second] = passes.onward(fresh, 'support')
    assert.doesNotMatch(first, /support/)
    assert.notEqual(first.split('.')[1], second.split('.')[1])
  })

  it('is taken as empty when it can’t be read', () => {
    const passes = made()
    for (const text of ['', '.', 'a.b', 'x'.repeat(5000), '"><script>', `12345678.${'y'.repeat(33)}`, '12345678.ääääääääää'])
      assert.equal(passes.refusal(of({ 'Carillon-Passed': text }), 'support'), undefined)
  })

  it('Max-Breadth: 0 gets 440 (RFC 5393 §5.3.3.1), and an unreadable value does not', () => {
    assert.equal(made().refusal(of({ 'Max-Breadth': '0' }), 'support'), 440)
    for (const text of ['1', '60', '-1', 'many', ''])
      assert.equal(made().refusal(of({ 'Max-Breadth': text }), 'support'), undefined)
  })
})

const group = (method: 'parallel' | 'serial', agents: string[]) =>
  new Shell(new WorldBuilder().group('support', method, agents).queue('support', ['support']).settings())
const dial = (shell: Shell, breadth: string) =>
  shell.dial('support', { body: sdp('caller'), headers: { 'Max-Breadth': [breadth] } })

describe('the breadth of a call (RFC 5393 §5.3.3)', () => {
  it('limits the branches of all phones of a parallel group together to what the caller’s INVITE allows', () => {
    const shell = group('parallel', ['alice', 'bob', 'carol', 'dave'])
    dial(shell, '3')
    assert.deepEqual(shell.rings(), ['alice', 'bob', 'carol'])
    assert.deepEqual(
      shell.signaling.ringing().map(({ options }) => options.limits?.maxBreadth),
      [1, 1, 1],
    )
  })

  it('is divided among the agents whose phones ring at the same time', () => {
    const shell = group('parallel', ['alice', 'bob'])
    dial(shell, '60')
    assert.deepEqual(
      shell.signaling.ringing().map(({ options }) => options.limits?.maxBreadth),
      [30, 30],
    )
  })

  it('is available again for the next agent when the previous phone has stopped ringing', () => {
    const shell = group('serial', ['alice', 'bob'])
    dial(shell, '1')
    shell.phone('alice').refuse(486)
    assert.equal(shell.phone('bob').options.limits?.maxBreadth, 1)
  })

  it('has no limit when the caller’s INVITE has none', () => {
    const shell = group('parallel', ['alice', 'bob'])
    shell.dial('support')
    assert.deepEqual(
      shell.signaling.ringing().map(({ options }) => options.limits?.maxBreadth),
      [undefined, undefined],
    )
  })
})

describe('a call that returns', () => {
  const settings = new WorldBuilder()
    .group('support', 'serial', ['alice'])
    .queue('support', ['support'])
    .queue('sales', ['support'])
  const returned = (shell: Shell, workflow: string) => {
    const passed = shell
      .phone('alice')
      .options.headers.filter(([name]) => name === 'Carillon-Passed')
      .map(([, value]) => value)
    assert.equal(passed.length, 1)
    return shell.dial(workflow, { body: sdp('alice'), headers: { 'Carillon-Passed': passed } })
  }

  it('gets 482 from the workflow that is ringing, and the caller keeps waiting', () => {
    const shell = new Shell(settings.settings())
    const caller = shell.dial('support')
    assert.equal(returned(shell, 'support').rejected, 482)
    assert.ok(!caller.over)
    assert.equal(shell.calls.size, 1)
  })

  it('is accepted by another workflow', () => {
    const shell = new Shell(settings.settings())
    shell.dial('support')
    assert.equal(returned(shell, 'sales').rejected, undefined)
    assert.equal(shell.calls.size, 2)
  })
})
