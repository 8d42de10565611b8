import { setTimeout as pause } from 'node:timers/promises'
import type { CarillonServer } from '../../test/wire/harness/server.js'
import type { WebCall } from '../../test/wire/harness/web-call.js'
import { WebPhone } from '../../test/wire/harness/web-phone.js'
import { z } from 'zod'
import type { Chance } from '../soak/chance.js'
import { crew, formal, uriOf } from './crew.js'

/** What agents do with a ringing call, by share. */
const habits = { answers: 70, holds: 12, transfers: 12, declines: 4, misses: 2 } as const
/** Longer than the caller talks, so that the caller usually hangs up first. */
const longestTalk = 40_000

const issuedPhone = z.object({ server: z.string(), uri: z.string(), user: z.string(), password: z.string() })

/** Agents with a browser phone each, who act like people. */
export class Agents {
  readonly names: readonly string[]
  readonly #phones: WebPhone[] = []
  #isOver = false

  constructor(
    private readonly server: CarillonServer,
    count: number,
    private readonly chance: Chance,
  ) {
    this.names = crew.slice(0, count)
  }

  /** Resolves when all phones are registered and all agents of the formal group are signed in. The others are away. */
  async begin(): Promise<void> {
    for (const name of crew)
      if (!this.names.includes(name)) await this.#put(name, 'presence', { state: 'offWork', source: 'console' })
    for (const name of this.names) {
      this.#phones.push(await this.#open(name))
      if (formal.agents.some(agent => agent === name)) await this.#put(name, `groups/${formal.group}/sign-in`)
    }
  }

  /** Errors at the phones. */
  get faults(): readonly unknown[] {
    return this.#phones.flatMap(({ faults }) => faults)
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.allSettled(this.#phones.map(phone => phone.close()))
  }

  async #open(name: string): Promise<WebPhone> {
    const response = await fetch(new URL('/api/phones', this.server.http), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ agent: uriOf(name) }),
    })
    if (!response.ok) throw new Error(`no phone for ${name}: ${response.status} ${await response.text()}`)
    const { server: url, ...account } = issuedPhone.parse(await response.json())
    const phone = await WebPhone.open({ url, ...account, takes: call => this.#takes(name, call) })
    const answer = await phone.register()
    if (!answer.startsWith('SIP/2.0 200')) throw new Error(`${name} can't register: ${answer.split('\r\n', 1)[0]}`)
    return phone
  }

  async #put(name: string, path: string, body?: unknown): Promise<void> {
    const status = await this.server.put(`/api/agents/${encodeURIComponent(uriOf(name))}/${path}`, body)
    if (status >= 300) throw new Error(`PUT ${path} of ${name}: ${status}`)
  }

  async #takes(name: string, call: WebCall): Promise<void> {
    const { chance } = this
    const habit = chance.weighed(habits)
    await call.ring()
    if (habit === 'misses') return
    await Promise.race([pause(chance.between(800, 4_000)), call.ended])
    if (call.state !== 'ringing' || this.#isOver) return
    if (habit === 'declines') return call.decline(486)
    await call.answer()
    await Promise.race([pause(chance.between(2_000, 5_000)), call.ended])
    if (habit === 'holds') await this.#holds(call)
    if (habit === 'transfers') await this.#transfers(name, call)
    await Promise.race([pause(longestTalk), call.ended])
    if (!this.#isOver) await call.hangUp()
  }

  async #holds(call: WebCall): Promise<void> {
    if (call.state !== 'talking' || (await call.hold(true)) >= 300) return
    await Promise.race([pause(this.chance.between(2_000, 4_000)), call.ended])
    if (call.state === 'talking') await call.hold(false)
  }

  async #transfers(name: string, call: WebCall): Promise<void> {
    const colleague = this.chance.of(this.names.filter(other => other !== name))
    if (colleague === undefined || call.state !== 'talking') return
    const status = await call.transfer(uriOf(colleague))
    if (status >= 200 && status < 300) await call.hangUp()
  }
}
