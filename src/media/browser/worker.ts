import { parentPort } from 'node:worker_threads'
import { systemClock } from '../../foundation/clock.js'
import { makeCertificate } from './dtls.js'
import { GatewayThread } from './gateway-thread.js'
import type { Setup, ToThread } from './messages.js'

/** The worker's own composition: the first message sets it up, all others go to the thread's gateways, in order. */
const parent = parentPort
let thread: Promise<GatewayThread> | undefined

async function begin(setup: Setup): Promise<GatewayThread> {
  const certificate = await makeCertificate()
  parent?.postMessage({ kind: 'ready', fingerprint: certificate.fingerprint })
  return new GatewayThread(setup, certificate, systemClock, message => parent?.postMessage(message))
}

parent?.on('message', (message: Setup | ToThread) => {
  if (!('kind' in message)) thread = begin(message)
  else
    void thread?.then(begun => {
      begun.do(message)
      // The sockets are closed; handshakes that are not over would keep the thread for seconds.
      if (message.kind === 'stop') process.exit()
    })
})
