import assert from 'node:assert/strict'
import type { LiveInputKind } from '../../../src/calls/live/inputs.js'
import type { PhaseKind } from '../../../src/calls/live/phases.js'
import { liveTable } from '../../../src/calls/live/table.js'
import { LiveScene } from './live-scene.js'

/** A cell: the next phase, and what others are told, in order. */
type Cell = readonly [then: PhaseKind, ...said: string[]]

/** The input in words, for the title. */
const happens: Readonly<Record<LiveInputKind, string>> = {
  connect: 'the core gives it an agent who has answered',
  forward: 'the core forwards it',
  forwardRings: 'the forward target rings',
  forwardAnswered: 'the forward target answers',
  forwardRefused: 'the forward target refuses',
  callerTaken: 'caller and partner have each other’s descriptions',
  callerNotTaken: 'the caller refuses the partner’s description',
  callerFailed: 'the caller can be brought to nobody',
  callerLeft: 'the caller leaves',
  partnerVanished: 'the partner hangs up before the join',
  partnerRenegotiates: 'the partner sends a re-INVITE before the join',
  renegotiation: 'a side sends a re-INVITE',
  info: 'a side sends INFO',
  refer: 'a side sends REFER',
  replaces: 'an INVITE with Replaces comes',
  transferGranted: 'the core grants the change',
  transferDenied: 'the core denies the change',
  placeTaken: 'somebody has taken the place',
  changeFailed: 'the change fails',
  consult: 'an agent wants to talk to a target first',
  takenBack: 'the side that asked takes the change back',
  askerEnded: 'the side that asked hangs up',
  sideEnded: 'a side hangs up',
  end: 'the core ends it',
  letGo: 'the next process takes it over',
}

/** The document that contains the rule. */
const rules: Partial<Record<LiveInputKind, string>> = {
  connect: 'docs/decisions/007',
  callerLeft: 'RFC 3261 §9.2 and §15',
  callerNotTaken: 'RFC 3261 §21.4.26',
  partnerRenegotiates: 'RFC 3261 §14.2',
  renegotiation: 'RFC 3261 §14.2',
  info: 'RFC 6086 §4.2.2',
  refer: 'RFC 3515 §2.4.2',
  replaces: 'RFC 3891 §3',
  changeFailed: 'docs/decisions/008',
  consult: 'docs/decisions/116',
  takenBack: 'docs/decisions/008',
  askerEnded: 'docs/decisions/008',
  sideEnded: 'RFC 3261 §15',
  letGo: 'docs/decisions/016',
}

/** What happens in each phase that says nothing else: requests are answered, and a leg that nobody waits for is hung up. */
const unexpected: Partial<Record<LiveInputKind, readonly string[]>> = {
  connect: ['BYE to bob'],
  forwardAnswered: ['BYE to target'],
  partnerRenegotiates: ['re-INVITE gets 491'],
  renegotiation: ['re-INVITE gets 491'],
  info: ['INFO gets 200'],
  refer: ['REFER gets 603'],
}

const expected: Readonly<Record<PhaseKind, Partial<Record<LiveInputKind, Cell>>>> = {
  arriving: {},
  alone: {
    connect: ['handingOver', 'ACK to bob', 'caller gets 200'],
    forward: ['forwarding', 'INVITE to sip:target@example.com'],
    callerFailed: ['alone', 'callEnded failed'],
    callerLeft: ['over', 'callAbandoned', 'gone'],
    end: ['over', 'gone', 'caller gets 480'],
    letGo: ['over', 'gone'],
  },
  forwarding: {
    forwardRings: ['forwarding', 'caller gets 180'],
    forwardAnswered: ['handingOver', 'ACK to target', 'caller gets 200'],
    forwardRefused: ['alone', 'forwardFailed 486'],
    callerFailed: ['forwarding', 'callEnded failed'],
    callerLeft: ['over', 'callAbandoned', 'gone', 'CANCEL to sip:target@example.com'],
    end: ['over', 'gone', 'caller gets 480', 'CANCEL to sip:target@example.com'],
    letGo: ['over', 'gone', 'CANCEL to sip:target@example.com'],
  },
  handingOver: {
    callerTaken: ['talking', 'callJoined'],
    callerNotTaken: ['alone', 'BYE to alice', 'joinFailed 486 by caller'],
    callerFailed: ['handingOver', 'callEnded failed'],
    // The caller's BYE came before the ACK: they heard the answer.
    callerLeft: ['over', 'callJoined', 'BYE to alice', 'callEnded callerHungUp', 'gone'],
    partnerVanished: ['alone', 'BYE to alice', 'joinFailed 480'],
    // The re-INVITE waits for the join.
    partnerRenegotiates: ['handingOver'],
    end: ['over', 'BYE to caller', 'BYE to alice', 'gone'],
    letGo: ['over', 'caller is kept', 'BYE to alice', 'gone'],
  },
  talking: {
    renegotiation: ['talking', 're-INVITE to alice'],
    info: ['talking', 'INFO to alice'],
    refer: ['transferring', 'REFER gets 202', 'transferBegan caller'],
    replaces: ['transferring', 'transferBegan caller'],
    consult: ['transferring', 'transferBegan caller'],
    sideEnded: ['over', 'BYE to alice', 'callEnded callerHungUp', 'gone'],
    end: ['over', 'BYE to caller', 'BYE to alice', 'gone'],
    letGo: ['over', 'caller is kept', 'alice is kept', 'gone'],
  },
  transferring: {
    renegotiation: ['transferring', 're-INVITE to alice'],
    info: ['transferring', 'INFO to alice'],
    refer: ['transferring', 'REFER gets 500 Retry-After'],
    transferGranted: ['transferring', 'INVITE to sip:dave@example.com'],
    transferDenied: ['talking', 'NOTIFY 486'],
    placeTaken: ['talking', 'BYE to alice', 'transferThrough'],
    changeFailed: ['talking', 'transferFailed 486'],
    takenBack: ['talking', 'transferFailed 487', 'NOTIFY 487'],
    askerEnded: ['oneLeft', 'callTransferred agent'],
    sideEnded: ['over', 'BYE to alice', 'callEnded callerHungUp', 'gone', 'NOTIFY 487'],
    end: ['over', 'BYE to caller', 'BYE to alice', 'gone', 'NOTIFY 487'],
    letGo: ['over', 'caller is kept', 'alice is kept', 'gone', 'NOTIFY 487'],
  },
  oneLeft: {
    refer: ['oneLeft', 'REFER gets 500 Retry-After'],
    transferGranted: ['oneLeft', 'INVITE to sip:dave@example.com'],
    transferDenied: ['over', 'BYE to caller', 'callEnded forwardHungUp', 'gone', 'NOTIFY 486'],
    placeTaken: ['talking', 'transferThrough'],
    changeFailed: ['over', 'transferFailed 486', 'BYE to caller', 'callEnded forwardHungUp', 'gone', 'NOTIFY 487'],
    sideEnded: ['over', 'callEnded callerHungUp', 'gone', 'NOTIFY 487'],
    end: ['over', 'BYE to caller', 'gone', 'NOTIFY 487'],
    letGo: ['over', 'caller is kept', 'alice is kept', 'gone', 'NOTIFY 487'],
  },
  over: {},
}

const phases = Object.keys(liveTable) as PhaseKind[]
const inputs = Object.keys(happens) as LiveInputKind[]

for (const phase of phases)
  describe(`a live call that is ${phase}`, () => {
    for (const input of inputs) {
      const move = liveTable[phase][input]
      const cell: Cell = expected[phase][input] ?? [phase, ...(unexpected[input] ?? [])]
      const [then, ...said] = cell
      const what = [...said, ...(then === phase ? [] : [`it is ${then}`])].join(', ')
      const rule = what === '' || rules[input] === undefined ? '' : ` (${rules[input]})`
      it(`when ${happens[input]}: ${what === '' ? 'nothing changes' : what}${rule}`, () => {
        const scene = new LiveScene(phase)
        const before = scene.live.phase
        assert.equal(before.kind, phase, 'the call is in the phase that the cell is about')
        assert.deepEqual(scene.take(input), cell)
        if (move === 'ignore') assert.equal(scene.live.phase, before)
      })
    }
  })
