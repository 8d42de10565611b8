import { assertNever } from '../foundation/never.js'
import type { LiveCalls } from './live-calls.js'
import type { ActingEffect } from './step.js'
import type { CoreTimers } from './timers.js'

/** The only switch over effects. Each effect goes to its call or to a timer. */
// eslint-disable-next-line complexity -- exhaustive over the union, one line a kind
export function perform(effect: ActingEffect, calls: LiveCalls, timers: CoreTimers): void {
  switch (effect.kind) {
    case 'offer':
      return calls.offer(effect)
    case 'withdraw':
      return calls.ofOffer(effect.offer)?.withdraw(effect.offer, effect.because)
    case 'connect':
      return calls.get(effect.call)?.connect(effect.offer)
    case 'mayRecord':
      return calls.get(effect.call)?.recording.allow(effect.isAtOnce)
    case 'play':
      return calls.get(effect.call)?.play(effect.prompt)
    case 'silence':
      return calls.get(effect.call)?.silence()
    case 'wait':
      return calls.get(effect.call)?.wait(effect.music)
    case 'forward':
      return calls.forward(effect)
    case 'transfer':
      return calls.get(effect.call)?.transfer(true, effect.music)
    case 'refuseTransfer':
      return calls.get(effect.call)?.transfer(false)
    case 'reject':
      return calls.get(effect.call)?.reject(effect.why)
    case 'startTimer':
      return timers.start(effect.timer, effect.after)
    case 'cancelTimer':
      return timers.cancel(effect.timer)
    default:
      return assertNever(effect)
  }
}
