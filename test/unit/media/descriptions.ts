import assert from 'node:assert/strict'
import type { Body } from '../../../src/legs/body.js'

/** SDP of a caller at 192.0.2.9 with these media lines. */
export function sdp(...media: readonly string[]): string {
  return ['v=0', 'o=alice 7 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...media, ''].join('\r\n')
}

export const body = (text: string): Body => ({ type: 'application/sdp', text })

export const offered = (...media: readonly string[]): Body => body(sdp(...media))

/** Compares only these fields. */
export function has<T extends object>(actual: T | string | undefined, expected: Partial<T>): void {
  if (typeof actual !== 'object') assert.fail(`expected an object, got ${actual ?? 'undefined'}`)
  assert.deepEqual(actual, { ...actual, ...expected })
}
