import assert from 'node:assert/strict'
import { hashUserPassword } from '../../../src/config/passwords.js'
import { Shares } from '../../../src/http/shares.js'
import { FakeClock } from '../../fakes/clock.js'
import { Site } from './site.js'

const wrapUp = '/api/agents/sip%3Aalice%40example.com/wrap-up'

describe('the share of one person', () => {
  it('is 120 changes at once and two a second: no more fill the audit log, and others lose nothing', async () => {
    const passwordHash = await hashUserPassword('right')
    const users = ['ann', 'ben'].map(name => ({ name, passwordHash, role: 'viewer', workflows: [] }) as const)
    const site = new Site({ users })
    await site.start()
    const login = async (name: string): Promise<string> => {
      const [set = ''] = (await site.ask('POST', '/api/session', { name, password: 'right' })).headers.getSetCookie()
      return set.split(';')[0] ?? ''
    }
    const [ann, ben] = [await login('ann'), await login('ben')]
    const change = async (cookie: string): Promise<number> =>
      (await site.ask('DELETE', wrapUp, undefined, { cookie, 'sec-fetch-site': 'same-origin' })).status
    const answers: number[] = []
    for (let each = 0; each < 125; each += 1) answers.push(await change(ann))
    assert.deepEqual(answers.slice(119), [403, 429, 429, 429, 429, 429])
    assert.equal(await change(ben), 403)
    site.shell.clock.pass(1_000)
    assert.deepEqual([await change(ann), await change(ann), await change(ann)], [403, 403, 429])
    const entries = await site.store.audit({ limit: 1_000 })
    assert.equal(entries.filter(({ who, done }) => who === 'ann' && !done).length, 122)
    await site.stop()
  })

  it('is 64 requests that wait for their answers, however many connections they come by', () => {
    const shares = new Shares(new FakeClock())
    const who = { kind: 'token', name: 'viewer', role: 'viewer', workflows: [] } as const
    const over: (() => void)[] = []
    const status = (name: string): number | undefined =>
      shares.refuses({ ...who, name }, told => void over.push(told), false)?.status
    const refused = Array.from({ length: 65 }, () => status('viewer'))
    assert.deepEqual(refused, [...Array<undefined>(64).fill(undefined), 429])
    assert.equal(status('other'), undefined)
    over[0]?.()
    assert.deepEqual([status('viewer'), status('viewer')], [undefined, 429])
  })
})
