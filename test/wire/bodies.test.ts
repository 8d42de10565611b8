import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { wavOf, writeSounds } from './harness/noises.js'
import type { Sipp } from './harness/sipp.js'
import { engineOfTests, onWire, type Wire } from './harness/wire.js'
import {
  accept,
  ackComes,
  agentRequest,
  answerLast,
  answerOffer,
  answers,
  hungUpOn,
  offered,
  ringing,
  rings,
} from './phones/agents.js'
import { ack, ackFailure, answered, bye, callerRequest, invite, ok } from './phones/callers.js'
import { label, noBody, pause, receive, scenario, sdp, type Step } from './phones/steps.js'

const support = { groups: [{ name: 'support', method: 'serial' as const, agents: ['alice'] }] }

/** A drachtio-server answers INFO of a phone that rings by itself (docs/operations/drachtio.md). */
const refusalOfEarly = engineOfTests === 'drachtio' ? 500 : 481

/** The caller's SDP and one more part. */
function parts(type: string, disposition: string): string[] {
  const [description = '', , ...text] = sdp('caller')
  return [
    ...['Content-Type: multipart/mixed;boundary=here', 'Content-Length: [len]', '', '--here', description, ''],
    ...[...text.slice(1), '--here', `Content-Type: ${type}`, `Content-Disposition: ${disposition}`, '', 'IAM', '--here--', ''],
  ]
}
const isup = parts('application/isup;version=itu-t92+', 'signal;handling=optional')
const talk = (body: readonly string[], ...meanwhile: readonly Step[]): string =>
  scenario('talks', [invite(body), ...answered(), ack(), ...meanwhile, bye(9), receive(200)])
/** A caller who acknowledges our offer in the 200 without a usable answer. */
const acknowledges = (body: readonly string[]): string =>
  scenario('acknowledges', [invite(noBody), ...answered(), ack(1, body), receive('BYE'), ok])

describe('A multipart body', () => {
  it('is used for its SDP, and its optional parts go to the agent', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers(20, 'alice'))
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', talk(isup))
      await caller.done()
      const { body, header } = readable(await alice.received('INVITE'))
      assert.match(header('Content-Type'), /^multipart\/mixed;/)
      assert.match(body, /^Content-Type: application\/sdp\r?\n\r?\nv=0\r?\no=caller /m)
      const part =
        /^Content-Type: application\/isup;version=itu-t92\+\r?\nContent-Disposition: signal;handling=optional\r?\n\r?\nIAM\r?$/m
      assert.match(body, part)
      assert.match((await caller.received(200)).body, /^o=alice /m)
    }))

  it('has a part for the agent that tells how the caller got there, if the workflow says so', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers(20, 'alice'))
      await wire.serve({ ...support, workflow: { callContext: true, callersFrom: ['127.0.0.1'] } })
      await (await wire.call('caller', 'support', talk(sdp('caller')))).done()
      const { body } = readable(await alice.received('INVITE'))
      assert.match(
        body,
        /^Content-Type: application\/vnd\.carillon\.call\+json\r?\nContent-Disposition: info;handling=optional\r?$/m,
      )
      const [json = ''] = /^\{"version":1.*\}/m.exec(body) ?? []
      assert.equal((JSON.parse(json) as Record<string, unknown>)['queue'], 'support')
    }))

  it('gives only its SDP to the agent of an anonymous workflow', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers())
      await wire.serve({ ...support, workflow: { anonymous: true } })
      await (await wire.call('caller', 'support', talk(isup))).done()
      const { body, header } = readable(await alice.received('INVITE'))
      assert.equal(header('Content-Type'), 'application/sdp')
      assert.doesNotMatch(body, /IAM/)
    }))

  it('is sent again with only the SDP to a phone that answers 415', () =>
    onWire(async wire => {
      const refusal = [offered(), answerOffer(415, 'Unsupported Media Type', noBody, { retransmit: 500 }), ackComes]
      const alice = await wire.phone(
        'alice',
        scenario('takes SDP alone', [...refusal, ...rings(20), accept('alice'), ackComes, ...hungUpOn, label('over')]),
      )
      await wire.serve(support)
      await (await wire.call('caller', 'support', talk(isup))).done()
      assert.equal(readable(await alice.receivedNth('INVITE', 2)).header('Content-Type'), 'application/sdp')
    }))

  it('with a required part of an unknown type gets 415', () =>
    onWire(async wire => {
      await wire.serve(support)
      const strange = parts('application/strange', 'render;handling=required')
      const refused = scenario('is refused', [invite(strange), receive(100, { optional: true }), receive(415), ackFailure])
      const caller = await wire.call('caller', 'support', refused)
      await caller.done()
      assert.equal(readable(await caller.received(415)).header('Accept'), 'application/sdp, multipart/mixed')
    }))

  it('in a re-INVITE is passed on as its SDP', () =>
    onWire(async wire => {
      const held = [receive('INVITE'), answerLast(200, 'OK', sdp('alice', 'sendrecv', 2), { retransmit: 500 }), ackComes]
      const alice = await wire.phone(
        'alice',
        scenario('is held', [...rings(20), accept('alice'), ackComes, ...held, ...hungUpOn, label('over')]),
      )
      await wire.serve(support)
      const again = [callerRequest('INVITE', 2, isup, { retransmit: 500 }), ...answered(), ack(2)]
      await (await wire.call('caller', 'support', talk(sdp('caller'), ...again))).done()
      assert.equal(readable(await alice.receivedNth('INVITE', 2)).header('Content-Type'), 'application/sdp')
    }))
})

describe('SDP that comes early or not at all', () => {
  it('in an unreliable 183 is used as the answer of an agent whose 200 has none', () =>
    onWire(async wire => {
      await wire.phone(
        'alice',
        scenario('answers early', [
          ...[offered(), answerOffer(183, 'Session Progress', sdp('alice')), pause(100)],
          ...[answerOffer(200, 'OK', noBody, { retransmit: 500 }), ackComes, ...hungUpOn],
        ]),
      )
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', talk(sdp('caller'), pause(50)))
      await caller.done()
      assert.match((await caller.received(200)).body, /^o=alice /m)
    }))

  for (const [what, body] of [
    ['an ACK without the answer to our offer', noBody],
    ['an ACK whose answer has nothing that we speak', sdp('caller').map(line => line.replace('m=audio', 'm=video'))],
  ] as const)
    it(`${what} ends the call with a reason`, () =>
      onWire(async wire => {
        await writeSounds(wire)
        await wire.serve(asking(wire))
        const caller = await wire.call('caller', 'support', acknowledges(body))
        await caller.done()
        assert.match(readable(await caller.received('BYE')).header('Reason'), /^SIP;cause=488;/)
      }))

  it('missing from the ACK for an agent’s offer frees the agent at once', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers(20, 'alice'))
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', acknowledges(noBody))
      await caller.done()
      await alice.received('BYE')
    }))
})

describe('INFO on the wire', () => {
  it('of an unknown package gets 469, of an unknown body 415, and key numbers are understood', () =>
    onWire(async wire => {
      await writeSounds(wire)
      await wire.serve(asking(wire))
      const info = (cseq: number, lines: readonly string[]): Step =>
        callerRequest('INFO', cseq, [...lines.slice(0, -1), 'Content-Length: [len]', '', ...lines.slice(-1)], { retransmit: 500 })
      // Five wrong keys end the call, so all of these were read as keys.
      const keys = ['10', '11', 'Signal=10', 'Signal=11', '#'].flatMap((key, at) => [
        info(4 + at, [`Content-Type: application/dtmf${key.startsWith('S') ? '-relay' : ''}`, key]),
        receive(200),
      ])
      const unknown = [
        ...[info(2, ['Info-Package: conference', 'Content-Type: text/plain', 'x']), receive(469)],
        ...[info(3, ['Content-Type: text/plain', 'x']), receive(415)],
      ]
      const caller = await wire.call(
        'caller',
        'support',
        scenario('tells keys', [invite(), ...answered(), ack(), ...unknown, ...keys, receive('BYE'), ok]),
      )
      await caller.done()
      assert.equal(readable(await caller.received(469)).header('Recv-Info'), 'dtmf')
      assert.match(readable(await caller.received(415)).header('Accept'), /^application\/dtmf-relay, application\/dtmf, /)
    }))

  it(`with a tag of no early dialog gets ${refusalOfEarly}`, () =>
    onWire(async wire => {
      const stranger = agentRequest('INFO', 50).replace('agent[call_number]', 'stranger[call_number]')
      await wire.phone(
        'alice',
        scenario('speaks from elsewhere', [
          ...[offered(), ringing, stranger, receive(refusalOfEarly), pause(20), accept('alice'), ackComes, ...hungUpOn],
        ]),
      )
      await wire.serve(support)
      await (await wire.call('caller', 'support', talk(sdp('caller')))).done()
    }))
})

/** A message with the first value of each header field. */
function readable(message: Awaited<ReturnType<Sipp['received']>>): {
  readonly body: string
  readonly header: (name: string) => string
} {
  return { body: message.body, header: name => message.header(name)[0] ?? '' }
}

/** A workflow with a question that no key of the test answers. */
function asking(wire: Wire) {
  const question = { prompt: { file: wavOf(wire, 'question') }, answers: [{ digit: 2, queue: 'support' }] }
  return {
    ...support,
    media: { engine: 'builtin' },
    workflows: [{ name: 'support', uri: agentUri('support'), displayName: 'Support', type: 'interactive', question }],
  }
}
