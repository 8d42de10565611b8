import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashUserPassword } from '../../src/config/passwords.js'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { carillon } from './harness/program.js'
import { onWire } from './harness/wire.js'

describe('Users', () => {
  it('log in, change what they may and get 403 for the rest; a restart ends sessions but not tokens', () =>
    onWire(async wire => {
      const { stdout } = await carillon('make-token', '--json')
      const { token, hash } = JSON.parse(stdout) as { token: string; hash: string }
      const groups = [{ name: 'support', method: 'serial', participationPolicy: 'formal', agents: ['alice', 'bob'] }] as const
      await wire.serve({ groups })
      const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
        fetch(new URL(path, wire.server.http), {
          method,
          headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
      const session = async () => (await (await ask('GET', '/api/session')).json()) as { open: boolean }
      assert.equal((await session()).open, true)

      const password = await hashUserPassword('tower')
      const users = [{ name: 'ann', password, role: 'agent', agent: agentUri('alice') }]
      await writeFile(
        join(wire.configFolder, 'users.yaml'),
        JSON.stringify({ users, tokens: [{ name: 'tool', hash, role: 'admin' }] }),
      )
      await eventually('the users hold', async () => !(await session()).open)
      assert.equal((await ask('GET', '/api/agents')).status, 401)
      assert.equal((await ask('POST', '/api/session', {}, { name: 'ann', password: 'steeple' })).status, 401)
      const login = await ask('POST', '/api/session', {}, { name: 'ann', password: 'tower' })
      assert.equal(login.status, 200)
      const [cookie = ''] = (login.headers.getSetCookie()[0] ?? '').split(';')
      const own = { cookie, origin: wire.server.http }
      const signIn = (name: string) => `/api/agents/${encodeURIComponent(agentUri(name))}/groups/support/sign-in`
      assert.equal((await ask('PUT', signIn('alice'), own)).status, 204)
      assert.equal((await ask('PUT', signIn('bob'), own)).status, 403)
      assert.equal((await ask('PUT', signIn('alice'), { cookie, origin: 'https://evil.example' })).status, 403)
      await wire.server.logged({ event: 'http.change', who: 'ann' })
      // Reading the entries writes the pending ones first.
      const audit = async () => {
        const answer = await ask('GET', '/api/audit', { authorization: `Bearer ${token}` })
        return ((await answer.json()) as { entries: { who: string; done: boolean }[] }).entries
      }
      const before = await audit()
      assert.deepEqual(
        before.map(({ who, done }) => `${who} ${done}`),
        ['ann false', 'ann false', 'ann true', 'ann true'],
      )

      await wire.server.kill()
      await wire.restart()
      assert.equal((await ask('GET', '/api/agents', { cookie })).status, 401)
      assert.equal((await wire.server.command('queues', '--token', token)).code, 0)
      assert.deepEqual(await audit(), before)
      const guesses = await Promise.all(
        Array.from({ length: 20 }, (_, n) => ask('POST', '/api/session', {}, { name: 'ann', password: `guess ${n}` })),
      )
      assert.equal(guesses.filter(({ status }) => status === 401).length, 5)
      assert.equal(guesses.filter(({ status }) => status === 429).length, 15)
      assert.equal(await wire.server.metric('carillon_http_logins_total', { result: 'slowed' }), 15)

      // No users any more, so that the checks after this test may read.
      await writeFile(join(wire.configFolder, 'users.yaml'), '# nobody\n')
      await eventually('the server is open', async () => (await session()).open)
    }))
})
