import assert from 'node:assert/strict'
import { Caller } from '../../../src/calls/live/caller.js'
import type { CallerLeft } from '../../../src/calls/live/caller-listener.js'
import { forwardPartner } from '../../../src/calls/live/partner.js'
import { ShownSdp } from '../../../src/calls/shown-sdp.js'
import { Progress } from '../../../src/calls/progress.js'
import type { PromptId } from '../../../src/routing/index.js'
import type { Body } from '../../../src/legs/body.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeMedia } from '../../fakes/media.js'
import { FakeSignaling, sdp, type FakeInbound, type FakeLeg } from '../../fakes/signaling.js'

const welcome = 'welcome' as PromptId
const music = 'music' as PromptId

/** One caller of whom everything that the call would be told is kept. */
class Stage {
  readonly clock = new FakeClock()
  readonly media = new FakeMedia()
  readonly signaling = new FakeSignaling()
  readonly sdp = new ShownSdp()
  readonly context = { clock: this.clock, random: (size: number) => new Uint8Array(size), changed: () => undefined }
  readonly told: string[] = []
  /** What befell the INVITE. */
  readonly settled: string[] = []
  left: CallerLeft | undefined
  readonly inbound: FakeInbound
  readonly caller: Caller

  constructor(options: FakeInbound['options'] = { body: sdp('carol') }, media: FakeMedia | 'none' = this.media) {
    this.signaling.onInvite(() => undefined)
    const inbound = this.signaling.call('sip:main@example.com', options)
    this.inbound = inbound
    this.caller = new Caller(
      {
        inbound,
        progress: new Progress(inbound, this.clock, () => undefined),
        shown: this.sdp,
        who: () => ({ role: 'caller', uri: 'sip:carol@example.com', agent: undefined, trusted: true }),
        answeredBy: () => [],
        media: media === 'none' ? undefined : media,
      },
      this.context,
      {
        taken: () => this.told.push('taken'),
        notTaken: status => this.told.push(`notTaken ${status}`),
        refused: () => this.told.push('refused'),
        left: how => {
          this.left = how
          this.told.push(how.noMedia ? 'left without media' : 'left')
        },
        mediaBroke: () => this.told.push('media broke'),
        muted: ({ theirs }) => this.told.push(`muted ${theirs}`),
        settled: ({ kind }) => this.settled.push(kind),
        cutOff: () => this.told.push('cutOff'),
        heard: prompt => this.told.push(`heard ${prompt}`),
        pressed: digit => this.told.push(`pressed ${digit}`),
      },
    )
  }

  get leg(): FakeLeg {
    assert(this.inbound.leg, 'the caller was not answered')
    return this.inbound.leg
  }

  /** An agent whose 200 is in hand; whatever the caller gave was offered. */
  agent(name: string, offered = this.caller.sdpOffer): FakeLeg {
    const leg = this.signaling.leg(sdp(name))
    this.caller.take(forwardPartner({ leg, offered }, { uri: `sip:${name}@example.com` }, this.context))
    return leg
  }

  /** The caller's answer to our re-INVITE. */
  accept(body: Body = sdp('carol')): void {
    this.leg.renegotiations[0]?.outcome({ kind: 'accepted', body, acknowledge: () => undefined })
  }

  refuse(status: number): void {
    this.leg.renegotiations[0]?.outcome({ kind: 'rejected', status, headers: [] })
  }
}

/** One who waits with music, and whose ACK came. */
function waiting(): Stage {
  const stage = new Stage()
  stage.caller.wait(music)
  stage.leg.confirm()
  return stage
}

describe('what befalls a caller’s INVITE', () => {
  const settledBy = (play: (stage: Stage) => void): string[] => {
    const stage = new Stage()
    play(stage)
    return stage.settled
  }

  it('is told once: it is answered, it is refused, or the caller leaves', () => {
    const answered = settledBy(({ caller }) => {
      caller.play(welcome)
      caller.wait(music)
      caller.end(480, undefined)
    })
    const refused = settledBy(({ caller }) => {
      caller.end(486, undefined)
      caller.end(480, undefined)
    })
    const left = settledBy(({ caller, inbound }) => {
      inbound.cancel()
      caller.end(480, undefined)
    })
    assert.deepEqual([answered, refused, left], [['answered'], ['refused'], ['left']])
  })

  it('is no end by the leg, which the answer came before', () => {
    const told = settledBy(stage => {
      stage.caller.play(welcome)
      stage.leg.confirm()
      stage.leg.end({ kind: 'hungUp' })
    })
    assert.deepEqual(told, ['answered'])
  })
})

describe('a caller and our own media', () => {
  it('are answered for the first sound, and hear it', () => {
    const { caller, inbound, media } = new Stage()
    caller.play(welcome)
    assert.deepEqual(inbound.answeredWith, sdp('carillon'))
    assert.equal(media.last.hears, 'welcome')
    assert.deepEqual(media.last.remote, sdp('carol'))
  })

  it('tells the end of a prompt, and goes on to music on the same stream', () => {
    const stage = new Stage()
    stage.caller.play(welcome)
    stage.media.last.finish()
    stage.caller.wait(music)
    assert.deepEqual(stage.told, ['heard welcome'])
    assert.deepEqual(stage.media.last.played, ['welcome', 'loop music'])
    assert.equal(stage.media.opened.length, 1)
  })

  it('is offered our description when the INVITE had none, and the ACK brings theirs', () => {
    const stage = new Stage({})
    stage.caller.play(welcome)
    assert.equal(stage.caller.sdpOffer, undefined)
    stage.leg.confirm(sdp('carol'))
    assert.deepEqual(stage.media.last.remote, sdp('carol'))
    assert.deepEqual(stage.caller.sdpOffer, sdp('carol'))
  })

  it('are hung up with a reason when the answer in the ACK is none that we can speak with', () => {
    const stage = new Stage({})
    stage.caller.play(welcome)
    stage.leg.confirm({ type: 'application/sdp', text: 'm=video 9 RTP/AVP 99' })
    assert.deepEqual([stage.told, stage.leg.hungUpWith?.cause], [['refused'], 488])
    assert.equal(stage.media.last.open, false)
  })

  it('hear ringback, and prompts end at once, where our media reach nobody: signalling only, SRTP, no free port', () => {
    const full = new Stage()
    full.media.free = 0
    for (const stage of [
      new Stage(undefined, 'none'),
      new Stage({ body: { ...sdp('x'), text: 'm=audio 9 RTP/SAVP 0' } }),
      full,
    ]) {
      stage.caller.play(welcome)
      stage.caller.wait(music)
      assert.deepEqual(stage.told, ['heard welcome'])
      assert.deepEqual(
        stage.inbound.progressed.map(({ status }) => status),
        [180],
      )
      assert.equal(stage.inbound.leg, undefined)
    }
  })

  it('tells keys of both kinds, and only while the caller hears us', () => {
    const stage = waiting()
    stage.media.last.press('5')
    const status = new Promise<number>(resolve =>
      stage.leg.listener?.info?.({
        body: { type: 'application/dtmf-relay', text: 'Signal=7\r\nDuration=160\r\n' },
        headers: [],
        respond: resolve,
      }),
    )
    assert.deepEqual(stage.told, ['pressed 5', 'pressed 7'])
    return status.then(code => assert.equal(code, 200))
  })

  it('answers the caller’s hold and resume, and refuses what our media can’t', () => {
    const stage = waiting()
    const held = { ...sdp('carol'), text: sdp('carol').text + 'a=sendonly\r\n' }
    const answer = stage.leg.reinvite(held)
    assert.match(answer.accepted?.text ?? '', /^o=carillon-1 /m)
    assert.deepEqual(stage.media.last.remote, held)
    const video = { ...sdp('carol'), text: 'm=video 1 RTP/AVP 99\r\n' }
    assert.equal(stage.leg.reinvite(video).rejected, 488)
  })

  it('busy-means-dialog: a caller whose media stop is hung up, and has left', () => {
    const stage = waiting()
    stage.media.last.lose()
    assert.deepEqual(stage.told, ['left without media'])
    assert.deepEqual(stage.leg.hungUpWith, { protocol: 'Q.850', cause: 41, text: 'no media from the caller' })
    assert.equal(stage.media.streams, 0)
  })

  it('that break under the caller by our own fault are no caller who left', () => {
    const stage = waiting()
    stage.media.last.breaks()
    assert.deepEqual(stage.told, ['media broke'])
  })

  it('are opened with the address that the INVITE came from', () => {
    assert.deepEqual(waiting().media.last.writer, { source: '192.0.2.77' })
  })

  it('are over with the call, whoever ends it', () => {
    const byUs = waiting()
    byUs.caller.end(480, undefined)
    const byThem = waiting()
    byThem.leg.end({ kind: 'hungUp' })
    assert.deepEqual([byUs.media.streams, byThem.media.streams], [0, 0])
    assert.deepEqual([byUs.told, byThem.told], [[], ['left']])
    assert.equal(byThem.left?.heardAnswer, false)
  })
})

describe('a caller who waits with music and is taken to an agent', () => {
  it('hears no more of us, gets the agent’s description by a re-INVITE, and the stream is closed when it is answered', () => {
    const stage = waiting()
    const agent = stage.agent('alice')
    assert.deepEqual(agent.acknowledged, { answer: undefined })
    assert.equal(stage.media.last.hears, '')
    assert.equal(stage.media.last.open, true)
    assert.match(stage.leg.renegotiations[0]?.body?.text ?? '', /^s=alice calling\r$/m)
    stage.accept()
    assert.deepEqual(stage.told, ['taken'])
    assert.equal(stage.media.last.open, false)
    assert.equal(agent.renegotiations.length, 0)
  })

  it('sees one o= line, version after version, whoever they talk to (RFC 3264 §8)', () => {
    const stage = waiting()
    stage.agent('alice')
    assert.match(stage.leg.renegotiations[0]?.body?.text ?? '', /^o=carillon 1 2 IN IP4 [\d.]+\r$/m)
  })

  it('has the agent told when the answer names another place', () => {
    const stage = waiting()
    const agent = stage.agent('alice')
    const moved = { ...sdp('carol'), text: sdp('carol').text.replace(/^m=audio \d+/m, 'm=audio 40404') }
    stage.accept(moved)
    assert.deepEqual(agent.renegotiations[0]?.body, moved)
  })

  it('agent-fault-spares-caller: hears music again when the agent vanishes, also while the re-INVITE is open', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.caller.comeBack()
    assert.equal(stage.media.last.hears, 'loop music')
    stage.accept()
    assert.deepEqual(stage.told, [])
    assert.match(stage.leg.renegotiations[0]?.body?.text ?? '', /^s=carillon-1 calling\r$/m)
    stage.accept()
    assert.equal(stage.leg.renegotiations.length, 0)
    assert.deepEqual(stage.media.last.remote, sdp('carol'))
  })

  it('stays with us when this agent’s description does not do', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.refuse(488)
    assert.deepEqual(stage.told, ['notTaken 488'])
    stage.caller.comeBack()
    assert.equal(stage.leg.renegotiations.length, 0, 'they never left')
    assert.equal(stage.media.last.hears, 'loop music')
  })

  it('stays with us the first time that their side fails, and is let go the second time', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.refuse(500)
    assert.deepEqual(stage.told, ['notTaken 500'])
    stage.caller.comeBack()
    assert.equal(stage.media.last.hears, 'loop music')
    stage.agent('bob')
    stage.refuse(500)
    assert.deepEqual(stage.told, ['notTaken 500', 'refused'])
  })

  it('is let go at once when their dialog is gone', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.refuse(481)
    assert.deepEqual(stage.told, ['refused'])
  })

  it('has the agent told when the answer is a hold', () => {
    const stage = waiting()
    const agent = stage.agent('alice')
    const holds = { ...sdp('carol'), text: `${sdp('carol').text}a=sendonly\r\n` }
    stage.accept(holds)
    assert.deepEqual(agent.renegotiations[0]?.body, holds)
  })

  it('glare-is-defined: their own re-INVITE gets 491 on the way; ours that crossed comes again', () => {
    const stage = waiting()
    stage.agent('alice')
    assert.equal(stage.leg.reinvite(sdp('carol')).rejected, 491)
    stage.refuse(491)
    stage.clock.pass(2_000)
    stage.accept()
    assert.deepEqual(stage.told, ['taken'])
  })

  it('glare-is-defined: their own re-INVITE gets 491 on the way back to us, too (RFC 3261 §14.2)', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.caller.comeBack()
    stage.accept()
    stage.refuse(491)
    assert.equal(stage.leg.reinvite(sdp('carol')).rejected, 491)
    stage.clock.pass(2_000)
    stage.accept()
    assert.match(stage.leg.reinvite(sdp('carol')).accepted?.text ?? '', /^s=carillon/m)
  })

  it('has the agent told with the address that they signal from, where the answer names another place', () => {
    const stage = waiting()
    const agent = stage.agent('alice')
    Object.assign(stage.leg, { source: '192.0.2.5' })
    stage.accept({ ...sdp('carol'), text: sdp('carol').text.replace(/^m=audio \d+/m, 'm=audio 40404') })
    assert.equal(agent.renegotiations[0]?.body?.source, '192.0.2.5')
  })

  it('waits for the ACK of our 200 before the re-INVITE', () => {
    const stage = new Stage()
    stage.caller.wait(music)
    stage.agent('alice')
    assert.equal(stage.leg.renegotiations.length, 0)
    stage.leg.confirm()
    assert.equal(stage.leg.renegotiations.length, 1)
  })

  it('is left alone when they hang up on the way', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.leg.end({ kind: 'hungUp' })
    assert.deepEqual([stage.told, stage.left?.heardAnswer], [['left'], false])
  })
})
