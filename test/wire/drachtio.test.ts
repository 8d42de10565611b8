import assert from 'node:assert/strict'
import { hashPhonePassword } from '../../src/config/passwords.js'
import { agentUri, domain } from './harness/config.js'
import { Ear } from './harness/ear.js'
import { eventually } from './harness/eventually.js'
import { wavOf, writeSounds } from './harness/noises.js'
import type { WebCall } from './harness/web-call.js'
import { WebPhone } from './harness/web-phone.js'
import { engineOfTests, forBrowsers, onWire, type Wire } from './harness/wire.js'
import { answers, ringsOn } from './phones/agents.js'
import { ack, answered, bye, cancelsWhileWaiting, invite, isRefused, talks } from './phones/callers.js'
import { pause, receive, scenario, sdp } from './phones/steps.js'
import { okTo } from './phones/transfers.js'

/**
 * A small part of what `npm run test:drachtio` runs. It belongs to every run of the wire tests, so that no change breaks the engine
 * drachtio without notice. With CARILLON_TEST_DRACHTIO=PORT:SECRET the first two stand behind a real server.
 */
const behind = async (wire: Wire): Promise<void> => {
  if (engineOfTests !== 'drachtio') await wire.behindDrachtio()
}

const group = (name: string, agent: string) => ({ name, method: 'serial' as const, agents: [agent] })

/** Hears our sound at that port first, is moved to the agent with the same description, and hangs up. */
function listensAndTalks(port: number): string {
  const description = sdp('caller').map(line => line.replace(/^m=audio \S+/, `m=audio ${port}`))
  const moved = [receive('INVITE', { keepRoute: true }), okTo(description), receive('ACK')]
  return scenario('listens', [invite(description), ...answered(), ack(), ...moved, pause(100), bye(3), receive(200)])
}

const password = 'open-sesame'

const ready = async (wire: Wire): Promise<number> => (await fetch(new URL('/health/ready', wire.server.http))).status

describe('Calls behind a drachtio-server', () => {
  it('a caller hears the welcome, an agent’s phone rings, the two talk, and the caller’s BYE ends both legs', () =>
    onWire(async wire => {
      await behind(wire)
      await writeSounds(wire)
      const ear = await Ear.open()
      const alice = await wire.phone('alice', answers(100))
      await wire.serve({
        ...{ media: { engine: 'builtin' }, groups: [group('support', 'alice')] },
        workflow: { welcome: { file: wavOf(wire, 'welcome') }, musicOnHold: { file: wavOf(wire, 'music') } },
      })
      const caller = await wire.call('caller', 'support', listensAndTalks(ear.port))
      await eventually('the welcome is heard', () => ear.packets > 50)
      assert.deepEqual(await wire.rung(), [], 'the phone rings during the welcome')
      await caller.done()
      await alice.received('BYE')
      await wire.server.empty()
      const { calls } = await wire.server.get<{ calls: { outcome: string; agent: string }[] }>('/api/calls?state=finished')
      assert.deepEqual(
        calls.map(({ outcome, agent }) => [outcome, agent]),
        [['answered', agentUri('alice')]],
      )
      ear.close()
    }))

  it('a caller’s CANCEL stops the phone that rings', () =>
    onWire(async wire => {
      await behind(wire)
      const alice = await wire.phone('alice', ringsOn())
      await wire.serve({ groups: [group('support', 'alice')] })
      await (await wire.call('caller', 'support', cancelsWhileWaiting(100))).done()
      await alice.received('CANCEL')
      await eventually('alice is free', async () => (await wire.server.agent(agentUri('alice'))).activity === 'free')
    }))

  it('when the server is lost and comes back, who rang hears CANCEL, who waited 503, and the next call goes through', () =>
    onWire(async wire => {
      const server = await wire.behindDrachtio()
      const alice = await wire.phone('alice', ringsOn())
      await wire.phone('bob', answers())
      await wire.serve({ groups: [group('support', 'alice'), group('sales', 'bob')] })
      const waiting = await wire.call('waiting', 'support', isRefused(503))
      await alice.sent(180)
      await server.isolate()
      await eventually('it is not ready', async () => (await ready(wire)) === 503)
      assert.equal(await wire.server.metric('carillon_drachtio_connected'), 0)
      await server.admit()
      await eventually('it is ready', async () => (await ready(wire)) === 200)
      await alice.received('CANCEL')
      await waiting.done()
      await (await wire.call('next', 'sales', talks())).done()
      assert.equal(await wire.server.metric('carillon_drachtio_connects_total'), 2)
    }))

  it('phones in browsers call and wait, register and ring at once, answer, hold, resume and hang up', () =>
    onWire(async wire => {
      if (engineOfTests !== 'drachtio') await wire.behindDrachtio(forBrowsers)
      const agents = ['alice', 'bob'].map(name => ({
        ...{ name, contact: undefined, password: hashPhonePassword(name, domain, password), presence: ['registration'] },
      }))
      await wire.serve({
        ...{ agents, groups: [group('support', 'bob')] },
        listen: ['ws://127.0.0.1:0'],
        media: { engine: 'builtin' },
      })
      const url = `ws://${wire.server.sip('ws')}`
      const rung: WebCall[] = []
      const takes = async (call: WebCall): Promise<void> => {
        rung.push(call)
        await call.ring()
      }
      const caller = await WebPhone.open({ url, uri: agentUri('alice'), password })
      const agent = await WebPhone.open({ url, uri: agentUri('bob'), password, takes })
      const dialled = caller.dials(agentUri('support'))
      const final = dialled.invite()
      await wire.server.waiting(1)
      assert.match(await agent.register(), /^SIP\/2\.0 200/)
      const call = await eventually('the agent rings', () => rung[0])
      await call.answer()
      assert.match(await final, /^SIP\/2\.0 200/)
      await eventually('they talk', async () => (await wire.server.agent(agentUri('bob'))).activity === 'talking')
      await eventually('the caller is joined', () => caller.heard.filter(text => text.startsWith('ACK ')).length > 0)
      for (const [on, word] of [
        [true, /^a=sendonly/m],
        [false, /^a=sendrecv/m],
      ] as const) {
        assert.equal(await call.hold(on), 200)
        assert.match(caller.heard.findLast(text => text.startsWith('INVITE ')) ?? '', word)
      }
      await call.hangUp()
      await dialled.ended
      assert.deepEqual(agent.faults, [])
      for (const each of [caller, agent]) await each.close()
    }))
})
