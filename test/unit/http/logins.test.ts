import assert from 'node:assert/strict'
import { hashUserPassword } from '../../../src/config/passwords.js'
import type { UserSettings } from '../../../src/config/settings.js'
import { Logins } from '../../../src/http/logins.js'
import { FakeClock } from '../../fakes/clock.js'

describe('Log-ins by name and password', () => {
  let logins: Logins
  before(async () => {
    const ann = { name: 'ann', role: 'admin', passwordHash: await hashUserPassword('right') } as unknown as UserSettings
    logins = new Logins(name => (name === 'ann' ? ann : undefined), new FakeClock())
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

  it('from one address never fill the queue of waiting log-ins', async () => {
    const flood = Array.from({ length: 60 }, (_each, at) => logins.attempt(`user${at}`, 'wrong', '203.0.113.77'))
    assert.equal((await logins.attempt('ann', 'right', '198.51.100.8')).kind, 'right')
    const kinds = (await Promise.all(flood)).map(({ kind }) => kind)
    assert.equal(kinds.filter(kind => kind === 'wrong').length, 5)
  })
})
