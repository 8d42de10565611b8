import type { PromptId } from '../world/ids.js'
import { startTimer, stopTimer, type Turn } from '../world/turn.js'
import type { Call, Queue, World } from '../world/world.js'
import { estimatedWait } from './estimate.js'
import { queueOf } from './queue.js'
import { findWait, waitOf } from '../world/phases.js'

/** Starts music and announcements for a waiting caller. A caller who already hears us has had music since entering the queue. */
export function beginToHear(turn: Turn, call: Call): void {
  if (!call.isListening) playMusic(turn, call)
  awaitAnnouncement(turn, call)
}

/** Plays the workflow's music, if it has any and the caller can hear it. */
export function playMusic(turn: Turn, call: Call): void {
  const wait = findWait(call)
  const place = wait ? { queue: wait.queue } : {}
  const music = call.hears ? turn.world.workflows.get(call.workflow)?.musicOnHold : undefined
  if (music === undefined) turn.effects.push({ kind: 'wait', call: call.id, ...place })
  else {
    call.isListening = true
    turn.effects.push({ kind: 'wait', call: call.id, ...place, music })
  }
}

/** Starts or stops the announcement timer. Also runs after a config change, which may add or remove announcements. */
export function awaitAnnouncement(turn: Turn, call: Call): void {
  const wait = waitOf(call)
  const { announce: settings } = queueOf(turn.world, call).settings
  if (settings && call.hears && wait.held) wait.announce ??= startTimer(turn, { kind: 'announce', call }, settings.every)
  else {
    stopTimer(turn, wait.announce)
    wait.announce = undefined
  }
}

/** Plays an announcement that is due. The next one is timed from here, so it comes even if the end of this one is never reported. */
export function announce(turn: Turn, call: Call): void {
  const wait = waitOf(call)
  wait.announce = undefined
  awaitAnnouncement(turn, call)
  wait.saying = thingsToSay(turn.world, call, queueOf(turn.world, call))
  if (wait.saying.length > 0) goOnSaying(turn, call)
}

/** Whether this prompt is the part of an announcement that plays now. Any other prompt would have ended the announcement. */
export const isSaying = ({ phase }: Call, prompt: PromptId): boolean =>
  (phase.kind === 'waiting' || phase.kind === 'ringing') && phase.wait.saying[0] === prompt

/** Continues the announcement after one of its prompts has ended. */
export function saidOne(turn: Turn, call: Call): void {
  const wait = waitOf(call)
  wait.saying = wait.saying.slice(1)
  goOnSaying(turn, call)
}

function goOnSaying(turn: Turn, call: Call): void {
  const [prompt] = waitOf(call).saying
  if (prompt === undefined) return playMusic(turn, call)
  call.isListening = true
  turn.effects.push({ kind: 'play', call: call.id, prompt })
}

function thingsToSay(world: World, call: Call, queue: Queue): readonly PromptId[] {
  const { announce: settings } = queue.settings
  if (!settings || !queue.waiting.has(call)) return []
  const position = queue.waiting.rank(call) + 1
  const wait = estimatedWait(world, queue, position)
  const minutes = wait === undefined ? undefined : Math.max(1, Math.round(wait / 60_000))
  return [pick(settings.positions, position), minutes === undefined ? undefined : pick(settings.waits, minutes)].filter(
    prompt => prompt !== undefined,
  )
}

/** The prompt for this number, from 1. The last prompt says `more than`. */
const pick = (prompts: readonly PromptId[], number: number): PromptId | undefined => prompts[number - 1] ?? prompts.at(-1)
