import assert from 'node:assert/strict'
import { rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers } from './phones/agents.js'
import { talks } from './phones/callers.js'

const support = { groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] } as const

/** Runs in the server: what no part of it expects happens at a signal. */
const atSignal = (statement: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${statement} })`)}`,
]
const breaks = {
  'an exception that nobody catches': atSignal("throw new Error('nobody catches this')"),
  'a rejection that nobody looks at': atSignal("void Promise.reject(new Error('nobody looks'))"),
}

interface Readiness {
  readonly status: string
  readonly degraded: readonly string[]
}
const readiness = (wire: Wire): Promise<Readiness> => wire.server.get<Readiness>('/health/ready')

describe('What no part of the server expects', () => {
  for (const [what, nodeOptions] of Object.entries(breaks))
    it(`${what} is logged, the process leaves with 1, and the next one takes the waiting call up`, () =>
      onWire(async wire => {
        await wire.phone('alice', answers())
        const away = { presence: ['http'] as const }
        await wire.serve({ ...support, agents: [{ name: 'alice', ...away }] }, nodeOptions)
        const caller = await wire.call('caller', 'support', talks())
        await wire.kept(1, '"kind":"waiting"')
        await wire.replaceServer(async server => {
          server.signal('SIGUSR2')
          assert.equal(await server.exited, 1)
          assert.equal((await server.logged({ event: 'server.uncaught' })).level, 'error')
        })
        assert.equal((await wire.server.calls()).length, 1)
        await wire.server.put(`/api/agents/${encodeURIComponent(agentUri('alice'))}/presence`, { state: 'available' })
        await caller.done()
      }))

  it('a loop of links in the config folder impairs watching: calls go on, health and metric say so, and the end of the loop ends it', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve(support)
      await symlink('loop', join(wire.configFolder, 'loop'))
      await wire.server.logged({ event: 'config.watchImpaired' })
      const { status, degraded } = await readiness(wire)
      assert.equal(status, 'ready')
      assert.match(degraded.join(), /changes may be noticed late .*ELOOP/)
      assert.equal(await wire.server.metric('carillon_config_watch_impaired'), 1)
      await (await wire.call('caller', 'support', talks())).done()
      await rm(join(wire.configFolder, 'loop'))
      await eventually('watching is whole again', async () => (await readiness(wire)).degraded.length === 0)
      assert.equal(await wire.server.metric('carillon_config_watch_impaired'), 0)
    }))
})
