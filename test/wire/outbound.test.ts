import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { onWire } from './harness/wire.js'
import { answers } from './phones/agents.js'
import { ack, ackFailure, answered, bye, invite } from './phones/callers.js'
import { pause, receive, scenario, sdp, type Step } from './phones/steps.js'

/** alice's phone behind the PBX, which says who calls. */
const byAlice = (...rest: readonly Step[]): string =>
  scenario('calls out', [invite([`P-Asserted-Identity: <${agentUri('alice')}>`, ...sdp('alice')]), ...rest])

describe('An agent who calls out on behalf of a workflow', () => {
  it('reaches the number through the PBX as the workflow, and the call is recorded as outbound', () =>
    onWire(async wire => {
      const person = await wire.phone('person', answers(), { agents: [] })
      const server = await wire.serve({
        outboundProxy: `sip:127.0.0.1:${person.port}`,
        agents: [{ name: 'alice', contact: 'sip:alice@127.0.0.1:9' }],
        groups: [{ name: 'support', method: 'serial', agents: ['alice'] }],
        workflow: { number: '+14255550100', outbound: { prefix: '*71', numbers: ['0?????????'] } },
      })
      const call = await wire.call('alice', '*710123456789', byAlice(...answered(), ack(), pause(50), bye(), receive(200)))
      await call.done()
      const invited = await person.received('INVITE')
      assert.equal(invited.startLine, `INVITE sip:0123456789@127.0.0.1:${person.port};user=phone SIP/2.0`)
      assert.match(
        invited.header('From').join(),
        new RegExp(`^"support" <sip:\\+14255550100@127\\.0\\.0\\.1:${person.port};user=phone>`),
      )
      const named = ['From', 'Contact', 'P-Asserted-Identity', 'Call-ID', 'Diversion', 'History-Info'].flatMap(name =>
        invited.header(name),
      )
      assert.doesNotMatch(named.join(), /alice/)
      assert.match(invited.body, /^m=audio /m)
      const [record] = await eventually('the record is written', async () => {
        const { calls } = await server.get<{ calls: { direction: string; agent: string; outcome: string }[] }>(
          '/api/calls?state=finished&direction=outbound',
        )
        return calls.length > 0 ? calls : undefined
      })
      assert.deepEqual([record?.direction, record?.agent, record?.outcome], ['outbound', agentUri('alice'), 'answered'])
      assert.equal(await server.metric('carillon_outbound_calls_total', { workflow: 'support', result: 'answered' }), 1)
      const refused = await wire.call('far', '*71112', byAlice(receive(100, { optional: true }), receive(403), ackFailure))
      await refused.done()
      assert.equal((await person.messages()).filter(({ method }) => method === 'INVITE').length, 1)
    }))
})
