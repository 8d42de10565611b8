import { systemClock } from '../../foundation/clock.js'
import { makeCertificate } from './dtls/certificate.js'
import { GatewayHost } from './gateway-host.js'
import type { FromProcess, Setup, ToProcess } from './messages.js'
import type { PortMessage } from '../worker/port-helper.js'

/**
 * The media process. The first message sets it up, and all others go to the gateways in order. It ignores signals, because a terminal
 * or an init system sends them to all processes, and the calls of the parent must still be drained.
 */
let host: GatewayHost | undefined

/** The channel closes when the parent ends in any way. */
process.on('disconnect', () => process.exit())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

/** The most memory of the process, in bytes. V8's own limit does not include packets. 1,250 legs need far less. */
const mostMemory = 1_073_741_824

const tell = (message: FromProcess | PortMessage): void => {
  if (message.kind === 'counts' && process.memoryUsage.rss() > mostMemory) {
    process.stderr.write(`it takes more than ${mostMemory} bytes of memory\n`)
    process.exit(1)
  }
  if (process.connected) process.send?.(message, undefined, {}, error => error && process.exit(1))
}

function begin(setup: Setup): GatewayHost {
  const certificate = makeCertificate(systemClock.now())
  tell({ kind: 'ready', fingerprint: certificate.fingerprint })
  return new GatewayHost(setup, certificate, systemClock, tell)
}

process.on('message', (message: ToProcess) => {
  if (message.kind === 'setup') host = begin(message)
  else host?.do(message)
  if (message.kind === 'stop') process.disconnect()
})
