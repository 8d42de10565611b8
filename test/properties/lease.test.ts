import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  answered,
  beginning,
  mayDecide,
  nextQuestion,
  passed,
  type LeaseAnswer,
  type LeaseState,
} from '../../src/cluster/lease.js'

const span = 2_000

/** One Redis process. */
interface FakeRedis {
  readonly id: string
  token: number
  holder: string | undefined
  /** When the lease ends by itself. */
  ends: number
}

type Question = NonNullable<ReturnType<typeof nextQuestion>>

/** What the script of src/store/redis/lease.ts does. */
function ask(redis: FakeRedis, name: string, question: Question, now: number): LeaseAnswer {
  if (redis.holder !== undefined && now >= redis.ends) redis.holder = undefined
  const isFree = redis.holder === undefined
  if (question.kind === 'renew') {
    if (question.token === redis.token && (isFree || redis.holder === name)) return give(redis, name, now)
    return { kind: 'theirs', server: redis.id, leader: redis.holder }
  }
  if (!isFree || question.server !== redis.id) return { kind: 'theirs', server: redis.id, leader: redis.holder }
  redis.token += 1
  return give(redis, name, now)
}

function give(redis: FakeRedis, name: string, now: number): LeaseAnswer {
  Object.assign(redis, { holder: name, ends: now + span })
  return { kind: 'ours', server: redis.id, token: redis.token }
}

interface Message {
  readonly node: number
  readonly question: Question
  readonly sentAt: number
  readonly arrives: number
  readonly back: number
  /** Of the process that sent it. A process that began again does not get it. */
  readonly life: number
  answer?: LeaseAnswer
}

interface Node {
  state: LeaseState
  life: number
  /** It does nothing before this moment. */
  pausedUntil: number
  asksAt: number
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('pause', 'failOver', 'restart', 'slow', 'nothing', 'nothing', 'nothing'),
    node: fc.nat(2),
    span: fc.integer({ min: 10, max: 6_000 }),
    /** How old the copy is that a fail-over begins with, and how long Redis is away. */
    lost: fc.integer({ min: 0, max: 4_000 }),
    wait: fc.integer({ min: 1, max: 1_500 }),
  }),
  { minLength: 20, maxLength: 60 },
)

describe('The lease (property)', () => {
  it('is never of two nodes that decide, and tokens never go back without a new Redis', () => {
    let led = 0
    fc.assert(
      fc.property(steps, given => {
        led += run(given)
      }),
      { numRuns: 300 },
    )
    assert.ok(led > 300, 'nodes did lead')
  })

  it('is taken within a span and a half of the leader’s death', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), offset => {
        const world = new World()
        world.pass(6_000 + offset)
        const first = world.leader()
        assert.notEqual(first, -1)
        world.pauseFor(first, 1e9)
        world.pass(1.5 * span)
        const second = world.leader()
        assert.ok(second !== -1 && second !== first)
      }),
      { numRuns: 50 },
    )
  })
})

class World {
  now = 0
  latency = 5
  #servers = 1
  redis: FakeRedis = { id: 'r1', token: 0, holder: undefined, ends: 0 }
  #awayUntil = 0
  readonly #past: { at: number; copy: FakeRedis }[] = []
  readonly #nodes: Node[] = [0, 1, 2].map(index => ({ state: beginning, life: 0, pausedUntil: 0, asksAt: index * 37 }))
  #messages: Message[] = []
  led = 0

  pass(ms: number): void {
    for (let end = this.now + ms; this.now < end; this.now += 5) this.#tick()
  }

  leader(): number {
    return this.#nodes.findIndex((node, index) => this.#decides(node, index))
  }

  pauseFor(node: number, ms: number): void {
    const paused = this.#nodes[node]
    if (paused) paused.pausedUntil = Math.max(paused.pausedUntil, this.now + ms)
  }

  restart(node: number): void {
    const old = this.#nodes[node]
    if (old) this.#nodes[node] = { state: beginning, life: old.life + 1, pausedUntil: 0, asksAt: this.now + 300 }
  }

  /** Another Redis takes over. It has what this one had `lost` ms before, and this one answers nobody any more. */
  failOver(lost: number, away: number): void {
    const { copy } = this.#past.findLast(({ at }) => at <= this.now - lost) ?? {
      copy: { ...this.redis, token: 0, holder: undefined },
    }
    this.#servers += 1
    this.redis = { ...copy, id: `r${this.#servers}` }
    this.#awayUntil = this.now + away
    this.#messages = this.#messages.filter(({ answer }) => answer)
  }

  #tick(): void {
    this.#past.push({ at: this.now, copy: { ...this.redis } })
    for (const message of this.#messages)
      if (!message.answer && message.arrives <= this.now && this.now >= this.#awayUntil)
        message.answer = ask(this.redis, `n${message.node}`, message.question, this.now)
    for (const [index, node] of this.#nodes.entries()) if (node.pausedUntil <= this.now) this.#wake(index, node)
    const deciding = this.#nodes.filter((node, index) => this.#decides(node, index))
    this.led += deciding.length
    assert.ok(deciding.length <= 1, `at ${this.now} two nodes decide: ${JSON.stringify(this.#nodes)}`)
  }

  /** A node that is paused can't decide. When it goes on, it asks `mayDecide` first. */
  #decides({ state, pausedUntil }: Node, _index: number): boolean {
    return pausedUntil <= this.now && mayDecide(state, this.now)
  }

  #wake(index: number, node: Node): void {
    const mine = this.#messages.filter(each => each.node === index && each.answer && each.back <= this.now)
    this.#messages = this.#messages.filter(each => !mine.includes(each))
    node.state = passed(node.state, this.now)
    for (const { answer, sentAt, life } of mine)
      if (answer && life === node.life) node.state = answered(node.state, answer, { sentAt, now: this.now, span })
    if (node.state.kind === 'over') return this.restart(index)
    if (node.asksAt > this.now) return
    node.asksAt = this.now + span / 8
    const question = nextQuestion(node.state, span, this.now)
    const arrives = this.now + this.latency
    if (question)
      this.#messages.push({ node: index, question, sentAt: this.now, arrives, back: arrives + this.latency, life: node.life })
  }
}

interface Step {
  readonly kind: string
  readonly node: number
  readonly span: number
  readonly lost: number
  readonly wait: number
}

/** Returns for how many ticks a node led. */
function run(given: readonly Step[]): number {
  const world = new World()
  for (const { kind, node, span: ms, lost, wait } of given) {
    world.latency = kind === 'slow' ? ms / 2 : 5
    if (kind === 'pause') world.pauseFor(node, ms)
    if (kind === 'failOver') world.failOver(lost, ms % 3_000)
    if (kind === 'restart') world.restart(node)
    world.pass(wait)
  }
  return world.led
}
