import Database from 'libsql'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { version } from '../../src/app/version.js'
import type { LadderDocument } from '../../src/http/documents.js'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { carillon, run } from './harness/program.js'
import { onWire } from './harness/wire.js'
import { answers, refuses } from './phones/agents.js'
import { isRefused, acknowledgesLate, talks } from './phones/callers.js'

/** Prints all files of a ZIP. */
const unzip = 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nfor n in z.namelist(): print(z.read(n))'

describe('Operation', () => {
  it('sign-ins and round-robin pointers survive kill -9', () =>
    onWire(async wire => {
      for (const name of ['alice', 'bob', 'carol']) await wire.phone(name, answers())
      await wire.serve({
        groups: [
          { name: 'support', method: 'roundRobin', participationPolicy: 'formal', agents: ['alice', 'bob', 'carol', 'dave'] },
        ],
      })
      for (const name of ['alice', 'bob', 'carol'])
        assert.equal((await wire.server.command('sign-in', agentUri(name), 'support')).code, 0)
      await (await wire.call('first', 'support', talks())).done()
      await wire.server.empty()
      // The pointer is written some time after the call. On a busy machine the call itself was stored, too, and is deleted then.
      const store = new Database(join(wire.folder, 'data', 'carillon.db'), { readonly: true })
      const rows = (table: string): number => store.prepare(`SELECT * FROM ${table}`).all().length
      await eventually('the pointer is in the store, and the call is not', () =>
        Promise.resolve(rows('pointers') === 1 && rows('live_calls') === 0),
      )
      store.close()
      await wire.server.kill()

      await wire.restart()
      const broken = wire.server.lines.find(({ event }) => event === 'server.brokeOff')
      assert.deepEqual([broken?.level, broken?.['version'], broken?.['calls']], ['warn', version, 0])
      await (await wire.call('second', 'support', talks())).done()
      assert.deepEqual(await wire.rung(), ['alice', 'bob'])
      const dave = await wire.server.agent(agentUri('dave'))
      assert.deepEqual(
        dave.groups.map(group => group.signedIn),
        [false],
      )
    }))

  it('a faulty edit changes nothing: log and metric report it, calls go on, and the next correct edit applies', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      const bob = await wire.phone('bob', answers())
      const group = { name: 'support', method: 'serial', agents: ['alice'] } as const
      await wire.serve({ groups: [group] })
      assert.equal(await wire.server.metric('carillon_config_last_reload_success'), 1)
      const file = join(wire.configFolder, 'groups', 'all.yaml')
      await writeFile(file, (await readFile(file, 'utf8')).replace('routingMethod', 'routingMehtod').replaceAll('alice', 'bob'))
      await eventually('the edit is refused', async () => (await wire.server.metric('carillon_config_last_reload_success')) === 0)
      await eventually('the log names the place', () =>
        wire.server.lines.some(line => /all\.yaml:\d+:\d+.*routingMethod/s.test(JSON.stringify(line))),
      )
      await (await wire.call('first', 'support', talks())).done()
      const health = async () => (await fetch(new URL('/health/ready', wire.server.http))).json()
      const said = 'config: the files have 1 error, so the previous config stays in force; `carillon check` lists them'
      assert.deepEqual(await health(), { status: 'ready', version, problems: [], degraded: [said] })

      await wire.configure({ groups: [{ ...group, agents: ['bob'] }] })
      await eventually('the good edit holds', async () => (await wire.server.metric('carillon_config_last_reload_success')) === 1)
      assert.deepEqual(await health(), { status: 'ready', version, problems: [], degraded: [] })
      await (await wire.call('second', 'support', talks())).done()
      await bob.received('INVITE')
      assert.deepEqual(await wire.rung(), ['alice', 'bob'])
    }))

  it('SIGHUP reads the config again', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] })
      const before = await wire.server.metric('carillon_config_last_reload_timestamp_seconds')
      wire.server.signal('SIGHUP')
      await eventually(
        'the config was read again',
        async () => (await wire.server.metric('carillon_config_last_reload_timestamp_seconds')) > before,
      )
    }))

  it('SIGTERM drains: the current call goes on to its end, a new one is refused, and the exit code is 0', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.phone('bob', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob'] }] })
      const { server } = wire
      const talking = await wire.call('talking', 'support', talks(1500))
      await talking.received(200)
      server.signal('SIGTERM')
      await eventually(
        'it is not ready any more',
        async () => (await fetch(new URL('/health/ready', server.http))).status === 503,
      )
      const late = await wire.call('late', 'support', isRefused(503))
      await late.done()
      await talking.done()
      assert.equal(await server.exited, 0)
      await wire.restart()
    }))

  it('readiness, health and an unknown path have the documented answers', () =>
    onWire(async wire => {
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] })
      for (const [path, status] of [
        ['/health/live', 200],
        ['/health/ready', 200],
        ['/api/no-such-thing', 404],
      ] as const)
        assert.equal((await fetch(new URL(path, wire.server.http))).status, status, path)
    }))

  it('the ladder of a call shows the refused offer, the answered offer and the retransmissions', () =>
    onWire(async wire => {
      await wire.phone('alice', refuses(486, 'Busy Here'))
      await wire.phone('bob', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob'] }] })
      await (await wire.call('caller', 'support', acknowledgesLate(700))).done()
      await wire.server.empty()
      const { calls } = await wire.server.get<{ calls: readonly { callId: string }[] }>('/api/calls?state=finished')
      const callId = calls[0]?.callId ?? ''
      const { captured, complete, peers, messages } = await wire.server.get<LadderDocument>(`/api/calls/${callId}/ladder`)
      assert.deepEqual([captured, complete], [true, true])
      const told = (again: boolean): string[] =>
        messages.flatMap(({ peer, direction, method, status, repeated }) => {
          const who = peers[peer]?.side === 'caller' ? 'caller' : peers[peer]?.uri.replace(/^sip:|@.*$/g, '')
          return repeated === again ? [`${who ?? ''} ${direction === 'in' ? '->' : '<-'} ${status ?? method}`] : []
        })
      assert.deepEqual(told(false), [
        ...['caller -> INVITE', 'caller <- 100'],
        ...['alice <- INVITE', 'alice -> 486', 'alice <- ACK'],
        ...['bob <- INVITE', 'bob -> 180', 'caller <- 180', 'bob -> 200', 'bob <- ACK', 'caller <- 200'],
        ...['caller -> ACK', 'caller -> BYE', 'caller <- 200', 'bob <- BYE', 'bob -> 200'],
      ])
      assert.ok(told(true).includes('caller <- 200'))
      const { code, stdout } = await wire.server.command('ladder', callId)
      assert.equal(code, 0)
      assert.match(stdout, /\|<-+ 486 Busy Here -+\|/)
    }))

  it('a call is found by the SIP Call-ID of the caller’s leg and of each agent’s leg, as text, as a ladder and over HTTP', () =>
    onWire(async wire => {
      await wire.phone('alice', refuses(486, 'Busy Here'))
      await wire.phone('bob', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob'] }] })
      await (await wire.call('caller', 'support', talks())).done()
      await wire.server.empty()
      interface Found {
        readonly calls: readonly { readonly callId: string; readonly cause: string; readonly sipCallIds: readonly string[] }[]
      }
      const [call] = (await wire.server.get<Found>('/api/calls?state=finished')).calls
      assert.ok(call)
      const { messages } = await wire.server.get<LadderDocument>(`/api/calls/${call.callId}/ladder`)
      const named = [...new Set(messages.map(({ sipCallId }) => sipCallId))]
      assert.equal(named.length, 3)
      assert.deepEqual(call.sipCallIds, named)
      assert.equal(call.cause, 'callerHungUp')
      for (const sipCallId of named) {
        const { calls } = await wire.server.get<Found>(`/api/calls?sipCallId=${encodeURIComponent(sipCallId)}`)
        assert.deepEqual(
          calls.map(({ callId }) => callId),
          [call.callId],
        )
        for (const command of ['explain', 'ladder']) {
          const { code, stdout, stderr } = await wire.server.command(command, sipCallId)
          assert.equal(code, 0, stderr)
          assert.match(stdout, /support|INVITE/)
        }
      }
    }))

  it('a bundle of a call names nobody, opens in other programs, and a replay of it shows the same decisions', () =>
    onWire(async wire => {
      await wire.phone('alice', refuses(486, 'Busy Here'))
      await wire.phone('bob', answers())
      await wire.serve({
        groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob'] }],
        agents: [{ name: 'alice', displayName: 'Alice Martin' }, { name: 'bob' }],
      })
      await (await wire.call('caller', 'support', talks())).done()
      await wire.server.empty()
      const { calls } = await wire.server.get<{ calls: readonly { callId: string }[] }>('/api/calls?state=finished')
      const file = join(wire.folder, 'bundle.zip')
      const made = await wire.server.command('bundle', calls[0]?.callId ?? '', '--output', file)
      assert.equal(made.code, 0, made.stderr)
      // Python reads ZIPs by a program that we did not write.
      const { stdout: content } = await promisify(execFile)('python3', ['-c', unzip, file], { maxBuffer: 1e8 })
      assert.match(content, /INVITE sip:.*SIP\/2\.0.*sip:agent-2@host-\d\.example/)
      assert.deepEqual(content.match(/alice|martin|\bbob\b|\bsupport\b|example\.com|Ann Caller|15550|sipp@/gi), null)
      const { code, stdout, stderr } = await carillon('replay', file)
      assert.equal(code, 0, stdout + stderr)
      assert.match(
        stdout,
        /every effect is the same[^]*agent-1[^]*declined \(486\)[^]*agent-2[^]*the decisions are those of the bundle/,
      )
    }))

  it('explain shows who was rung, who was left out, and why, for a finished call', () =>
    onWire(async wire => {
      await wire.phone('bob', refuses(486, 'Busy Here'))
      await wire.phone('carol', answers())
      await wire.serve({
        groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob', 'carol'] }],
        agents: [{ name: 'alice', homed: 'online' }],
      })
      await (await wire.call('caller', 'support', talks())).done()
      const arrived = await wire.server.logged({ event: 'call.arrived' })
      const end = await wire.server.command('explain', String(arrived['callId']))
      assert.equal(end.code, 0, end.stderr)
      assert.match(end.stdout, /alice.*(homed|online)/i)
      assert.match(end.stdout, /bob[^]*(declined|486)/i)
      assert.match(end.stdout, /carol[^]*answered/i)
    }))

  it('the commands show live calls and agents', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', participationPolicy: 'formal', agents: ['alice'] }] })
      await wire.call('caller', 'support', talks())
      await wire.server.waiting(1)
      for (const [command, shown] of [
        ['agents', /sip:alice@example\.com/],
        ['queues', /support +1 /],
        ['calls', /support.*waiting/],
      ] as const) {
        const end = await wire.server.command(command)
        assert.equal(end.code, 0, end.stderr)
        assert.match(end.stdout, shown)
        const json = await wire.server.command(command, '--json')
        assert.equal((JSON.parse(json.stdout) as unknown[]).length, 1, json.stdout)
      }
      assert.equal((await wire.server.command('sign-in', agentUri('alice'), 'support')).code, 0)
    }))

  it('the journal replays without a difference, and shows what another config would have done', () =>
    onWire(async wire => {
      await wire.phone('alice', refuses(486, 'Busy Here'))
      await wire.phone('bob', answers())
      const group = { name: 'support', method: 'serial', agents: ['alice', 'bob'] } as const
      await wire.serve({ groups: [group] })
      // One after another: a call that comes while bob talks would ring alice too.
      for (const caller of ['first', 'second']) {
        await (await wire.call(caller, 'support', talks())).done()
        await wire.server.empty()
      }
      assert.equal(await wire.server.stop(), 0)

      const [journal = ''] = await wire.journals()
      const same = await carillon('replay', journal)
      assert.equal(same.code, 0, same.stderr)
      assert.match(same.stdout, /2 calls: every effect is the same/)
      await wire.configure({ groups: [{ ...group, agents: ['bob', 'alice'] }] })
      const other = await carillon('replay', journal, '--config', wire.configFolder)
      assert.equal(other.code, 0, other.stderr)
      assert.match(other.stdout, /2 calls.*\n[^]*phones that rang +4 +2\n/)
      await wire.restart()
    }))

  it('the metrics pass promtool, and count each call once', () =>
    onWire(async wire => {
      await wire.phone('alice', refuses(603, 'Decline'))
      await wire.phone('bob', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob'] }] })
      await (await wire.call('caller', 'support', talks(), { calls: 3 })).done()
      await wire.server.empty()
      const metrics = await wire.server.metrics()
      const verdict = await run('promtool', ['check', 'metrics'], metrics)
      assert.equal(verdict.code, 0, `${verdict.stdout}${verdict.stderr}`)
      assert.equal(await wire.server.metric('carillon_calls_total'), 3)
      assert.equal(await wire.server.metric('carillon_calls_total', { workflow: 'support', result: 'answered' }), 3)
      assert.equal(
        await wire.server.metric('carillon_offers_total', { group: 'support', method: 'serial', result: 'declined' }),
        3,
      )
      assert.equal(
        await wire.server.metric('carillon_offers_total', { group: 'support', method: 'serial', result: 'answered' }),
        3,
      )
      assert.equal(await wire.server.metric('carillon_queue_waiting_calls', { queue: 'support' }), 0)
    }))
})
