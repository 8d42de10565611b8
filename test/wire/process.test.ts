import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, rm, symlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers } from './phones/agents.js'
import { talks } from './phones/callers.js'

const support = { groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] } as const

/** Runs in the server: causes this error at a signal. */
const atSignal = (statement: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${statement} })`)}`,
]
const breaks = {
  'an exception that nobody catches': atSignal("throw new Error('nobody catches this')"),
  'a rejection that nobody looks at': atSignal("void Promise.reject(new Error('nobody looks'))"),
}

/** Runs in the server: takes all file descriptors at a signal, and returns them at the next one. */
const takesDescriptors = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { closeSync, openSync } from 'node:fs'
    let taken = []
    process.on('SIGUSR2', () => {
      if (taken.length > 0) return taken.splice(0).forEach(closeSync)
      try { for (;;) taken.push(openSync('/dev/null')) } catch {}
    })`)}`,
]

interface Readiness {
  readonly status: string
  readonly degraded: readonly string[]
}
const readiness = (wire: Wire): Promise<Readiness> => wire.server.get<Readiness>('/health/ready')

describe('Errors and shortages that the server does not expect', () => {
  for (const [what, nodeOptions] of Object.entries(breaks))
    it(`${what} is logged, the process exits with 1, and the next one restores the waiting call`, () =>
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

  it('a symlink loop in the config folder impairs watching: calls go on, health and metric report it until the loop is removed', () =>
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

  it('a lack of file descriptors ends nothing: calls and SIP continue, and all is well when descriptors are free again', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      const server = await wire.serve(support, takesDescriptors)
      await (await wire.call('before', 'support', talks())).done()
      await promisify(execFile)('prlimit', ['--pid', String(server.pid), '--nofile=300:300'])
      server.signal('SIGUSR2')
      await server.logged({ event: 'memory.unread' })
      // The config is read again, for which there is no descriptor either.
      server.signal('SIGHUP')
      await server.logged({ event: 'config.refused' })
      await (await wire.call('meanwhile', 'support', talks())).done()
      server.signal('SIGUSR2')
      await eventually('HTTP answers again', async () => (await readiness(wire)).status === 'ready')
      await (await wire.call('after', 'support', talks())).done()
      assert.equal(await server.metric('carillon_uncaught_errors_total'), 0)
    }))

  it('pipelined HTTP requests of a stranger keep no descriptor open, and end with their connection', () =>
    onWire(async wire => {
      const server = await wire.serve(support)
      const [asset = ''] = /\/assets\/[\w.-]+\.js/.exec(await (await fetch(server.http)).text()) ?? []
      const descriptors = async (): Promise<number> => (await readdir(`/proc/${server.pid}/fd`)).length
      const before = await descriptors()
      const socket = connect(Number(new URL(server.http).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.pause().write(`GET ${asset} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(500))
      // The client reads no responses, so the server reads no further requests.
      for (let each = 0; each < 20; each += 1) {
        assert.equal((await fetch(server.http)).status, 200)
        assert.ok((await descriptors()) <= before + 10)
      }
      socket.destroy()
      await eventually('no descriptor is left', async () => (await descriptors()) <= before + 2)
    }))
})
