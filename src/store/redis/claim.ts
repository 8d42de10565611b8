import type { Clock } from '../../foundation/clock.js'
import { millis, type Millis } from '../../foundation/time.js'
import type { RedisConnection } from './connection.js'
import { format, keyNames, leaveScript, takeScript } from './scripts.js'

/** What a server has that may write: a number that grows with every claim. Redis refuses the writes of smaller numbers. */
export interface Claim {
  readonly token: number
  /** The place of the newest entry of the audit log. */
  readonly newestEntry: string
}

/** The answer when somebody else may write, or when a later version has written. */
export type Refusal =
  { readonly kind: 'held'; readonly by: string; readonly endsIn: Millis } | { readonly kind: 'tooNew'; readonly format: number }

/** How long a claim stands without news of the server that has it. */
export const claimSpan = millis(6_000)
/** How often the holder of a claim is looked at. */
const lookAgain = millis(250)

export const keysOf = (redis: RedisConnection): readonly string[] => keyNames.map(name => redis.key(name))

/** Asks once. `least`: the last token of this process, for a Redis that has lost its data. */
export async function take(redis: RedisConnection, name: string, least: number): Promise<Claim | Refusal> {
  const answer = await redis.run(takeScript, keysOf(redis), [name, claimSpan, least, format])
  const [token, more, endsIn] = Array.isArray(answer) ? (answer as readonly unknown[]) : []
  if (typeof token !== 'number') throw new Error(`an unknown answer to the claim: ${JSON.stringify(answer)}`)
  if (token > 0) return { token, newestEntry: String(more) }
  if (token < 0) return { kind: 'tooNew', format: Number(more) }
  return { kind: 'held', by: String(more), endsIn: millis(Number(endsIn)) }
}

/**
 * Claims the keys for this server at its start. A claim that nobody renews ends by itself, and this waits for it.
 */
export async function claim(redis: RedisConnection, name: string, clock: Clock): Promise<Claim | Refusal> {
  let before: Millis | undefined
  for (;;) {
    const answer = await take(redis, name, 0)
    // A claim that lasts longer than before was renewed, so its server is alive.
    if ('token' in answer || answer.kind === 'tooNew' || (before !== undefined && answer.endsIn > before)) return answer
    before = answer.endsIn
    await new Promise<void>(resolve => void clock.after(lookAgain, resolve))
  }
}

export async function leave(redis: RedisConnection, name: string, token: number): Promise<void> {
  await redis.run(leaveScript, keysOf(redis), [name, token])
}
