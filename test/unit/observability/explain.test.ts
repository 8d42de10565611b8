import assert from 'node:assert/strict'
import { instant } from '../../../src/foundation/time.js'
import { explainDocument, explainText } from '../../../src/observability/explain.js'
import { createViews } from '../../../src/observability/views.js'
import type { CallId, PresenceState, PromptId } from '../../../src/routing/index.js'
import { FakeClock } from '../../fakes/clock.js'
import { agentOf, asks, seconds, start, toQueue, world, type WorldBuilder } from '../routing/build.js'
import { Watched } from './watched.js'

// The worlds start on 2027-01-15 at 08:00:00 UTC.
function watch(builder: WorldBuilder, signIns: ConstructorParameters<typeof Watched>[2] = []) {
  const views = createViews(new FakeClock(start))
  const live = new Watched(builder, [views.reader], signIns)
  const story = (call: string) => {
    const found = views.story(call as CallId)
    assert.ok(found, `${call} is known`)
    return found
  }
  const told = (agent: string, state: PresenceState, because: string): void =>
    void live.tell({
      kind: 'presenceChanged',
      agent: agentOf(agent),
      presence: { state, since: instant(start - 60_000), because },
    })
  return {
    live,
    told,
    text: (call: string) => explainText(story(call)),
    document: (call: string) => explainDocument(story(call)),
  }
}

describe('explain', () => {
  it('names at most some 2,000 agents in a document, however many a parallel group has', () => {
    const names = Array.from({ length: 150 }, (_, index) => `agent${index}`)
    const builder = names
      .reduce((built, name) => built.agent(name), world())
      .group('support', 'parallel', names)
      .queue('support', ['support'])
    const { live, document } = watch(builder)
    live.call('c1', 'support')
    const { offers } = document('c1') as { offers: { agent: string; decision: { candidates: unknown[]; unlisted: number } }[] }
    assert.equal(offers.length, 20)
    const listed = offers.map(({ decision }) => decision.candidates.length)
    assert.equal(listed[0], 150)
    assert.equal(listed.at(-1), 0)
    assert(listed.reduce((sum, count) => sum + count, 0) < 2_200)
    assert.equal(offers.at(-1)?.decision.unlisted, 150)
  })

  it('names the 16 agents who would be next where one phone rings, and counts the others', () => {
    const names = Array.from({ length: 40 }, (_, index) => `agent${index}`)
    const builder = names
      .reduce((built, name) => built.agent(name), world())
      .group('support', 'serial', names)
      .queue('support', ['support'])
    const { live, document } = watch(builder)
    live.call('c1', 'support')
    const { offers } = document('c1') as { offers: { decision: { candidates: { agent: string }[]; unlisted: number } }[] }
    const [decision] = offers.map(offer => offer.decision)
    assert.deepEqual(
      decision?.candidates.map(({ agent }) => agent),
      names.slice(0, 16).map(agentOf),
    )
    assert.equal(decision?.unlisted, 24)
  })

  it('shows each decision with its candidates and their keys, each excluded agent with the reason, and the end of each offer', () => {
    const builder = world()
      .agent('dora', { homed: 'online' })
      .group('support', 'longestIdle', ['alice', 'bob', 'carol', 'dora'])
      .queue('support', ['support'])
    const { live, told, text } = watch(builder)
    told('carol', 'busy', 'http: on the phone')
    live.after(5_000)
    live.call('c1', 'support')
    live.after(1_500)
    live.refuse('c1.1', 486)
    live.after(2_000)
    live.answer('c1.2')
    live.after(60_000)
    live.hangUp('c1')
    assert.equal(
      text('c1'),
      `call c1 for workflow support, 2027-01-15 (UTC)
08:00:05.000  arrived
08:00:05.000  enters queue support
08:00:05.000  offered to sip:alice@example.com (offer c1.1) by longestIdle of group support
                eligible, in this order:
                  1. sip:alice@example.com: idle since 08:00:00.000 (5.0 s)
                  2. sip:bob@example.com: idle since 08:00:00.000 (5.0 s)
                left out:
                  sip:carol@example.com: not available; busy since 01-15 07:59:00.000, http: on the phone
                  sip:dora@example.com: homed online: never offered a call; available since 01-15 08:00:00.000, no source is configured
08:00:06.500  sip:alice@example.com declined (486); offer c1.1 rang 1.5 s
08:00:06.500  offered to sip:bob@example.com (offer c1.2) by longestIdle of group support
                eligible, in this order:
                  1. sip:bob@example.com: idle since 08:00:00.000 (6.5 s)
                left out:
                  sip:alice@example.com: refused this call until 08:01:06.500; available since 01-15 08:00:00.000, no source is configured
                  sip:carol@example.com: not available; busy since 01-15 07:59:00.000, http: on the phone
                  sip:dora@example.com: homed online: never offered a call; available since 01-15 08:00:00.000, no source is configured
08:00:08.500  sip:bob@example.com answered; offer c1.2 rang 2.0 s
08:00:08.500  joined with sip:bob@example.com after 3.5 s
08:01:08.500  ended after it was answered (callerHungUp); waited 3.5 s, talked 60.0 s
`,
    )
  })

  it('shows phones that rang together as one decision', () => {
    const { live, text } = watch(world().group('support', 'parallel', ['alice', 'bob']).queue('support', ['support']))
    live.call('c1', 'support')
    live.answer('c1.2')
    const told = text('c1')
    assert.match(
      told,
      /offered to sip:alice@example\.com \(offer c1\.1\), sip:bob@example\.com \(offer c1\.2\) by parallel of group support\n/,
    )
    assert.equal(told.match(/eligible, in this order:/g)?.length, 1)
    assert.match(told, /1\. sip:alice@example\.com: place 1 of the group's list\n/)
    assert.match(told, /sip:alice@example\.com another agent answered first; offer c1\.1 rang 0\.0 s\n/)
    assert.match(told, /in progress\n$/)
  })

  it('shows the groups that were skipped, with the reason for each of their agents', () => {
    const builder = world()
      .group('first', 'serial', ['alice'], { participationPolicy: 'formal' })
      .group('second', 'serial', ['bob'])
      .queue('support', ['first', 'second'])
    const { live, text } = watch(builder)
    live.call('c1', 'support')
    assert.match(text('c1'), /passed over group first:\n {18}sip:alice@example\.com: not signed in to the group; available since/)
  })

  it('shows how a wait ended without an agent', () => {
    const timeout = {
      after: seconds(10),
      action: { kind: 'forward' as const, as: 'voicemail' as const, to: 'sip:vm@example.com' },
    }
    const { live, told, text } = watch(world().group('support', 'serial', ['alice']).queue('support', ['support'], { timeout }))
    told('alice', 'away', 'http: lunch')
    live.call('c1', 'support')
    live.after(10_000)
    live.after(500)
    live.join('c1')
    assert.match(
      text('c1'),
      /08:00:10\.000 {2}leaves queue support after 10\.0 s: timedOut\n08:00:10\.000 {2}the queue's time-out is over: goes to voicemail sip:vm@example\.com\n08:00:10\.000 {2}calls sip:vm@example\.com\n08:00:10\.500 {2}sent on to sip:vm@example\.com\nin progress/,
    )
  })

  it('shows that a call came outside the hours, what it heard, where it went and with which code that failed', () => {
    const closed = { kind: 'forward' as const, as: 'voicemail' as const, to: 'sip:vm@example.com', prompt: 'closed' as PromptId }
    const builder = world()
      .group('support', 'serial', ['alice'])
      .queue('support', ['support'])
      .workflow('night', 'support', {
        ...{ hours: [], timeZone: 'Europe/Paris', closed },
      })
    const { live, text, document } = watch(builder)
    live.call('c1', 'night', true)
    live.after(2_000)
    live.tell({ kind: 'promptFinished', call: 'c1' as CallId, prompt: 'closed' as PromptId })
    live.tell({ kind: 'forwardFailed', call: 'c1' as CallId, code: 404 })
    assert.match(
      text('c1'),
      new RegExp(
        [
          '08:00:00.000  outside the opening hours: plays a prompt, then goes to voicemail sip:vm@example.com',
          '08:00:02.000  calls sip:vm@example.com',
          '08:00:02.000  sip:vm@example.com did not take the call \\(404\\)',
          '08:00:02.000  disconnected: forwarding failed',
        ].join('\n'),
      ),
    )
    const { steps } = document('c1') as { readonly steps: readonly { readonly step: string; readonly text: string }[] }
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['gaveUp', 'forwarding', 'forwardFailed'],
    )
  })

  it('shows the welcome, each question, and answers that are missing or wrong', () => {
    const entry = asks('menu', { 1: toQueue('support') })
    const builder = world()
      .group('support', 'serial', ['alice'])
      .queue('support', ['support'])
      .workflow('menu', 'support', {
        ...{ entry, welcome: 'welcome' as PromptId },
      })
    const { live, text } = watch(builder)
    const over = (prompt: string): void =>
      void live.tell({ kind: 'promptFinished', call: 'c1' as CallId, prompt: prompt as PromptId })
    live.call('c1', 'menu', true)
    live.after(1_000)
    over('welcome')
    over('menu')
    live.after(5_000)
    live.press('c1', '9')
    live.press('c1', '1')
    assert.match(
      text('c1'),
      new RegExp(
        [
          '08:00:00.000  hears the welcome',
          '08:00:01.000  is asked a question',
          '08:00:06.000  presses no key \\(1 of 5\\)',
        ].join('\n'),
      ),
    )
    assert.match(text('c1'), /presses 9, which is no answer \(2 of 5\)/)
    assert.match(text('c1'), /answers 1: key 1\n.*enters queue support/s)
    assert.doesNotMatch(text('c1'), /goes to queue support/)
  })

  it('gives the same as JSON, with times in ISO 8601 and durations in seconds', () => {
    const builder = world().group('support', 'longestIdle', ['alice', 'bob']).queue('support', ['support'])
    const { live, told, document } = watch(builder)
    told('bob', 'away', 'http: lunch')
    live.call('c1', 'support')
    live.after(1_500)
    live.answer('c1.1')
    live.hangUp('c1')
    assert.deepEqual(document('c1'), {
      callId: 'c1',
      workflow: 'support',
      arrivedAt: '2027-01-15T08:00:00.000Z',
      waits: [{ queue: 'support', from: '2027-01-15T08:00:00.000Z', outcome: 'answered', waited: 1.5 }],
      forgottenOffers: 0,
      offers: [
        {
          offer: 'c1.1',
          agent: agentOf('alice'),
          decision: {
            at: '2027-01-15T08:00:00.000Z',
            queue: 'support',
            group: 'support',
            method: 'longestIdle',
            candidates: [{ agent: agentOf('alice'), idleSince: '2027-01-15T08:00:00.000Z' }],
            excluded: [
              {
                agent: agentOf('bob'),
                why: 'notAvailable',
                presence: { state: 'away', since: '2027-01-15T07:59:00.000Z', because: 'http: lunch' },
                until: null,
              },
            ],
            unlisted: 0,
            passedOver: [],
          },
          ended: { why: 'answered', code: null, at: '2027-01-15T08:00:01.500Z', rang: 1.5 },
        },
      ],
      connected: { agent: agentOf('alice'), group: 'support', at: '2027-01-15T08:00:01.500Z', waited: 1.5 },
      steps: [],
      forwarded: null,
      finished: { at: '2027-01-15T08:00:01.500Z', why: 'answered', cause: 'callerHungUp', waited: 1.5, talked: 0 },
    })
  })
})
