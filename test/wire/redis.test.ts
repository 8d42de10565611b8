import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentUri } from './harness/config.js'
import { RedisServer } from './harness/redis.js'
import { onWire, type Wire } from './harness/wire.js'
import { accept, ackComes, agentRequest, answerLast, answers, rings } from './phones/agents.js'
import { ack, answered, invite, ok, talks } from './phones/callers.js'
import { label, receive, scenario } from './phones/steps.js'

const asked = receive('OPTIONS')
const support = { name: 'support', method: 'serial', agents: ['alice'], participationPolicy: 'formal' } as const
const sales = { name: 'sales', method: 'serial', agents: ['bob'] } as const

/** A test with a Redis that outlives its servers. */
async function withRedis(test: (wire: Wire, redis: RedisServer) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-redis-'))
  const redis = await RedisServer.start(folder)
  try {
    await onWire(wire => test(wire, redis))
  } finally {
    redis.goOn()
    await redis.kill()
    await rm(folder, { recursive: true })
  }
}

describe('The store in Redis', () => {
  it('a Redis that stops answering delays no call, and a server that is killed later goes on from what it has written', () =>
    withRedis(async (wire, redis) => {
      const hangsUp = [asked, answerLast(200, 'OK'), agentRequest('BYE', 100), receive(200)]
      await wire.phone('alice', scenario('hangs up', [...rings(20), accept('agent'), ackComes, ...hangsUp, label('over')]))
      await wire.phone('bob', answers())
      await wire.serve({ groups: [support, sales], store: redis.url() })
      await wire.server.command('sign-in', agentUri('alice'), 'support')
      redis.pause()
      const hungUpOn = [invite(), ...answered(), ack(), asked, ok, receive('BYE'), ok]
      const long = await wire.call('long', 'support', scenario('is hung up on', hungUpOn))
      await (await wire.call('short', 'sales', talks())).done()
      await wire.server.logged({ event: 'store.degraded' })
      const { degraded } = await wire.server.get<{ degraded: readonly string[] }>('/health/ready')
      assert.deepEqual(degraded, ['store: changes may be lost at a restart'])
      assert.equal(await wire.server.metric('carillon_store_healthy'), 0)
      redis.goOn()
      await wire.server.logged({ event: 'store.recovered' })
      await wire.kept(1, '"kind":"talking"')
      const server = await wire.replaceServer(running => running.kill())
      assert.equal((await server.agent(agentUri('alice'))).groups[0]?.signedIn, true)
      await long.done()
      await server.empty()
      const { calls } = await server.get<{ calls: readonly { workflow: string; outcome: string }[] }>('/api/calls?state=finished')
      assert.deepEqual(
        calls.map(({ workflow, outcome }) => `${workflow} ${outcome}`),
        ['sales answered', 'support answered'],
      )
    }))

  it('a server that can’t reach Redis does not start, and says why without the password', () =>
    withRedis(async (wire, redis) => {
      await wire.phone('bob', answers())
      const wrong = redis.url().replace('//', '//:not-to-be-seen@')
      await assert.rejects(
        wire.serve({ groups: [sales], store: wrong.replace(/:\d+\//, ':9/') }),
        ({ message }: Error) => message.includes('ECONNREFUSED') && !message.includes('not-to-be-seen'),
      )
      await wire.serve({ groups: [sales], store: redis.url() })
    }))
})
