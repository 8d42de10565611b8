import { setTimeout as pause } from 'node:timers/promises'
import type { Machine } from '../cluster/machine.js'
import { hubAddress, redisAddress } from '../cluster/namespaces.js'
import type { Redis } from '../cluster/redis.js'
import type { Chance } from '../soak/chance.js'

/** What a fault may touch. */
export interface Target {
  readonly leader: Machine
  readonly other: Machine
  readonly redis: Redis
  readonly chance: Chance
}

/** Each fault begins and ends before it resolves. The nodes that end by it are started again by somebody else. */
export const faults = {
  killLeader: async ({ leader }) => {
    leader.server?.signal('SIGKILL')
  },
  unplugLeader: async ({ leader, chance }) => {
    leader.net.unplug()
    await pause(chance.between(500, 5_000))
    leader.net.plug()
  },
  stopLeader: async ({ leader, chance }) => {
    const { server } = leader
    server?.signal('SIGSTOP')
    await pause(chance.between(500, 6_000))
    server?.signal('SIGCONT')
  },
  killBoth: async ({ leader, other }) => {
    for (const { server } of [leader, other]) server?.signal('SIGKILL')
  },
  leave: async ({ leader }) => {
    leader.server?.signal('SIGTERM')
  },
  killRedis: async ({ redis, chance }) => {
    await redis.kill()
    await pause(chance.between(100, 3_000))
    await redis.start()
  },
  pauseRedis: async ({ redis, chance }) => {
    redis.pause()
    await pause(chance.between(200, 4_000))
    redis.goOn()
  },
  cutRedis: ({ leader, chance }) => cut(leader, redisAddress, chance.between(500, 5_000)),
  cutPeers: ({ leader, chance }) => cut(leader, hubAddress, chance.between(200, 3_000)),
  flap: async ({ leader, chance }) => {
    for (let times = 0; times < 6; times += 1) {
      await cut(leader, redisAddress, chance.between(100, 600))
      await pause(chance.between(50, 400))
    }
  },
  jumpClock: async ({ leader }) => {
    leader.server?.signal('SIGUSR2')
  },
} as const satisfies Readonly<Record<string, (target: Target) => Promise<void>>>

export type FaultName = keyof typeof faults

/** Makes SIGUSR2 set the wall clock of the process, now ahead and now back. */
export const jumpingClock = [
  '--import',
  `data:text/javascript,const right=Date.now;let by=0;Date.now=()=>right()+by;process.on('SIGUSR2',()=>{by=(by<=0)*10800000-3600000})`,
]

async function cut({ net }: Machine, address: string, ms: number): Promise<void> {
  net.cut(address)
  await pause(ms)
  net.mend(address)
}
