import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../src/foundation/clock.js'
import { seconds } from '../../../src/foundation/time.js'
import { silentLog } from '../../../src/foundation/log.js'
import type { MediaSettings } from '../../../src/config/settings.js'
import { openMedia } from '../../../src/media/engine.js'
import type { PromptId } from '../../../src/routing/ids.js'

const settings: MediaSettings = {
  ...{ engine: 'builtin', ports: { first: 20_000, last: 20_099 }, cacheFolder: '/nowhere' },
  browsers: { perAccount: 5, perAddress: 50, keptForAgents: 50 },
  ...{ noMediaAfter: seconds(30), prompts: [], musicOnHold: 'builtin:default' as PromptId },
}

const given = { clock: systemClock, log: silentLog, random: randomBytes }

describe('the media of a config', () => {
  for (const [transport, has] of [
    ['ws', true],
    ['wss', true],
    ['tcp', false],
  ] as const)
    it(`${has ? 'have' : 'have no'} gateways for browsers with a ${transport} listener`, () => {
      const listen = [{ transport, host: '127.0.0.1', port: 0 }]
      const engine = openMedia({ settings, sip: { listen }, trusts: () => true, ...given })
      assert.equal(engine.gateways !== undefined, has)
    })
})
