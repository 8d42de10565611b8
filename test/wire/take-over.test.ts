import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { agentUri } from './harness/config.js'
import { Ear } from './harness/ear.js'
import { eventually } from './harness/eventually.js'
import { pinged, withPair } from './harness/pair.js'
import { freePort } from './harness/ports.js'
import { noise, writeWav } from './harness/sounds.js'
import { accept, ackComes, agentRequest, answerLast, answers, answersAndHangsUp, rings, ringsOn } from './phones/agents.js'
import { ack, answered, invite, ok, talks } from './phones/callers.js'
import { goTo, label, noBody, receive, scenario, sdp } from './phones/steps.js'

const asked = receive('OPTIONS')
const support = { name: 'support', method: 'serial', agents: ['alice'], participationPolicy: 'formal' } as const
const sales = { name: 'sales', method: 'serial', agents: ['bob'] } as const

const heardAt = (port: number): string[] => sdp('caller').map(line => line.replace('40000', String(port)))

/** Answers the server's questions and takes its media at this port, until the server hangs up. */
const takesEverything = (port = 40_000): string =>
  scenario('takes everything', [
    invite(heardAt(port)),
    ...answered(),
    ack(),
    label('next'),
    receive('OPTIONS', { optional: true, next: 'asked' }),
    receive('INVITE', { optional: true, next: 'joined' }),
    receive('BYE'),
    ok,
    goTo('over'),
    label('joined'),
    answerLast(200, 'OK', heardAt(port), { retransmit: 500 }),
    receive('ACK'),
    goTo('next'),
    label('asked'),
    answerLast(200, 'OK', noBody, { next: 'next' }),
    label('over'),
  ])

const health = (line: Readonly<Record<string, unknown>>): Promise<Response> =>
  fetch(new URL('/health/ready', String(line['http'])))

describe('A cluster of two nodes', () => {
  it('the second node stands by, and goes on with talking and waiting calls within 3 s when the first is killed', () =>
    withPair(async pair => {
      const hangsUp = [asked, answerLast(200, 'OK'), agentRequest('BYE', 100), receive(200)]
      const bob = await pair.phone(
        'bob',
        scenario('hangs up', [...rings(20), accept('agent'), ackComes, ...hangsUp, label('over')]),
      )
      const alice = await pair.phone('alice', answers())
      const setup = { groups: [support, sales], agents: [alice, bob] }
      const first = await pair.start('first', setup)
      await first.leads()
      const second = await pair.start('second', setup)
      const standsBy = await second.logged({ event: 'cluster.standsBy' })
      assert.deepEqual(
        [(await health(standsBy)).status, ((await (await health(standsBy)).json()) as { role: string }).role],
        [503, 'standby'],
      )
      const ready = await first.get<Record<string, unknown>>('/health/ready')
      assert.deepEqual([ready['role'], ready['node'], ready['leader']], ['leader', 'first', 'first'])
      const since = Date.parse(String(ready['since']))
      assert.ok(Math.abs(Date.now() - since) < 30_000, `serves since ${String(ready['since'])}`)
      const told = async (path: string, accept = '*/*'): Promise<string> =>
        (await fetch(new URL(path, String(standsBy['http'])), { headers: { accept } })).text()
      assert.match(await told('/metrics'), /^carillon_cluster_role\{role="standby"\} 1$/m)
      assert.match(await told('/wallboard', 'text/html'), /The node second stands by\. The node that serves is first, since 20/)
      assert.match(await told('/wallboard', 'text/html'), /<a href="https:\/\/rgs\.example\.com/)
      assert.equal(await first.metric('carillon_cluster_role', { role: 'leader' }), 1)
      assert.equal(await pinged('127.0.0.1', pair.standbyPorts[1] ?? 0), 'SIP/2.0 503 Service Unavailable')
      assert.equal(await pinged('127.0.0.1', pair.port), 'SIP/2.0 200 OK')

      const hungUpOn = [invite(), ...answered(), ack(), asked, ok, receive('BYE'), ok]
      const talking = await pair.call('talking', 'sales', scenario('is hung up on', hungUpOn))
      for (const name of ['one', 'two']) {
        await pair.call(name, 'support', talks())
        await pair.kept(name === 'one' ? 1 : 2, '"kind":"waiting"')
      }
      await pair.kept(1, '"kind":"talking"')

      const before = performance.now()
      await first.kill()
      await second.leads()
      const took = performance.now() - before
      assert.ok(took < 3_000, `the second node served after ${took} ms`)
      assert.deepEqual((await second.calls()).map(({ state, position }) => `${state} ${position}`).sort(), [
        'connected null',
        'waiting 1',
        'waiting 2',
      ])
      await talking.done()
      await second.command('sign-in', agentUri('alice'), 'support')
      for (const caller of pair.callers) await caller.done()
      await second.empty()
      const { calls } = await second.get<{
        calls: readonly { workflow: string; outcome: string; arrivedAt: string; joinedAt: string }[]
      }>('/api/calls?state=finished')
      assert.deepEqual(calls.map(({ workflow, outcome }) => `${workflow} ${outcome}`).sort(), [
        'sales answered',
        'support answered',
        'support answered',
      ])
      const joined = calls
        .filter(({ workflow }) => workflow === 'support')
        .map(({ arrivedAt, joinedAt }) => [arrivedAt, joinedAt])
      assert.deepEqual([...joined].sort(), [...joined].reverse(), 'the caller who waited longer was answered first')
      assert.equal(await second.metric('carillon_invariant_violations_total'), 0)
    }))

  it('music, sign-ins and the order of idle agents stand, and a phone that rang stops and rings again', () =>
    withPair(async pair => {
      const music = join(pair.folder, 'music.wav')
      await writeWav(music, noise(13, 4))
      const alice = await pair.phone('alice', ringsOn())
      const bob = await pair.phone('bob', answersAndHangsUp(20, 100))
      const carol = await pair.phone('carol', answersAndHangsUp(20, 100))
      const setup = {
        agents: [alice, bob, carol],
        groups: [
          { ...support, method: 'longestIdle', agents: ['bob', 'alice'] } as const,
          { ...sales, agents: ['carol'], participationPolicy: 'formal' } as const,
        ],
        media: { engine: 'builtin' },
        workflow: { musicOnHold: { file: music } },
      }
      const first = await pair.start('first', setup)
      await first.leads()
      const second = await pair.start('second', setup)
      for (const name of ['alice', 'bob']) await first.command('sign-in', agentUri(name), 'support')
      await (await pair.call('before', 'support', takesEverything())).done()
      await first.empty()
      // bob had a call, so alice has been idle for longer.
      const { idleSince } = await first.agent(agentUri('bob'))
      await pair.kept(1, `"idleSince":${Date.parse(idleSince)}`, 'agents')
      await pair.call('waits', 'sales', takesEverything())
      await pair.call('rings', 'support', takesEverything())
      await pair.kept(1, '"ringing":[')
      await pair.kept(1, '"kind":"answered"')

      await first.kill()
      await second.leads()
      const stopped = await second.logged({ event: 'calls.restored' })
      assert.deepEqual([stopped['waiting'], stopped['stopped'], stopped['lost']], [2, 1, 0])
      await eventually('the caller hears music again', async () => (await second.metric('carillon_media_streams')) === 1)
      const heard = async (): Promise<(string | undefined)[]> => {
        const messages = (await pair.phones[0]?.messages()) ?? []
        return messages.filter(({ direction, method }) => direction === 'received' && method).map(({ method }) => method)
      }
      const stops = 'ACK CANCEL INVITE INVITE'
      await eventually('alice’s phone stops and rings again', async () => (await heard()).sort().join(' ') === stops)
      await second.command('decline', agentUri('alice'))
      await second.command('sign-in', agentUri('carol'), 'sales')
      for (const caller of pair.callers) await caller.done()
      await second.empty()
      const { calls } = await second.get<{
        calls: readonly { workflow: string; outcome: string; offers: readonly { agent: string; outcome: string }[] }[]
      }>('/api/calls?state=finished')
      assert.deepEqual(
        calls
          .map(
            ({ workflow, outcome, offers }) =>
              `${workflow} ${outcome}: ${offers.map(({ agent, outcome }) => `${agent} ${outcome}`).join(', ')}`,
          )
          .sort(),
        [
          `sales answered: ${agentUri('carol')} answered`,
          `support answered: ${agentUri('alice')} declined, ${agentUri('bob')} answered`,
          `support answered: ${agentUri('bob')} answered`,
        ],
      )
      assert.equal(await second.metric('carillon_invariant_violations_total'), 0)
    }))

  it('a node that leaves hands its calls over: no call is lost, and nobody hears more than 1 s of silence', () =>
    withPair(async pair => {
      const music = join(pair.folder, 'music.wav')
      await writeWav(music, noise(13, 4))
      const ear = await Ear.open()
      const setup = {
        agents: [await pair.phone('alice', answersAndHangsUp(20, 100)), await pair.phone('bob', answersAndHangsUp(20, 4_000))],
        groups: [support, sales],
        media: { engine: 'builtin' },
        workflow: { musicOnHold: { file: music } },
      }
      const first = await pair.start('first', setup)
      await first.leads()
      assert.match((await first.command('leave')).stderr, /no other node stands by/)
      const second = await pair.start('second', setup)
      await pair.call('talks', 'sales', takesEverything())
      await pair.call('waits', 'support', takesEverything(ear.port))
      await eventually('music comes', () => ear.packets > 20)

      const left = await eventually('the first node knows the second', async () => {
        const { code, stdout } = await first.command('leave')
        return code === 0 && stdout
      })
      assert.match(left, /^first leaves its calls to second, and ends$/m)
      const leaves = await first.logged({ event: 'cluster.leaves' })
      assert.deepEqual([leaves['node'], leaves['to'], leaves['calls']], ['first', 'second', 2])
      assert.equal(await first.exited, 0)
      await second.leads()
      await eventually('music comes again', () => ear.sources.length === 2 && ear.count(ear.sources[1] ?? 0) > 20)
      const [before = 0, after = 0] = ear.sources
      const silence = ear.gap(before, after)
      assert.ok(silence < 1_000, `the caller heard nothing for ${silence.toFixed(0)} ms`)
      await second.command('sign-in', agentUri('alice'), 'support')
      for (const caller of pair.callers) await caller.done()
      await second.empty()
      ear.close()
      const { calls } = await second.get<{ calls: readonly { outcome: string }[] }>('/api/calls?state=finished')
      assert.deepEqual(
        calls.map(({ outcome }) => outcome),
        ['answered', 'answered'],
      )
      const folder = join(pair.folder, 'second', 'data', 'journal')
      const [journal = ''] = (await readdir(folder)).filter(name => name.endsWith('.jsonl'))
      assert.equal(
        (JSON.parse((await readFile(join(folder, journal), 'utf8')).split('\n')[0] ?? '') as { node: string }).node,
        'second',
      )
    }))

  it('a leader that stood still while another node took over rings nobody, and ends', () =>
    withPair(async pair => {
      const alice = await pair.phone('alice', answers())
      const setup = { groups: [support], agents: [alice] }
      const first = await pair.start('first', setup)
      await first.leads()
      // The stopped process still has the port of the first, so the second listens at another one.
      const second = await pair.start('second', setup, await freePort('127.0.0.1'))
      await pair.call('waits', 'support', talks())
      await pair.kept(1, '"kind":"waiting"')
      first.signal('SIGSTOP')
      await second.leads()
      assert.equal((await second.command('sign-in', agentUri('alice'), 'support')).code, 0)
      first.signal('SIGCONT')
      assert.equal(await first.exited, 1)
      assert.match(first.stray.join('\n'), /^carillon: this node leads no more: /m)
      for (const caller of pair.callers) await caller.done()
      await second.empty()
      const invites = ((await pair.phones[0]?.messages()) ?? []).filter(({ method }) => method === 'INVITE')
      assert.equal(invites.length, 1, 'alice was rung once')
    }))

  it('a node that Redis does not answer stops serving, and the other one takes over when Redis is back', () =>
    withPair(async pair => {
      const bob = await pair.phone('bob', answers())
      const setup = { groups: [sales], agents: [bob] }
      const first = await pair.start('first', setup)
      await first.leads()
      const second = await pair.start('second', setup)
      pair.redis.pause()
      assert.equal(await first.exited, 1)
      const standsBy = await second.logged({ event: 'cluster.standsBy' })
      await second.logged({ event: 'cluster.noRedis' })
      assert.equal(((await (await health(standsBy)).json()) as { role: string }).role, 'lost')
      pair.redis.goOn()
      await second.leads()
      await (await pair.call('caller', 'sales', talks())).done()
      await eventually('the call is over', async () => (await second.calls()).length === 0)
    }))
})
