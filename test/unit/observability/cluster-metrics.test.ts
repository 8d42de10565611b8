import assert from 'node:assert/strict'
import { ClusterMetrics } from '../../../src/observability/cluster-metrics.js'
import { FakeClock } from '../../fakes/clock.js'

describe('The figures of a node of a cluster', () => {
  const clock = new FakeClock()
  const sight = { role: 'standby' as 'standby' | 'lost', others: ['b'] }
  const metrics = new ClusterMetrics(clock, () => sight)

  it('count the time without a leader, the leases, and how long Redis takes', async () => {
    const heard = (after: number, hasLeader: boolean, lease?: number): void => {
      clock.pass(after)
      metrics.heard({ took: 20, hasLeader, lease })
    }
    heard(250, true, 4)
    heard(250, false, 4)
    heard(250, false)
    heard(250, true, 5)
    sight.role = 'lost'
    clock.pass(3_000)
    const text = await metrics.text()
    for (const line of [
      'carillon_cluster_role{role="leader"} 0',
      'carillon_cluster_role{role="standby"} 0',
      'carillon_cluster_role{role="lost"} 1',
      'carillon_cluster_standbys 1',
      'carillon_cluster_lease 5',
      'carillon_cluster_without_leader_seconds_total 0.5',
      'carillon_cluster_heard_seconds 3',
      'carillon_cluster_redis_seconds_bucket{le="0.025"} 4',
    ])
      assert.ok(text.split('\n').includes(line), `${line} in:\n${text}`)
  })
})
