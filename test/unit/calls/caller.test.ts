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

/** One caller, and a record of everything that the call is told. */
class Stage {
  readonly clock = new FakeClock()
  readonly media = new FakeMedia()
  readonly signaling = new FakeSignaling()
  readonly sdp = new ShownSdp()
  readonly context = { clock: this.clock, random: (size: number) => new Uint8Array(size), changed: () => undefined }
  readonly told: string[] = []
  /** The outcomes of the INVITE. */
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
        hidden: false,
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

  /** An agent who answered with 200. By default they were offered the caller's SDP. */
  agent(name: string, offered = this.caller.sdpOffer): FakeLeg {
    const leg = this.signaling.leg(sdp(name))
    this.caller.take(forwardPartner({ leg, offered }, { uri: `sip:${name}@example.com` }, this.context))
    return leg
  }

  /** The caller accepts our re-INVITE. */
  accept(body: Body = sdp('carol')): void {
    this.leg.renegotiations[0]?.outcome({ kind: 'accepted', body, acknowledge: () => undefined })
  }

  refuse(status: number): void {
    this.leg.renegotiations[0]?.outcome({ kind: 'rejected', status, headers: [] })
  }
}

/** A caller who waits with music and has sent the ACK. */
function waiting(): Stage {
  const stage = new Stage()
  stage.caller.wait(music)
  stage.leg.confirm()
  return stage
}

describe('the outcome of a caller’s INVITE', () => {
  const settledBy = (play: (stage: Stage) => void): string[] => {
    const stage = new Stage()
    play(stage)
    return stage.settled
  }

  it('is reported once: answered, refused, or left by the caller', () => {
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

  it('stays “answered” when the leg ends later', () => {
    const told = settledBy(stage => {
      stage.caller.play(welcome)
      stage.leg.confirm()
      stage.leg.end({ kind: 'hungUp' })
    })
    assert.deepEqual(told, ['answered'])
  })
})

describe('our media for a caller', () => {
  it('answer the call for the first sound and play it', () => {
    const { caller, inbound, media } = new Stage()
    caller.play(welcome)
    assert.deepEqual(inbound.answeredWith, sdp('carillon'))
    assert.equal(media.last.hears, 'welcome')
    assert.deepEqual(media.last.remote, sdp('carol'))
  })

  it('report the end of a prompt and play music on the same stream', () => {
    const stage = new Stage()
    stage.caller.play(welcome)
    stage.media.last.finish()
    stage.caller.wait(music)
    assert.deepEqual(stage.told, ['heard welcome'])
    assert.deepEqual(stage.media.last.played, ['welcome', 'loop music'])
    assert.equal(stage.media.opened.length, 1)
  })

  it('are offered in our 200 when the INVITE had no SDP, and the ACK brings the answer', () => {
    const stage = new Stage({})
    stage.caller.play(welcome)
    assert.equal(stage.caller.sdpOffer, undefined)
    stage.leg.confirm(sdp('carol'))
    assert.deepEqual(stage.media.last.remote, sdp('carol'))
    assert.deepEqual(stage.caller.sdpOffer, sdp('carol'))
  })

  it('hang up with a reason when the ACK’s answer has no codec that we speak', () => {
    const stage = new Stage({})
    stage.caller.play(welcome)
    stage.leg.confirm({ type: 'application/sdp', text: 'm=video 9 RTP/AVP 99' })
    assert.deepEqual([stage.told, stage.leg.hungUpWith?.cause], [['refused'], 488])
    assert.equal(stage.media.last.open, false)
  })

  it('are replaced by ringback, and prompts end at once, without a media engine, with SRTP or without a free port', () => {
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

  it('report keys from RTP and from INFO, while the caller hears us', () => {
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

  it('answer the caller’s hold and resume, and refuse what our media can’t do', () => {
    const stage = waiting()
    const held = { ...sdp('carol'), text: sdp('carol').text + 'a=sendonly\r\n' }
    const answer = stage.leg.reinvite(held)
    assert.match(answer.accepted?.text ?? '', /^o=carillon-1 /m)
    assert.deepEqual(stage.media.last.remote, held)
    const video = { ...sdp('carol'), text: 'm=video 1 RTP/AVP 99\r\n' }
    assert.equal(stage.leg.reinvite(video).rejected, 488)
  })

  it('busy-means-dialog: hang up a caller whose media stop, and report that the caller left', () => {
    const stage = waiting()
    stage.media.last.lose()
    assert.deepEqual(stage.told, ['left without media'])
    assert.deepEqual(stage.leg.hungUpWith, { protocol: 'Q.850', cause: 41, text: 'no media from the caller' })
    assert.equal(stage.media.streams, 0)
  })

  it('report a failure of our own media as our failure, not as a caller who left', () => {
    const stage = waiting()
    stage.media.last.breaks()
    assert.deepEqual(stage.told, ['media broke'])
  })

  it('know the address that the INVITE came from', () => {
    assert.deepEqual(waiting().media.last.writer, { source: '192.0.2.77' })
  })

  it('are closed when the call ends, by us or by the caller', () => {
    const byUs = waiting()
    byUs.caller.end(480, undefined)
    const byThem = waiting()
    byThem.leg.end({ kind: 'hungUp' })
    assert.deepEqual([byUs.media.streams, byThem.media.streams], [0, 0])
    assert.deepEqual([byUs.told, byThem.told], [[], ['left']])
    assert.equal(byThem.left?.heardAnswer, false)
  })
})

describe('a caller who hears music and is handed to an agent', () => {
  it('hears no more music, gets the agent’s SDP in a re-INVITE, and the stream closes after the answer', () => {
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

  it('sees one o= line with a rising version, for every partner (RFC 3264 §8)', () => {
    const stage = waiting()
    stage.agent('alice')
    assert.match(stage.leg.renegotiations[0]?.body?.text ?? '', /^o=carillon 1 2 IN IP4 [\d.]+\r$/m)
  })

  it('causes a re-INVITE to the agent when the caller’s answer names another address', () => {
    const stage = waiting()
    const agent = stage.agent('alice')
    const moved = { ...sdp('carol'), text: sdp('carol').text.replace(/^m=audio \d+/m, 'm=audio 40404') }
    stage.accept(moved)
    assert.deepEqual(agent.renegotiations[0]?.body, moved)
  })

  it('agent-fault-spares-caller: hears music again when the agent vanishes, also while the re-INVITE is pending', () => {
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

  it('stays with us when they refuse this agent’s SDP', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.refuse(488)
    assert.deepEqual(stage.told, ['notTaken 488'])
    stage.caller.comeBack()
    assert.equal(stage.leg.renegotiations.length, 0, 'the caller still hears our music')
    assert.equal(stage.media.last.hears, 'loop music')
  })

  it('stays with us after the first failure of their side, and is released after the second', () => {
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

  it('is released after they have refused the SDP of three agents who picked up', () => {
    const stage = waiting()
    for (const agent of ['alice', 'bob', 'carol']) {
      stage.agent(agent)
      stage.refuse(488)
      if (agent !== 'carol') stage.caller.comeBack()
    }
    assert.deepEqual(stage.told, ['notTaken 488', 'notTaken 488', 'refused'])
  })

  it('is released at once when their dialog is gone', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.refuse(481)
    assert.deepEqual(stage.told, ['refused'])
  })

  it('causes a re-INVITE to the agent when the caller’s answer is a hold', () => {
    const stage = waiting()
    const agent = stage.agent('alice')
    const holds = { ...sdp('carol'), text: `${sdp('carol').text}a=sendonly\r\n` }
    stage.accept(holds)
    assert.deepEqual(agent.renegotiations[0]?.body, holds)
  })

  it('glare-is-defined: gets 491 for a re-INVITE during the handover, and we repeat ours that crossed it', () => {
    const stage = waiting()
    stage.agent('alice')
    assert.equal(stage.leg.reinvite(sdp('carol')).rejected, 491)
    stage.refuse(491)
    stage.clock.pass(2_000)
    stage.accept()
    assert.deepEqual(stage.told, ['taken'])
  })

  it('glare-is-defined: gets 491 for a re-INVITE also on the way back to us (RFC 3261 §14.2)', () => {
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

  it('has their signalling address passed to the agent when the answer names another media address', () => {
    const stage = waiting()
    const agent = stage.agent('alice')
    Object.assign(stage.leg, { source: '192.0.2.5' })
    stage.accept({ ...sdp('carol'), text: sdp('carol').text.replace(/^m=audio \d+/m, 'm=audio 40404') })
    assert.equal(agent.renegotiations[0]?.body?.source, '192.0.2.5')
  })

  it('gets the re-INVITE only after the ACK of our 200', () => {
    const stage = new Stage()
    stage.caller.wait(music)
    stage.agent('alice')
    assert.equal(stage.leg.renegotiations.length, 0)
    stage.leg.confirm()
    assert.equal(stage.leg.renegotiations.length, 1)
  })

  it('counts as having left when they hang up during the handover', () => {
    const stage = waiting()
    stage.agent('alice')
    stage.leg.end({ kind: 'hungUp' })
    assert.deepEqual([stage.told, stage.left?.heardAnswer], [['left'], false])
  })
})
