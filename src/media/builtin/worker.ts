import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { systemClock } from '../../foundation/clock.js'
import { MediaThread } from './media-thread.js'
import type { Setup, ToThread } from './messages.js'

/** The worker. The first message sets it up. All others go to the media thread. */
const parent = parentPort
const random = (): number => randomBytes(4).readUInt32BE() / 2 ** 32

parent?.once('message', (setup: Setup) => {
  const thread = new MediaThread(setup, systemClock, random, message => parent.postMessage(message))
  parent.on('message', (message: ToThread) => {
    thread.do(message)
    // Nothing else keeps the thread alive, so it ends with its last socket.
    if (message.kind === 'stop') parent.unref()
  })
})
