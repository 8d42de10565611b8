import { BroadcastChannel, parentPort } from 'node:worker_threads'
import { systemClock, TimerSet, wallNow } from '../../foundation/clock.js'
import { millis, seconds } from '../../foundation/time.js'
import type { RecorderSetup, TapeMessage, ToRecorder } from './messages.js'
import { Recorder } from './recorder.js'

const lookEvery = seconds(5)
/** How long the last sound may still wait in the queue of the other channel. */
const lastSound = millis(50)

/** The recording thread. The first message sets it up. */
const parent = parentPort

parent?.once('message', (setup: RecorderSetup) => {
  const timers = new TimerSet<'look' | 'stop'>(systemClock)
  const recorder = new Recorder(
    setup,
    () => wallNow(systemClock),
    message => parent.postMessage(message),
  )
  const tapes = new BroadcastChannel(setup.channel)
  tapes.onmessage = event => recorder.take((event as { readonly data: TapeMessage }).data)
  const lookLater = (): void =>
    timers.start('look', lookEvery, () => {
      recorder.look()
      lookLater()
    })
  recorder.start()
  lookLater()
  parent.on('message', (message: Exclude<ToRecorder, RecorderSetup>) => {
    if (message.kind === 'rules') return recorder.replaceRules(message.rules)
    if (message.kind !== 'stop') return void recorder.answer(message)
    timers.stop('look')
    timers.start('stop', lastSound, () => {
      tapes.close()
      recorder.stop()
      parent.close()
    })
  })
})
