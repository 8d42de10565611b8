import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import fc from 'fast-check'
import { spy } from 'sinon'
import { hashUserPassword } from '../../../src/config/passwords.js'
import type { PlanView } from '../../../src/config/plan-view.js'
import type { AccessSettings, Rights, Role } from '../../../src/config/settings.js'
import { instant } from '../../../src/foundation/time.js'
import type { AgentDocument, CallDocument, SessionDocument } from '../../../src/http/documents.js'
import { refusal, sightOf, type Principal } from '../../../src/http/rights.js'
import { routes } from '../../../src/http/routes.js'
import type { AgentUri, CallId, GroupName, WorkflowName } from '../../../src/routing/world/ids.js'
import type { CallRecord } from '../../../src/store/port.js'
import { sdp } from '../../fakes/signaling.js'
import { routing, Site } from './site.js'

const running: Site[] = []
async function start(...given: ConstructorParameters<typeof Site>): Promise<Site> {
  const site = new Site(...given)
  running.push(site)
  await site.start()
  return site
}

const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri
const olga = 'sip:olga@example.com' as AgentUri
const path = (uri: string) => `/api/agents/${encodeURIComponent(uri)}`
const digestOf = (token: string) => createHash('sha256').update(token).digest('hex')
const token = (name: string, rights: Partial<Rights> & { role: Role }, more = {}) => ({
  ...{ name, digest: digestOf(name), workflows: [] },
  ...rights,
  ...more,
})
const bearer = (name: string) => ({ authorization: `Bearer ${name}` })
const support = 'support' as WorkflowName

/** A token for each kind of person. The token is also the name. */
const tokens = [
  token('viewer', { role: 'viewer' }),
  token('alice', { role: 'agent', agent: alice }),
  token('bob', { role: 'agent', agent: bob }),
  token('manager', { role: 'manager', workflows: [support] }),
  token('boss', { role: 'manager', agent: alice, workflows: [support] }),
  token('admin', { role: 'admin' }),
]

/** The rights of each person, written by hand as in docs/operations. alice is in support and sales, bob in support, olga in sales. */
const written: readonly (readonly [method: string, url: string, allowed: string])[] = [
  ['GET', '/api/agents', 'viewer alice bob manager boss admin'],
  ['GET', path(alice), 'viewer alice bob manager boss admin'],
  ['GET', path(olga), 'viewer alice boss admin'],
  ['PUT', `${path(alice)}/presence`, 'alice manager boss admin'],
  ['PUT', `${path(bob)}/presence`, 'bob manager boss admin'],
  ['PUT', `${path(olga)}/presence`, 'admin'],
  ['DELETE', `${path(bob)}/presence/http`, 'bob manager boss admin'],
  ['PUT', `${path(bob)}/groups/support/sign-in`, 'bob manager boss admin'],
  ['DELETE', `${path(bob)}/groups/support/sign-in`, 'bob manager boss admin'],
  ['PUT', `${path(alice)}/groups/sales/sign-in`, 'alice boss admin'],
  ['PUT', `${path(olga)}/groups/sales/sign-in`, 'admin'],
  ['DELETE', `${path(bob)}/wrap-up`, 'bob admin'],
  ['DELETE', `${path(alice)}/wrap-up`, 'alice boss admin'],
  ['DELETE', `${path(bob)}/pause`, 'bob manager boss admin'],
  ['DELETE', `${path(bob)}/offers/x`, 'bob admin'],
  ['DELETE', `${path(bob)}/transfer`, 'bob admin'],
  ['DELETE', `${path(alice)}/transfer`, 'alice boss admin'],
  ['POST', `${path(bob)}/picks`, 'bob admin'],
  ['POST', `${path(bob)}/consultation`, 'bob admin'],
  ['POST', `${path(bob)}/consultation/join`, 'bob admin'],
  ['GET', `${path(bob)}/outbound`, 'bob admin'],
  ['POST', '/api/phones', 'bob admin'],
  ['GET', '/api/phones', 'viewer manager boss admin'],
  ['GET', '/api/groups', 'viewer alice bob manager boss admin'],
  ['GET', '/api/queues', 'viewer alice bob manager boss admin'],
  ['GET', '/api/calls', 'viewer alice bob manager boss admin'],
  ['GET', '/api/calls/x', 'viewer alice bob manager boss admin'],
  ['GET', '/api/calls/x/explain', 'viewer alice bob manager boss admin'],
  ['GET', '/api/calls/x/ladder', 'viewer manager boss admin'],
  ['GET', '/api/calls/x/bundle', 'admin'],
  ['GET', '/api/events', 'viewer alice bob manager boss admin'],
  ['GET', '/api/report?from=2026-11-01&to=2026-12-01', 'viewer manager boss admin'],
  ['GET', '/api/report.csv?from=2026-11-01&to=2026-12-01', 'viewer manager boss admin'],
  ['GET', '/api/calls.csv', 'viewer alice bob manager boss admin'],
  ['GET', '/api/config', 'viewer manager boss admin'],
  ['GET', '/api/config/check', 'viewer manager boss admin'],
  ['GET', '/api/config/objects', 'manager boss admin'],
  ['GET', '/api/config/objects/group/support', 'manager boss admin'],
  ['GET', '/api/config/edits', 'manager boss admin'],
  ['POST', '/api/config/edits/plan', 'manager boss admin'],
  ['POST', '/api/config/edits', 'manager boss admin'],
  ['PUT', '/api/calls/x/recording', 'alice bob manager boss admin'],
  ['GET', '/api/calls/x/recording', 'alice bob manager boss admin'],
  ['GET', '/api/calls/x/recording/sound', 'alice bob manager boss admin'],
  ['GET', '/api/calls/x/recording/file', 'alice bob manager boss admin'],
  ['GET', '/api/calls/x/recording/waveform', 'alice bob manager boss admin'],
  ['DELETE', '/api/calls/x/recording', 'admin'],
  ['PUT', '/api/calls/x/supervision', 'manager boss admin'],
  ['DELETE', '/api/calls/x/supervision', 'manager boss admin'],
  ['GET', '/api/recordings', 'manager boss admin'],
  ['POST', '/api/config/recordings?of=workflow&name=support&label=x', 'manager boss admin'],
  ['GET', '/api/config/recordings', 'admin'],
  ['DELETE', '/api/config/recordings?file=x.wav', 'admin'],
  ['GET', '/api/config/recordings/sound?file=x.wav', 'manager boss admin'],
  ['POST', '/api/config/speech', 'manager boss admin'],
  ['POST', '/api/config/reload', 'admin'],
  ['POST', '/api/cluster/leave', 'admin'],
  ['GET', '/api/log-levels', 'viewer manager boss admin'],
  ['PUT', '/api/log-levels/sip', 'admin'],
  ['GET', '/api/workflows', 'viewer manager boss admin'],
  ['GET', '/api/audit', 'manager boss admin'],
  ['GET', '/api/audit.csv', 'manager boss admin'],
  ['GET', '/api/webhooks', 'admin'],
  ['GET', '/api/webhooks/x/deliveries', 'admin'],
  ['POST', '/api/webhooks/x/test', 'admin'],
]

/** The bodies of requests in the table that need one, by the end of their path. */
const bodies: Readonly<Record<string, object>> = {
  presence: { state: 'busy' },
  picks: { callId: 'x' },
  consultation: { callId: 'x', to: bob },
  join: { callId: 'x' },
  recording: { state: 'on' },
  supervision: { mode: 'listen' },
  phones: { agent: bob },
  sip: { level: 'debug' },
}

describe('access to the HTTP API', () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map(site => site.stop()))
  })

  describe('rights', () => {
    it('are in the written table for every route that needs a right', () => {
      const covers = (method: string, url: string): boolean => {
        const form = new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}(\\?|$)`)
        return written.some(([each, path]) => each === method && form.test(path))
      }
      assert.deepEqual(
        routes
          .filter(({ needs, method, url }) => needs !== 'nothing' && !covers(method, url))
          .map(each => `${each.method} ${each.url}`),
        [],
      )
    })

    it('match the written table for every person and route', async () => {
      const site = await start({ tokens })
      for (const [method, url, allowed] of written) {
        const wrong = []
        for (const { name } of tokens) {
          const body = method === 'GET' ? undefined : bodies[url.split('/').at(-1) ?? '']
          const response = await site.ask(method, url, body, bearer(name))
          if ((response.status !== 403) !== allowed.split(' ').includes(name)) wrong.push(`${name} ${response.status}`)
          await response.body?.cancel()
        }
        assert.deepEqual(wrong, [], `${method} ${url}`)
        assert.equal((await site.ask(method, url)).status, 401, url)
      }
    })

    it('never grow when a role, a scope or a workflow is taken away', () => {
      const roles: readonly Role[] = ['viewer', 'agent', 'manager', 'admin']
      const agents = fc.constantFrom(alice, bob, olga)
      const principals = fc.record({
        role: fc.constantFrom(...roles),
        agent: fc.option(agents, { nil: undefined }),
        workflows: fc.subarray([support, 'sales' as WorkflowName]),
      })
      const subjects = fc.record({
        agent: fc.option(agents, { nil: undefined }),
        group: fc.option(fc.constantFrom('support' as GroupName, 'sales' as GroupName), { nil: undefined }),
        guest: fc.boolean(),
      })
      const refuses = (
        route: (typeof routes)[number],
        rights: Rights,
        subject: object,
        scopes?: Principal['scopes'],
      ): boolean => {
        const who = { kind: 'token', name: 'x', ...rights, ...(scopes && { scopes }) } as const
        return refusal(route, who, subject, sightOf(rights, routing)) !== undefined
      }
      fc.assert(
        fc.property(
          fc.constantFrom(...routes),
          principals,
          subjects,
          (route, { role, agent, workflows }, { agent: other, group, guest }) => {
            const rights: Rights = { role, workflows, ...(agent && { agent }) }
            const subject = { guest, ...(other && { agent: other }), ...(group && { group }) }
            const refused = refuses(route, rights, subject)
            if (route.needs === 'nothing') return assert.ok(!refused)
            if (role === 'admin') assert.ok(!refused, 'an admin may do everything')
            if (role === 'viewer' && route.method !== 'GET') assert.equal(refused, !(route.needs === 'phone' && guest))
            assert.ok(refuses(route, rights, subject, []), 'a token without a scope may do nothing')
            if (refused) {
              assert.ok(refuses(route, rights, subject, [route.scope]), 'a scope gives nothing that the role does not')
              assert.ok(refuses(route, { ...rights, workflows: [] }, subject))
            }
          },
        ),
      )
    })

    it('are named in a refusal, with who asked', async () => {
      const site = await start({ tokens })
      const response = await site.ask('PUT', `${path(olga)}/groups/sales/sign-in`, undefined, bearer('manager'))
      const { detail } = (await response.json()) as { detail: string }
      assert.match(detail, /to be sip:olga@example\.com, a manager of a workflow that rings the group 'sales', or the role admin/)
      assert.match(detail, /token 'manager' has the role manager/)
    })
  })

  describe('what the API shows', () => {
    let site: Site
    beforeEach(async () => {
      site = await start({ tokens: [...tokens, token('olga', { role: 'agent', agent: olga })] })
    })
    const names = async (url: string, who: string): Promise<unknown[]> => {
      const list = (await (await site.ask('GET', url, undefined, bearer(who))).json()) as Record<string, unknown>[]
      return list.map(each => each['name'] ?? each['uri'] ?? each['workflow'])
    }
    const uris = async (who: string): Promise<string[]> => {
      const list = (await (await site.ask('GET', '/api/agents', undefined, bearer(who))).json()) as AgentDocument[]
      return list.map(({ uri }) => uri).sort()
    }

    it('is limited to the groups of an agent, and to what the workflows of a manager lead to', async () => {
      site.shell.dial('support')
      site.shell.dial('sales')
      assert.deepEqual(await uris('viewer'), [alice, bob, olga])
      assert.deepEqual(await uris('manager'), [alice, bob])
      assert.deepEqual(await uris('olga'), [alice, olga])
      assert.deepEqual(await names('/api/groups', 'olga'), ['sales'])
      assert.deepEqual(await names('/api/queues', 'manager'), ['support'])
      assert.deepEqual(await names('/api/calls', 'manager'), ['support'])
      assert.deepEqual(await names('/api/calls', 'olga'), ['sales'])
      assert.deepEqual(await names('/api/calls', 'viewer'), ['support', 'sales'])
    })

    it('is limited to records of a manager’s workflows, and to calls that an agent answered or talked in', async () => {
      const record = (call: string, workflow: string, agent?: AgentUri, more: object = {}) =>
        site.store.saveRecord({
          ...{ call, workflow, caller: 'sip:carol@example.com', arrivedAt: 1, endedAt: 2, talked: 0 },
          ...{ waits: [], offers: [], answers: [], outcome: 'answered', ...(agent && { agent }), ...more },
        } as unknown as CallRecord)
      record('c1', 'support', alice)
      record('c2', 'sales', alice)
      record('c3', 'sales', olga)
      const talk = (agent: AgentUri, from: number) => ({ agent, side: 'agent' as const, from, to: from + 1 })
      record('c4', 'sales', alice, { talks: [talk(alice, 1), talk(olga, 2)] })
      const calls = async (who: string, more = ''): Promise<string[]> => {
        const answer = await site.ask('GET', `/api/calls?state=finished${more}`, undefined, bearer(who))
        const { calls } = (await answer.json()) as { calls?: { callId: string }[] }
        return (calls ?? [{ callId: String(answer.status) }]).map(({ callId }) => callId).sort()
      }
      assert.deepEqual(await calls('viewer'), ['c1', 'c2', 'c3', 'c4'])
      assert.deepEqual(await calls('manager'), ['c1'])
      assert.deepEqual(await calls('manager', '&workflow=sales'), [])
      assert.deepEqual(await calls('olga'), ['c3', 'c4'], 'she sees calls that were transferred to her')
      assert.deepEqual(await calls('olga', `&agent=${encodeURIComponent(olga)}`), ['c3', 'c4'])
      assert.equal((await site.ask('GET', '/api/calls/c4', undefined, bearer('olga'))).status, 200)
      assert.deepEqual(await calls('olga', `&agent=${encodeURIComponent(alice)}`), ['403'])
      assert.equal((await site.ask('GET', '/api/calls/c2', undefined, bearer('olga'))).status, 404)
      assert.equal((await site.ask('GET', '/api/calls/c2', undefined, bearer('manager'))).status, 404)
      assert.equal((await site.ask('GET', '/api/calls/c2', undefined, bearer('alice'))).status, 200)
      const unseen = await site.ask('GET', '/api/calls/c2/explain', undefined, bearer('olga'))
      assert.match(await unseen.text(), /nothing is known of a call 'c2'/)
      assert.equal((await site.ask('GET', '/api/calls/known/explain', undefined, bearer('olga'))).status, 404)
      assert.equal((await site.ask('GET', '/api/calls/known/explain', undefined, bearer('viewer'))).status, 200)
      const ladder = async (call: string, who: string): Promise<number> =>
        (await site.ask('GET', `/api/calls/${call}/ladder`, undefined, bearer(who))).status
      assert.equal(await ladder('c1', 'manager'), 200)
      assert.equal(await ladder('c2', 'manager'), 404)
      assert.equal(await ladder('c2', 'viewer'), 200)
      assert.equal(await ladder('c2', 'admin'), 200)
      // Call-ID and tags would let somebody forge a request in the call, so only people who may act on calls get them.
      assert.deepEqual(site.wholeLadders, [false, false, true])
      // SIP messages name callers who hide from agents, and the addresses of colleagues.
      assert.equal(await ladder('c2', 'alice'), 403)
      const report = await site.ask('GET', '/api/report?from=1970-01-01&to=1970-01-02', undefined, bearer('manager'))
      const { rows } = (await report.json()) as { rows: { name: string }[] }
      assert.deepEqual(
        rows.map(({ name }) => name),
        ['support'],
      )
      const listed = async (who: string, query = ''): Promise<readonly string[]> => {
        const answer = await site.ask('GET', `/api/calls.csv?${query}`, undefined, bearer(who))
        if (answer.status !== 200) return [String(answer.status)]
        return (await answer.text())
          .trimEnd()
          .split('\r\n')
          .slice(1)
          .map(line => line.split(',').at(-2) ?? '')
          .sort()
      }
      assert.deepEqual(await listed('olga'), ['c3', 'c4'])
      assert.deepEqual(await listed('olga', `agent=${encodeURIComponent(alice)}`), ['403'])
      assert.deepEqual(await listed('manager', 'workflow=sales'), [], 'a filter shows no workflow of others')
    })

    it('includes a call found by a SIP Call-ID, but the other Call-IDs only for people who may act on calls', async () => {
      const sipCallIds = ['7c/1?@192.0.2.9', 'our-leg@192.0.2.1']
      site.store.saveRecord({
        ...{ call: 'c2', workflow: 'sales', caller: 'sip:carol@example.com', arrivedAt: 1, endedAt: 2, talked: 0 },
        ...{ waits: [], offers: [], answers: [], outcome: 'abandoned', sipCallIds },
      } as unknown as CallRecord)
      const ask = (path: string, who: string) => site.ask('GET', path, undefined, bearer(who))
      const found = async (who: string, sipCallId: string): Promise<unknown[]> => {
        const answer = await ask(`/api/calls?sipCallId=${encodeURIComponent(sipCallId)}`, who)
        const { calls } = (await answer.json()) as { calls: { callId: string; cause: string; sipCallIds?: string[] }[] }
        return calls.map(call => [call.callId, call.cause, call.sipCallIds])
      }
      for (const each of sipCallIds) {
        assert.deepEqual(await found('viewer', each), [['c2', 'callerHungUp', undefined]])
        assert.deepEqual(await found('admin', each), [['c2', 'callerHungUp', sipCallIds]])
        assert.deepEqual(await found('manager', each), [], 'a search shows no call that the user may not see')
        const path = `/api/calls/${encodeURIComponent(each)}`
        assert.equal((await ask(path, 'viewer')).status, 200)
        assert.equal((await ask(path, 'manager')).status, 404)
        const ladder = (await (await ask(`${path}/ladder`, 'viewer')).json()) as { callId: string }
        assert.equal(ladder.callId, 'c2')
      }
      assert.deepEqual(await found('admin', '7c'), [], 'a part of a Call-ID finds nothing')
      assert.equal((await ask('/api/calls?state=finished&sipCallId=nobodys', 'viewer')).status, 200)
    })

    it('includes a call in progress that is found by a SIP Call-ID', async () => {
      const caller = site.shell.dial('sales')
      const now = (await (await site.ask('GET', '/api/calls', undefined, bearer('viewer'))).json()) as CallDocument[]
      const callId = now[0]?.callId ?? ''
      site.legs.begin(callId as CallId, caller.sipCallId)
      const answer = await site.ask('GET', `/api/calls?sipCallId=${caller.sipCallId}`, undefined, bearer('viewer'))
      const { calls } = (await answer.json()) as { calls: CallDocument[] }
      assert.deepEqual(
        calls.map(call => [call.callId, call.state]),
        [[callId, 'ringing']],
      )
      const hidden = await site.ask('GET', `/api/calls?sipCallId=${caller.sipCallId}`, undefined, bearer('manager'))
      assert.deepEqual(await hidden.json(), { calls: [], next: null })
    })

    it('has the marks of passwords for admins only, because they are enough to find a weak password', async () => {
      site.view = { agents: [{ uri: alice, password: '0123abcd' }, { uri: olga }], server: {} } as unknown as PlanView
      const passwords = async (who: string): Promise<unknown[]> => {
        const { view } = (await (await site.ask('GET', '/api/config', undefined, bearer(who))).json()) as { view: PlanView }
        return view.agents.map(({ password }) => password)
      }
      assert.deepEqual(await passwords('admin'), ['0123abcd', undefined])
      for (const who of ['viewer', 'manager']) assert.deepEqual(await passwords(who), ['set', undefined])
    })

    it('does not include a call that somebody else of the queue answered', async () => {
      const caller = site.shell.dial('sales')
      const seen = async (): Promise<string[]> => {
        const answer = await site.ask('GET', '/api/calls', undefined, bearer('olga'))
        return ((await answer.json()) as CallDocument[]).map(({ state }) => state)
      }
      assert.deepEqual(await seen(), ['ringing'])
      site.shell.phone('alice').answer(sdp('alice'))
      caller.leg?.confirm()
      assert.deepEqual(await seen(), [])
    })

    it('is limited in event streams too, and stops when the rights are removed', async () => {
      const response = await site.ask('GET', '/api/events', undefined, bearer('olga'))
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      assert.ok(reader)
      await reader.read()
      site.listener?.({ kind: 'agent', id: bob })
      site.listener?.({ kind: 'queue', id: 'support' })
      site.listener?.({ kind: 'agent', id: olga })
      assert.match((await reader.read()).value ?? '', /^event: agent\ndata: \{"uri":"sip:olga/)
      site.replaceAccess({ tokens })
      site.listener?.({ kind: 'agent', id: olga })
      assert.deepEqual(await reader.read(), { done: true, value: undefined })
    })

    it('stops event streams of a token that loses the scope to read', async () => {
      const wallboard = token('wallboard', { role: 'viewer' })
      const site = await start({ tokens: [wallboard] })
      const response = await site.ask('GET', '/api/events', undefined, bearer('wallboard'))
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      assert.ok(reader)
      await reader.read()
      site.replaceAccess({ tokens: [{ ...wallboard, scopes: ['presence'] }] })
      site.listener?.({ kind: 'agent', id: olga })
      assert.deepEqual(await reader.read(), { done: true, value: undefined })
    })

    it('the presence source console can be changed only by the agent and by admins', async () => {
      const set = async (by: string): Promise<readonly number[]> => [
        (await site.ask('PUT', `${path(alice)}/presence`, { state: 'busy', source: 'console' }, bearer(by))).status,
        (await site.ask('DELETE', `${path(alice)}/presence/console`, undefined, bearer(by))).status,
        (await site.ask('PUT', `${path(alice)}/presence`, { state: 'busy' }, bearer(by))).status,
      ]
      assert.deepEqual(
        [await set('manager'), await set('alice'), await set('admin')],
        [
          [403, 403, 204],
          [204, 204, 204],
          [204, 204, 204],
        ],
      )
    })

    it('credentials of guests count for the person who let them in, and not for others', async () => {
      const second = token('alice2', { role: 'agent', agent: alice })
      site.replaceAccess({ tokens: [...tokens, second] })
      for (const who of ['alice', 'alice2', 'boss', 'viewer', 'admin'])
        assert.equal((await site.ask('POST', '/api/phones', { guest: true }, bearer(who))).status, 200)
      const guests = `guests of ${alice}`
      assert.deepEqual(site.payers, [guests, guests, guests, 'token viewer', 'token admin'])
    })

    it('SIP credentials of an agent go only to that agent, and those of a guest to everybody', async () => {
      const ask = async (who: string, body: unknown) => (await site.ask('POST', '/api/phones', body, bearer(who))).status
      assert.deepEqual(
        [await ask('olga', { agent: olga }), await ask('admin', { agent: olga }), await ask('viewer', { guest: true })],
        [200, 200, 200],
      )
      assert.deepEqual(
        [await ask('alice', { agent: olga }), await ask('boss', { agent: bob }), await ask('viewer', { agent: olga })],
        [403, 403, 403],
      )
      assert.deepEqual([await ask('alice', {}), await ask('alice', { agent: 'nobody' })], [400, 400])
    })
  })

  describe('tokens', () => {
    it('are limited by their scopes and their expiry', async () => {
      const site = await start({
        tokens: [
          token('reader', { role: 'admin' }, { scopes: ['read'] }),
          token('old', { role: 'admin' }, { expires: instant(1) }),
          token('presence', { role: 'admin' }, { scopes: ['presence'] }),
        ],
      })
      const status = async (who: string, method = 'GET', url = '/api/queues', body?: unknown) =>
        (await site.ask(method, url, body, bearer(who))).status
      assert.equal(await status('reader'), 200)
      assert.equal(await status('reader', 'PUT', `${path(alice)}/presence`, { state: 'busy' }), 403)
      assert.equal(await status('presence', 'PUT', `${path(alice)}/presence`, { state: 'busy' }), 204)
      assert.equal(await status('presence'), 403)
      assert.equal(await status('old'), 401)
      const unknown = await site.ask('GET', '/api/queues', undefined, bearer('guess'))
      assert.deepEqual([unknown.status, unknown.headers.get('www-authenticate')], [401, 'Bearer realm="carillon"'])
      assert.equal((await site.ask('GET', '/api/queues', undefined, { authorization: 'Basic YTpi' })).status, 401)
      for (const path of ['/health/live', '/health/leader']) assert.equal((await site.ask('GET', path)).status, 200)
    })
  })

  describe('sessions', () => {
    let site: Site
    let users: AccessSettings['users']
    const browser = { 'sec-fetch-site': 'same-origin' }
    before(async () => {
      const passwordHash = await hashUserPassword('right')
      users = [
        { name: 'ann', passwordHash, role: 'agent', agent: alice, workflows: [] },
        { name: 'max', role: 'admin', workflows: [] },
      ]
    })
    beforeEach(async () => {
      site = await start({ users })
    })

    const login = (name: string, password: string, headers = {}) => site.ask('POST', '/api/session', { name, password }, headers)
    async function cookie(): Promise<{ cookie: string }> {
      const [set = ''] = (await login('ann', 'right')).headers.getSetCookie()
      return { cookie: set.split(';')[0] ?? '' }
    }
    const who = async (headers = {}): Promise<SessionDocument> =>
      (await (await site.ask('GET', '/api/session', undefined, headers)).json()) as SessionDocument

    it('start with the right password, and tell who has logged in', async () => {
      const response = await login('ann', 'right')
      assert.equal(response.status, 200)
      const [set = ''] = response.headers.getSetCookie()
      assert.match(set, /^carillon=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
      const session = (await response.json()) as SessionDocument
      assert.deepEqual([session.name, session.role, session.agent, session.open], ['ann', 'agent', alice, false])
      assert.deepEqual(await who({ cookie: set.split(';')[0] }), session)
      const nobody = await who()
      assert.deepEqual([nobody.name, nobody.role, nobody.login.password], [null, null, true])
    })

    it('do not start with a wrong password, an unknown name or a user without a password, and the answers look alike', async () => {
      const details = new Set<string>()
      for (const [name, password] of [
        ['ann', 'wrong'],
        ['nobody', 'right'],
        ['max', ''],
      ] as const) {
        const response = await login(name, password)
        assert.deepEqual([response.status, response.headers.getSetCookie()], [401, []])
        const { requestId, ...problem } = (await response.json()) as { requestId: string }
        assert.ok(requestId)
        details.add(JSON.stringify(problem))
      }
      assert.equal(details.size, 1)
      assert.equal((await site.ask('POST', '/api/session', { name: 'ann' })).status, 400)
    })

    it('have a short body, because anybody may send it', async () => {
      const post = (length: number) => site.ask('POST', '/api/session', { name: 'ann', password: 'x', more: 'x'.repeat(length) })
      assert.deepEqual([(await post(3_000)).status, (await post(5_000)).status], [400, 413])
    })

    it('slow down guesses for each name, known or not', async () => {
      for (let guess = 0; guess < 5; guess += 1) assert.equal((await login('nobody', 'guess')).status, 401)
      assert.equal((await login('nobody', 'guess')).status, 429)
      site.logins.length = 0
      for (let guess = 0; guess < 5; guess += 1) assert.equal((await login('ann', 'guess')).status, 401)
      const slowed = await login('ann', 'right')
      assert.deepEqual([slowed.status, slowed.headers.get('retry-after')], [429, '10'])
      site.shell.clock.pass(10_000)
      assert.equal((await login('ann', 'right')).status, 200)
      assert.deepEqual(site.logins, ['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'slowed', 'right'])
      const refused = site.warnings.filter(({ event }) => event === 'http.loginRefused')
      assert.deepEqual(
        refused.map(({ name, from }) => [name, from]),
        Array.from({ length: 10 }, (_, guess) => [guess < 5 ? 'nobody' : 'ann', '127.0.0.1']),
        'the log has a line for each password that was checked',
      )
    })

    it('count guesses that arrive at the same time', async () => {
      const statuses = await Promise.all(Array.from({ length: 12 }, async (_, n) => (await login('ann', `guess ${n}`)).status))
      assert.equal(statuses.filter(status => status === 401).length, 5)
      assert.equal(statuses.filter(status => status === 429).length, 7)
    })

    it('refuse changes from a page of another site or of unknown origin', async () => {
      const session = await cookie()
      const change = async (headers: Record<string, string>) =>
        (await site.ask('PUT', `${path(alice)}/groups/support/sign-in`, undefined, { ...session, ...headers })).status
      const own = new URL(site.url).origin
      assert.deepEqual([await change(browser), await change({ origin: own })], [204, 204])
      for (const headers of [
        {},
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site', origin: own },
      ])
        assert.equal(await change(headers as Record<string, string>), 403, JSON.stringify(headers))
      assert.equal((await login('ann', 'right', { 'sec-fetch-site': 'cross-site' })).status, 403)
      assert.equal((await site.ask('GET', '/api/queues', undefined, session)).status, 200)
    })

    it('end after a log-out, idle time, the longest time, a new password, and the removal of the user', async () => {
      const alive = async (session: { cookie: string }) =>
        (await site.ask('GET', '/api/queues', undefined, session)).status === 200
      const first = await cookie()
      assert.equal((await site.ask('DELETE', '/api/session', undefined, { ...first, ...browser })).status, 204)
      assert.equal(await alive(first), false)

      const idle = await cookie()
      site.shell.clock.pass(3_599_000)
      assert.equal(await alive(idle), true)
      site.shell.clock.pass(3_600_000)
      assert.equal(await alive(idle), false)

      const long = await cookie()
      for (let minutes = 0; minutes < 12 * 60; minutes += 30) {
        assert.equal(await alive(long), true)
        site.shell.clock.pass(30 * 60_000)
      }
      assert.equal(await alive(long), false)

      const changed = await cookie()
      site.replaceAccess({ users: users.map(user => ({ ...user, passwordHash: `${user.passwordHash}x` })) })
      assert.equal(await alive(changed), false)
      site.replaceAccess({ users })
      const gone = await cookie()
      site.replaceAccess({ users: users.slice(1) })
      assert.equal(await alive(gone), false)
    })

    it('neither end sooner nor last longer when the wall clock is set', async () => {
      const session = await cookie()
      site.shell.clock.turn(400 * 86_400_000)
      assert.equal((await who(session)).name, 'ann')
      site.shell.clock.turn(-800 * 86_400_000)
      site.shell.clock.pass(3_600_000)
      assert.equal((await who(session)).name, null)
    })

    it('have at most eight event streams', async () => {
      const session = await cookie()
      const streams = []
      for (let each = 0; each < 9; each++) streams.push(await site.ask('GET', '/api/events', undefined, session))
      assert.deepEqual(streams.map(({ status }) => status), [...Array<number>(8).fill(200), 429]) // prettier-ignore
      for (const stream of streams) await stream.body?.cancel()
    })

    it('stay alive while an event stream is open, and get a new role at once', async () => {
      const session = await cookie()
      const stream = await site.ask('GET', '/api/events', undefined, session)
      site.shell.clock.pass(2 * 3_600_000)
      assert.equal((await who(session)).name, 'ann')
      site.replaceAccess({ users: [{ name: 'ann', passwordHash: users[0]?.passwordHash ?? '', role: 'viewer', workflows: [] }] })
      assert.equal((await who(session)).role, 'viewer')
      site.replaceAccess({ users: users.slice(1) })
      site.shell.clock.pass(15_000)
      assert.match(await stream.text(), /(event: alive\ndata: \{\}\n\n)$/, 'the stream ends when the user is removed')
    })

    it('end together with the SIP credentials issued in them, and so do lost rights, but no others', async () => {
      const ann = users[0]?.passwordHash ?? ''
      users = [...users, { name: 'eve', passwordHash: ann, role: 'admin', workflows: [] }]
      site.replaceAccess({ users, tokens })
      const begin = async (name: string) => ({
        cookie: (await login(name, 'right')).headers.getSetCookie()[0]?.split(';')[0] ?? '',
      })
      const ask = async (body: unknown, headers: Record<string, string>) =>
        (await site.ask('POST', '/api/phones', body, { ...headers, ...browser })).status
      const held = () => site.phones.map(({ agent }) => agent ?? 'guest')

      const [first, eve] = [await begin('ann'), await begin('eve')]
      for (const session of [first, eve])
        assert.deepEqual([await ask({ agent: alice }, session), await ask({ guest: true }, session)], [200, 200])
      assert.equal(await ask({ agent: alice }, bearer('alice')), 200)
      assert.deepEqual(held(), [alice, 'guest', alice, 'guest', alice])
      site.replaceAccess({ users, tokens: tokens.filter(({ name }) => name !== 'alice') })
      assert.deepEqual(held(), [alice, 'guest', alice, 'guest'], 'credentials end with the token that made them')
      await site.ask('DELETE', '/api/session', undefined, { ...first, ...browser })
      assert.deepEqual(held(), [alice, 'guest'])
      site.replaceAccess({ users: users.map(user => ({ ...user, role: 'agent', agent: bob })) })
      assert.deepEqual(held(), ['guest'], 'an agent may have a guest’s phone, and no other agent’s')
      site.replaceAccess({ users: users.slice(0, 1) })
      assert.deepEqual(held(), [])

      const idle = await begin('ann')
      assert.equal(await ask({ agent: alice }, idle), 200)
      site.shell.clock.pass(3_661_000)
      assert.deepEqual(held(), [])
    })

    it('are limited to 20 per person, and only the oldest of the same person ends', async () => {
      site.replaceAccess({ users: [...users, { ...users[0], name: 'eve', role: 'admin', workflows: [] }] })
      const ann = await cookie()
      const cookies = []
      for (let each = 0; each < 22; each += 1) {
        site.shell.clock.pass(10_000)
        const [set = ''] = (await login('eve', 'right')).headers.getSetCookie()
        cookies.push({ cookie: set.split(';')[0] ?? '' })
      }
      assert.equal((await who(ann)).name, 'ann')
      const names = []
      for (const each of cookies) names.push((await who(each)).name)
      assert.deepEqual(names, [null, null, ...Array<string>(20).fill('eve')])
    })

    it('start 20 times at once for a person and then once in ten seconds, even with the right password', async () => {
      const statuses = []
      for (let each = 0; each < 22; each += 1) statuses.push((await login('ann', 'right')).status)
      assert.deepEqual(statuses.slice(19), [200, 429, 429])
      assert.equal((await login('ben', 'right')).status, 401)
      site.shell.clock.pass(10_000)
      assert.deepEqual([(await login('ann', 'right')).status, (await login('ann', 'right')).status], [200, 429])
    })

    it('trust no proxy because of an IPv6 block that seems to contain all of IPv4', async () => {
      site = await start({ users }, { trustedProxies: ['::/8'] })
      const response = await login('ann', 'right', { 'x-forwarded-proto': 'https', host: 'rgs.example.com' })
      assert.doesNotMatch(response.headers.getSetCookie()[0] ?? '', /Secure/)
    })

    it('are found among many other cookies, which are not read, whatever they contain', async () => {
      const [set = ''] = (await login('ann', 'right')).headers.getSetCookie()
      const others = Array.from({ length: 1_000 }, (_, index) => `a${index}=%`).join('; ')
      const unescaping = spy(globalThis, 'decodeURIComponent')
      try {
        assert.equal((await who({ cookie: `xcarillon=1; ${others}; ${set.split(';')[0] ?? ''}; carillon=later` })).name, 'ann')
        assert(unescaping.callCount < 100, `${unescaping.callCount} texts were unescaped`)
      } finally {
        unescaping.restore()
      }
    })

    it('from https use cookies that only https sends', async () => {
      site = await start({ users }, { trustedProxies: ['127.0.0.1'] })
      const response = await login('ann', 'right', { 'x-forwarded-proto': 'https', host: 'rgs.example.com' })
      assert.match(
        response.headers.getSetCookie()[0] ?? '',
        /^__Host-carillon=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      )
    })

    it('from https are not begun by a page of this host that came over http', async () => {
      site = await start({ users }, { trustedProxies: ['127.0.0.1'] })
      const { host } = new URL(site.url)
      const from = async (origin: string) => (await login('ann', 'right', { 'x-forwarded-proto': 'https', origin })).status
      assert.deepEqual([await from(`https://${host}`), await from(`http://${host}`)], [200, 403])
    })
  })

  describe('the audit log', () => {
    it('records who changed what, done or refused, and shows managers the entries about their agents', async () => {
      const site = await start({ tokens })
      await site.ask('PUT', `${path(bob)}/groups/support/sign-in`, undefined, bearer('manager'))
      await site.ask('PUT', `${path(olga)}/presence`, { state: 'busy' }, bearer('alice'))
      await site.ask('GET', '/api/queues', undefined, bearer('alice'))
      await site.ask('PUT', `${path(olga)}/presence`, { state: 'busy' })
      const read = async (who: string, more = '') => {
        const answer = await site.ask('GET', `/api/audit?limit=1${more}`, undefined, bearer(who))
        return (await answer.json()) as { entries: Record<string, unknown>[]; next: string | null }
      }
      const latest = await read('admin')
      const [refused] = latest.entries
      assert.deepEqual(
        [refused?.['who'], refused?.['what'], refused?.['done'], refused?.['from']],
        ['alice', 'set the presence of sip:olga@example.com', false, '127.0.0.1'],
      )
      assert.match(String(refused?.['because']), /^this needs to be sip:olga/)
      const { entries: before } = await read('admin', `&cursor=${latest.next ?? ''}`)
      const signIn = {
        who: 'manager',
        kind: 'token',
        what: 'signed sip:bob@example.com in to support',
        agent: bob,
        group: 'support',
      }
      assert.deepEqual(before, [{ ...before[0], ...signIn, done: true, because: null }])
      assert.deepEqual((await read('manager')).entries, before)
      assert.deepEqual((await read('admin', `&who=manager`)).entries, before)
      assert.deepEqual((await read('admin', '&text=IN%20to%20support')).entries, before)
    })

    it('can be saved as CSV, with the same filters and for managers with the same limits', async () => {
      const site = await start({ tokens })
      await site.ask('PUT', `${path(bob)}/groups/support/sign-in`, undefined, bearer('manager'))
      await site.ask('PUT', `${path(olga)}/presence`, { state: 'busy' }, bearer('alice'))
      const rows = async (who: string, query = ''): Promise<string[]> => {
        const answer = await site.ask('GET', `/api/audit.csv${query}`, undefined, bearer(who))
        assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="audit.csv"')
        return (await answer.text()).trim().split('\r\n')
      }
      const [head, refused, signIn, ...more] = await rows('admin')
      assert.match(head ?? '', /at,who,kind,from,what,agent,group,done,because$/)
      assert.match(
        refused ?? '',
        /,alice,token,127\.0\.0\.1,set the presence of sip:olga@example\.com,.*,false,"?this needs to be sip:olga/,
      )
      assert.match(
        signIn ?? '',
        /,manager,token,127\.0\.0\.1,signed sip:bob@example\.com in to support,sip:bob@example\.com,support,true,$/,
      )
      assert.deepEqual(more, [])
      assert.equal((await rows('manager'))[1], signIn)
      assert.equal((await rows('manager')).length, 2)
      assert.equal((await rows('admin', '?text=OLGA'))[1], refused)
      assert.equal((await rows('admin', '?text=nothing')).length, 1)
    })

    it('says what the path names, whatever a body says', async () => {
      const site = await start({ tokens })
      const forged = { uri: alice, name: 'sales', agent: alice, callId: 'other' }
      await site.ask('PUT', `${path(bob)}/groups/support/sign-in`, forged, bearer('manager'))
      await site.ask('PUT', `${path(bob)}/presence`, { state: 'busy', ...forged }, bearer('bob'))
      const { items } = await site.store.audit({ limit: 2 })
      assert.deepEqual(
        items.map(({ what, agent, group, done }) => [what, agent, group, done]),
        [
          ['set the presence of sip:bob@example.com to busy', bob, undefined, false],
          ['signed sip:bob@example.com in to support', bob, 'support', true],
        ],
      )
    })

    it('keeps a refused change in few words, however much the request said', async () => {
      const site = await start({ tokens })
      const keys = Array.from({ length: 400 }, (_, index) => [`unknown${index}`, true] as const)
      const answer = await site.ask('PUT', `${path(alice)}/presence`, Object.fromEntries(keys), bearer('alice'))
      assert.equal(answer.status, 400)
      assert((await answer.text()).length < 1_500)
      const {
        items: [entry],
      } = await site.store.audit({ limit: 1 })
      assert.match(entry?.because ?? '', /unknown0.*…$/)
      assert((entry?.because ?? '').length <= 300)
      await site.ask('POST', '/api/phones', { agent: '\u0007'.repeat(1_200) }, bearer('alice'))
      const {
        items: [controls],
      } = await site.store.audit({ limit: 1 })
      assert(JSON.stringify(controls).length < 1_000)
      assert.doesNotMatch(JSON.stringify(controls), /\\u0007/)
    })
  })

  describe('without users', () => {
    it('SIP credentials end when the first user is configured', async () => {
      const site = await start()
      assert.equal((await site.ask('POST', '/api/phones', { agent: alice })).status, 200)
      assert.equal(site.phones.length, 1)
      site.replaceAccess({ tokens })
      assert.deepEqual(site.phones, [])
    })

    it('this machine may do everything when it uses its own names', async () => {
      const site = await start()
      const session = (await (await site.ask('GET', '/api/session')).json()) as SessionDocument
      assert.deepEqual([session.open, session.role, session.kind], [true, 'admin', 'loopback'])
      assert.equal((await site.ask('GET', '/api/audit')).status, 200)
      assert.equal(
        (await site.ask('PUT', `${path(alice)}/presence`, { state: 'busy' }, { 'sec-fetch-site': 'cross-site' })).status,
        403,
      )
      assert.equal((await site.ask('POST', '/api/session', { name: 'a', password: 'b' })).status, 409)
    })

    it('a request with any header of a proxy is refused', async () => {
      const site = await start()
      const names = [
        ...['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-real-ip', 'via', 'cf-ray', 'client-ip'],
        ...['x-azure-clientip', 'x-remote-addr', 'cdn-loop', 'x-arr-log-id', 'x-varnish', 'x-amzn-trace-id', 'max-forwards'],
        ...['proxy-connection', 'x_forwarded_for', 'true-client-ip', 'x-client-ip'],
      ]
      for (const name of [...names, 'x-cluster-client-ip', 'fastly-client-ip', 'cf-connecting-ip', 'x-envoy-external-address'])
        assert.equal((await site.ask('GET', '/api/queues', undefined, { [name]: '203.0.113.9' })).status, 403, name)
      assert.equal((await site.ask('GET', '/api/queues')).status, 200)
    })

    it('a refused request is told by what it does not count as one of this machine', async () => {
      const site = await start()
      const why = async (headers: Readonly<Record<string, string>>): Promise<string> => {
        const { detail } = (await (await site.ask('GET', '/api/queues', undefined, headers)).json()) as { detail: string }
        return detail.replace('no user is configured, so only this machine is served, and ', '')
      }
      assert.equal(await why({ via: '1.1 proxy' }), 'the header via says that a proxy forwarded this request')
      assert.equal(await why({ origin: 'http://wiki.example' }), 'a page of another site sent this request')
      // fetch sends a Host of its own.
      const detail = await new Promise<string>((resolve, reject) => {
        get(`${site.url}/api/queues`, { headers: { host: 'rgs.example.com' } }, response => {
          response.on('data', (chunk: Buffer) => resolve((JSON.parse(String(chunk)) as { detail: string }).detail))
        }).on('error', reject)
      })
      assert.match(detail, /this request asked for 'rgs\.example\.com', not for 127\.0\.0\.1 or localhost$/)
    })

    it('a request from a page of another host is refused, but a click on a link there shows the console', async () => {
      const site = await start()
      // Not with fetch, which writes its own Sec-Fetch-Mode.
      const statusOf = (url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          get(`${site.url}${url}`, { headers }, response => {
            response.resume()
            resolve(response.statusCode)
          }).on('error', reject)
        })
      const click = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site', referer: 'http://wiki.example/' }
      for (const elsewhere of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { referer: 'http://wiki.example/page' },
        { referer: 'none' },
        click,
      ])
        assert.equal(await statusOf('/api/queues', elsewhere), 403, JSON.stringify(elsewhere))
      for (const own of [{ 'sec-fetch-site': 'same-origin', referer: `${site.url}/desk` }, { 'sec-fetch-site': 'none' }, {}])
        assert.equal(await statusOf('/api/queues', own), 200, JSON.stringify(own))
      assert.equal(await statusOf('/nowhere', click), 404)
      assert.equal(await statusOf('/nowhere', { ...click, 'x-real-ip': '203.0.113.9' }), 403)
    })

    it('a request from a proxy without such headers is refused, except for the health of the server', async () => {
      const site = await start()
      const statusOf = async (head: string): Promise<string> => {
        const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
        socket.write(head.replaceAll('\n', '\r\n'))
        const [answer] = (await once(socket, 'data')) as [Buffer]
        socket.destroy()
        return String(answer).slice(9, 12)
      }
      const host = 'Host: 127.0.0.1:8080'
      assert.deepEqual(
        [
          await statusOf(`GET /api/session HTTP/1.0\n${host}\nConnection: close\n\n`),
          await statusOf(`GET /api/session HTTP/1.0\n${host}\n\n`),
          await statusOf(`GET /api/session HTTP/1.1\n${host}\nConnection: Close\n\n`),
          await statusOf(`GET /api/session HTTP/1.1\n${host}\nConnection: keep-alive, close\n\n`),
          await statusOf(`GET /api/session HTTP/1.1\n${host}\nOrigin: https://pbx.example.com\n\n`),
          await statusOf(`GET /api/session HTTP/1.1\n${host}\nOrigin: http://localhost:8080\n\n`),
          await statusOf(`GET /health/ready HTTP/1.0\n\n`),
        ],
        ['403', '403', '403', '403', '403', '200', '200'],
      )
    })

    it('a request that a trusted proxy forwarded from another machine is refused', async () => {
      const site = await start({}, { trustedProxies: ['127.0.0.1'] })
      assert.equal((await site.ask('GET', '/api/queues', undefined, { 'x-forwarded-for': '192.0.2.1' })).status, 403)
    })
  })
})
