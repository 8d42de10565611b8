import assert from 'node:assert/strict'
import { instant } from '../../../src/foundation/time.js'
import type { CallDocument } from '../../../src/http/documents.js'
import type { AgentUri, WorkflowName } from '../../../src/routing/world/ids.js'
import { Site, tokenOf as token } from './site.js'

const [alice, bob] = ['sip:alice@example.com', 'sip:bob@example.com'] as const
const tokens = [
  token('viewer', { role: 'viewer' }),
  token('alice', { role: 'agent', agent: alice as AgentUri }),
  token('manager', { role: 'manager', workflows: ['support' as WorkflowName], agent: bob as AgentUri }),
  token('other', { role: 'manager', workflows: ['sales' as WorkflowName], agent: bob as AgentUri }),
  token('deskless', { role: 'manager', workflows: ['support' as WorkflowName] }),
  token('admin', { role: 'admin' }),
]

describe('supervision over HTTP', () => {
  let site: Site
  let call: string
  const as = (who: string, method: string, path: string, body?: unknown): Promise<Response> =>
    site.ask(method, path, body, { authorization: `Bearer ${who}` })
  const supervise = async (who: string, body: unknown = { mode: 'listen' }): Promise<string> => {
    const response = await as(who, 'PUT', `/api/calls/${call}/supervision`, body)
    const { detail = '' } = response.status === 204 ? {} : ((await response.json()) as { detail?: string })
    return `${response.status} ${detail}`.trim()
  }

  beforeEach(async () => {
    site = new Site({ tokens })
    await site.start()
    site.shell.dial('support')
    const [id] = site.shell.world.calls.keys()
    call = id ?? ''
  })
  afterEach(() => site.stop())

  it('is for managers of the workflow and for admins', async () => {
    const answers: Record<string, string> = {}
    for (const { name } of tokens) answers[name] = (await supervise(name, { mode: 'listen', agent: bob })).slice(0, 3)
    assert.deepEqual(answers, { viewer: '403', alice: '403', manager: '409', other: '403', deskless: '403', admin: '409' })
  })

  it('needs a phone: that of the person’s agent, or one that an admin names', async () => {
    assert.match(await supervise('deskless'), /^409 you have no phone here/)
    assert.match(await supervise('admin'), /^409 you have no phone here/)
    assert.match(await supervise('manager', { mode: 'listen', agent: alice }), /^403 this needs to be sip:alice/)
    assert.match(await supervise('admin', { mode: 'listen', agent: 'sip:nobody@example.com' }), /^404 /)
  })

  it('says why a call can’t be heard', async () => {
    assert.match(await supervise('manager'), /^409 \S+: nobody talks in it/)
    call = 'c9'
    assert.match(await supervise('manager'), /^404 there is no call 'c9' in progress/)
    assert.match(await supervise('manager', { mode: 'shout' }), /^400 /)
  })

  it('leaves a call that the person does not supervise as it is', async () => {
    const response = await as('manager', 'DELETE', `/api/calls/${call}/supervision`)
    assert.deepEqual([response.status, response.headers.get('carillon-unchanged')], [204, 'true'])
    assert.equal((await as('other', 'DELETE', `/api/calls/${call}/supervision`)).status, 403)
  })

  it('is in the audit log, also when it was refused', async () => {
    await supervise('manager', { mode: 'whisper' })
    await supervise('viewer')
    await as('manager', 'DELETE', `/api/calls/${call}/supervision`)
    const { entries } = (await (await as('admin', 'GET', '/api/audit')).json()) as {
      entries: { who: string; what: string; done: boolean }[]
    }
    assert.deepEqual(entries.map(({ who, what, done }) => [who, what, done]).reverse(), [
      ['manager', `whispered to the agent of the call ${call}`, false],
      ['viewer', `supervised the call ${call}`, false],
      ['manager', `stopped listening to the call ${call}`, true],
    ])
  })

  it('is shown to the agent only if the config says so, and always to others', async () => {
    site.supervisors = [{ name: 'max', agent: bob as AgentUri, mode: 'listen', since: instant(site.shell.clock.now()) }]
    const shownTo = async (who: string): Promise<string[]> => {
      const response = await as(who, 'GET', `/api/calls/${call}`)
      return ((await response.json()) as CallDocument).supervisors.map(({ name, mode }) => `${name} ${mode}`)
    }
    for (const who of ['alice', 'manager', 'viewer']) assert.deepEqual(await shownTo(who), ['max listen'], who)
    site.supervisionIsShown = false
    assert.deepEqual(await shownTo('alice'), [])
    for (const who of ['manager', 'viewer', 'admin']) assert.deepEqual(await shownTo(who), ['max listen'], who)
  })
})
