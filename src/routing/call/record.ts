import type { Recording, RecordingNotice } from '../world/settings.js'
import type { Notice } from '../world/kept-call.js'
import type { Turn } from '../world/turn.js'
import type { Call } from '../world/world.js'

/** Lets the shell record a call that is connected now, if its workflow or its queue is recorded and the caller knows. */
export function allowRecording(turn: Turn, call: Call): void {
  const { phase } = call
  // The person at the other end of an outbound call has heard no notice.
  if (phase.kind !== 'connected' || call.outbound !== undefined) return
  const workflow = turn.world.workflows.get(call.workflow)
  const queue = phase.queue === undefined ? undefined : turn.world.queues.get(phase.queue)
  const wanted: readonly (Recording | undefined)[] = [workflow?.record, queue?.settings.record]
  if (wanted.every(each => each === undefined) || !knows(workflow?.recordingNotice, call.notice)) return
  turn.effects.push({ kind: 'mayRecord', call: call.id, isAtOnce: wanted.includes('always') })
}

/** Whether the caller knows about the recording, as the workflow asks. */
function knows(notice: RecordingNotice | undefined, heard: Notice | undefined): boolean {
  if (!notice) return true
  return notice.consent === undefined ? heard !== undefined : heard === 'agreed'
}
