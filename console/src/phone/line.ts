import type { UserAgent } from 'sip.js'
import type { IssuedPhone } from '../api/documents.js'
import { after } from '../clock.js'
import type { SipLibrary } from './sip-library.js'

/** A connection to the server, or an attempt at one. */
export interface Line {
  readonly sip: SipLibrary
  readonly agent: UserAgent
}

/** How long the server may take to answer OPTIONS, in milliseconds. Normally it answers within one round trip. */
const answersWithin = 3_000

/** Sets new credentials. A guest also gets another address of record. */
export function equip({ sip, agent: { configuration, userAgentCore } }: Line, { uri, user, password }: IssuedPhone): void {
  configuration.authorizationUsername = user
  configuration.authorizationPassword = password
  userAgentCore.configuration.aor = sip.UserAgent.makeURI(uri) ?? userAgentCore.configuration.aor
}

/**
 * Asks by OPTIONS whether the connection still reaches the server. After a change of the browser's network, the old connection looks open
 * for many minutes. Any response is enough.
 */
export function answers({ agent: { userAgentCore: core } }: Line): Promise<boolean> {
  return new Promise(resolve => {
    const late = after(answersWithin, () => resolve(false))
    const there = (): void => {
      late()
      resolve(true)
    }
    const { aor } = core.configuration
    const options = core.makeOutgoingRequestMessage('OPTIONS', aor, aor, aor, {})
    core.request(options, { onAccept: there, onReject: there, onRedirect: there })
  })
}

/** Opens a new connection for the same phone. Its calls and its registration continue. Throws if the server can't be reached. */
export async function reconnect({ agent }: Line): Promise<void> {
  // Closing the old connection may take long. Nothing depends on it, so we don't wait.
  if (agent.isConnected()) void agent.transport.disconnect().catch(() => undefined)
  await agent.reconnect()
}
