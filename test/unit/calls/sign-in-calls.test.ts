import assert from 'node:assert/strict'
import type { CallSettings } from '../../../src/config/call-settings.js'
import { agentView, type AgentUri } from '../../../src/routing/index.js'
import { groupName, promptId } from '../../../src/routing/world/ids.js'
import { sdp } from '../../fakes/signaling.js'
import { WorldBuilder } from '../routing/build.js'
import { callSettings, Shell } from './shell.js'

const routing = new WorldBuilder()
  .agent('alice', { alwaysAvailable: true })
  .group('support', 'serial', ['alice'], { participationPolicy: 'formal' })
  .group('sales', 'serial', ['alice'], { participationPolicy: 'formal' })
  .group('everybody', 'serial', ['alice'])
  .queue('support', ['support'])
  .settings()
const told = (what: string) => ({ signedIn: promptId(`in ${what}`), signedOut: promptId(`out ${what}`) })
const signIn: NonNullable<CallSettings['signIn']> = {
  ...{ code: '*60', language: 'en-US', told: told('all') },
  groups: [
    { name: groupName('support'), code: '*601', told: told('support') },
    { name: groupName('everybody'), code: '*602', told: told('everybody') },
  ],
}
const alice = 'sip:alice@example.com' as AgentUri

describe('a call to a sign-in code', () => {
  let shell: Shell
  beforeEach(() => (shell = new Shell(routing, callSettings(routing, { signIn }))))

  const dial = (user: string, body: string | undefined = 'alice', by: string = alice) =>
    shell.dial(user, {
      headers: { 'P-Asserted-Identity': [`<${by}>`] },
      ...(body !== undefined && { body: sdp(body) }),
    })
  const signedIn = (): string[] =>
    (agentView(shell.world, alice)?.groups ?? [])
      .filter(each => each.signedIn && each.participationPolicy === 'formal')
      .map(({ name }) => name)

  it('signs in, tells it after the ACK, and hangs up', () => {
    const call = dial('*601')
    assert.deepEqual(signedIn(), ['support'])
    assert.deepEqual(shell.media.opened[0]?.played, [])
    call.leg?.confirm()
    assert.equal(shell.media.opened[0]?.hears, 'in support')
    assert.equal(call.leg?.hangsUp, false)
    shell.media.opened[0]?.finish()
    assert.equal(call.leg?.hangsUp, true)
    assert.equal(shell.media.streams, 0)
  })

  it('signs out when the agent is signed in', () => {
    dial('*601')
    dial('*601').leg?.confirm()
    assert.deepEqual(signedIn(), [])
    assert.equal(shell.media.opened[1]?.hears, 'out support')
  })

  it('without a group signs in to all formal groups, and then out of all', () => {
    dial('*601')
    dial('*60').leg?.confirm()
    assert.deepEqual(signedIn(), ['support', 'sales'])
    assert.equal(shell.media.opened[1]?.hears, 'in all')
    dial('*60')
    assert.deepEqual(signedIn(), [])
  })

  it('is refused, and changes nothing, for strangers, other groups, and phones that could not hear it', () => {
    assert.equal(dial('*601', 'alice', 'sip:mallory@example.com').rejected, 403)
    assert.equal(dial('*602').rejected, 403)
    assert.equal(dial('*603').rejected, 404)
    assert.equal(dial('*601', 'SAVP').rejected, 488)
    assert.deepEqual([signedIn(), shell.media.streams], [[], 0])
  })

  it('ends after 20 s if no ACK comes, and when the agent hangs up', () => {
    const silent = dial('*601')
    shell.clock.pass(20_000)
    assert.equal(silent.leg?.hangsUp, true)
    silent.leg?.confirm()
    const leaving = dial('*601')
    leaving.leg?.confirm()
    leaving.leg?.end({ kind: 'hungUp' })
    assert.equal(shell.media.streams, 0)
  })
})
