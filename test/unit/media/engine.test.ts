import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../src/foundation/clock.js'
import { seconds } from '../../../src/foundation/time.js'
import { silentLog } from '../../../src/foundation/log.js'
import type { MediaSettings } from '../../../src/config/settings.js'
import { openMedia } from '../../../src/media/engine.js'
import type { PromptId } from '../../../src/routing/world/ids.js'
import { FakeClock } from '../../fakes/clock.js'

const settings: MediaSettings = {
  ...{ engine: 'builtin', ports: { first: 20_000, last: 20_099 }, cacheFolder: '/nowhere' },
  browsers: { perAccount: 5, perAddress: 50, keptForAgents: 50 },
  ...{ noMediaAfter: seconds(30), anchor: 'never', prompts: [], musicOnHold: 'builtin:default' as PromptId },
}

/** In a thread of its own, which the test's fake clock does not reach. */
const hangs = [process.execPath, '-e', 'setInterval(() => {}, 1000)']

const given = {
  ...{ clock: systemClock, log: silentLog, random: randomBytes },
  recording: { folder: join(tmpdir(), 'no-recordings'), failed: () => undefined },
}

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

  it('let calls begin while the speech program hangs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-media-'))
    const engine = openMedia({
      ...{ ...given, clock: new FakeClock(), trusts: () => true },
      settings: { ...settings, cacheFolder: folder, tts: { command: hangs } },
      sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }] },
    })
    const prompts = Array.from({ length: 12 }, (_, number) => ({
      ...{ id: `p${number}` as PromptId, where: `workflows/main.yaml:${number}:1` },
      sound: { kind: 'say', text: `Number ${number}`, language: 'de-DE' } as const,
    }))
    await engine.prepare({ prompts, musicOnHold: settings.musicOnHold })
    await engine.stop()
    await rm(folder, { recursive: true })
  })
})
