import assert from 'node:assert/strict'
import { hashUserPassword } from '../../../src/config/passwords.js'
import type { UserSettings } from '../../../src/config/settings.js'
import { Logins } from '../../../src/http/logins.js'
import { FakeClock } from '../../fakes/clock.js'

describe('log-ins by name and password', () => {
  let logins: Logins
  let userOf: (name: string) => UserSettings | undefined
  before(async () => {
    const ann = { name: 'ann', role: 'admin', passwordHash: await hashUserPassword('right') } as unknown as UserSettings
    userOf = name => (name === 'ann' ? ann : undefined)
    logins = new Logins(userOf, new FakeClock())
  })

  const guess = async (from: string): Promise<string> => (await logins.attempt('ann', 'wrong', from)).kind

  it('are not refused at one address because of wrong passwords from other addresses', async () => {
    for (let host = 1; host <= 3; host += 1) {
      const kinds: string[] = []
      for (let each = 0; each < 6; each += 1) kinds.push(await guess(`203.0.113.${host}`))
      assert.deepEqual(kinds, ['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'slowed'])
    }
    assert.equal((await logins.attempt('ann', 'right', '198.51.100.7')).kind, 'right')
  })

  it('from a place where the name logged in before come first, and strangers from many places can’t fill their line', async () => {
    const few = new Logins(userOf, new FakeClock(), 3)
    assert.equal((await few.attempt('ann', 'right', '198.51.100.20')).kind, 'right')
    const over: string[] = []
    const flood = [1, 2, 3, 4].map(async at => over.push((await few.attempt(`user${at}`, 'wrong', `203.0.${at}.78`)).kind))
    assert.equal((await few.attempt('ann', 'right', '198.51.100.20')).kind, 'right')
    assert.deepEqual(over, ['slowed', 'wrong'], 'the queue of strangers is full, and one of them was already served')
    await Promise.all(flood)
    assert.deepEqual(over, ['slowed', 'wrong', 'wrong', 'wrong'])
  })

  it('from one address can’t fill the line of waiting log-ins', async () => {
    const flood = Array.from({ length: 60 }, (_each, at) => logins.attempt(`user${at}`, 'wrong', '203.0.113.77'))
    assert.equal((await logins.attempt('ann', 'right', '198.51.100.8')).kind, 'right')
    const kinds = (await Promise.all(flood)).map(({ kind }) => kind)
    assert.equal(kinds.filter(kind => kind === 'wrong').length, 5)
  })
})
