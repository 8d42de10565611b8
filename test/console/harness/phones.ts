import { wavOf, writeSounds } from '../../wire/harness/noises.js'
import type { Setup } from '../../wire/harness/config.js'
import type { Wire } from '../../wire/harness/wire.js'

export const support = { name: 'support', method: 'serial', agents: ['alice'] } as const

/** A server whose agent alice has a phone in the browser, and which callers from the browser hear. */
export async function serveBrowsers(
  wire: Wire,
  workflow: Readonly<Record<string, unknown>> = {},
  groups: Setup['groups'] = [support],
  agents: Setup['agents'] = [],
): Promise<void> {
  await writeSounds(wire)
  const sounds = { welcome: { file: wavOf(wire, 'welcome') }, musicOnHold: { file: wavOf(wire, 'music') } }
  await wire.serve({
    media: { engine: 'builtin' },
    listen: ['udp://127.0.0.1:0', 'ws://127.0.0.1:0'],
    agents: [{ name: 'alice', contact: undefined, presence: ['registration'] }, ...agents],
    groups,
    workflow: { ...sounds, ...workflow },
  })
}
