import assert from 'node:assert/strict'
import type { OidcSettings } from '../../../src/config/settings.js'
import type { SessionDocument } from '../../../src/http/documents.js'
import type { WorkflowName } from '../../../src/routing/world/ids.js'
import { Provider } from './provider.js'
import { Site } from './site.js'

const redirectUri = 'http://rgs.example.com/api/session/oidc/callback'
const client = { id: 'carillon', secret: 's3cret', redirectUri }
const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map(set => set.split(';')[0] ?? '')
    .join('; ')

describe('logging in by OpenID Connect', () => {
  let provider: Provider
  let site: Site
  let settings: OidcSettings
  beforeEach(async () => {
    provider = new Provider(client)
    await provider.start()
    settings = {
      ...{ issuer: provider.url, clientId: client.id, clientSecret: client.secret, redirectUri, scope: 'openid' },
      ...{ nameClaim: 'preferred_username', agentClaim: 'email' },
      rights: [
        { claim: 'groups', value: 'leads', role: 'manager', workflows: ['support' as WorkflowName] },
        { claim: 'groups', value: 'agents', role: 'agent', workflows: [] },
      ],
    }
    site = new Site({ oidc: settings })
    await site.start()
  })
  afterEach(async () => {
    await site.stop()
    provider.stop()
  })

  /** The browser's journey: from here to the provider and back. `there` and `back` change the URLs on the way. */
  async function login({
    there = () => undefined,
    back = () => undefined,
  }: { there?: (url: URL) => void; back?: (url: URL) => void } = {}): Promise<Response> {
    const away = await site.ask('GET', '/api/session/oidc')
    assert.equal(away.status, 302)
    const url = new URL(away.headers.get('location') ?? '')
    there(url)
    const way = await provider.visit(url.href)
    back(way)
    return site.ask('GET', `${way.pathname}${way.search}`, undefined, { cookie: cookiesOf(away) })
  }
  const who = async (response: Response): Promise<SessionDocument> => {
    const session = await site.ask('GET', '/api/session', undefined, { cookie: cookiesOf(response) })
    return (await session.json()) as SessionDocument
  }

  it('gives the role and the agent of the first claim that matches', async () => {
    provider.claims = { preferred_username: 'ann', email: 'alice@example.com', email_verified: true, groups: ['staff', 'agents'] }
    const response = await login()
    assert.deepEqual([response.status, response.headers.get('location')], [302, '/'])
    const { name, role, agent } = await who(response)
    assert.deepEqual([name, role, agent], ['ann', 'agent', 'sip:alice@example.com'])
  })

  it('requests the provider’s metadata once an hour, and uses the old one while there is no other', async () => {
    provider.claims = { preferred_username: 'ann', groups: ['leads'] }
    await Promise.all([login(), login()])
    assert.equal(provider.described, 1)
    site.shell.clock.pass(3_599_000)
    await login()
    assert.equal(provider.described, 1)
    site.shell.clock.pass(1_000)
    await login()
    assert.equal(provider.described, 2)
    site.shell.clock.pass(3_600_000)
    provider.stop()
    assert.equal((await site.ask('GET', '/api/session/oidc', undefined, { 'x-request-id': 'proxy-7f4' })).status, 302)
    assert.deepEqual(
      site.warnings.flatMap(({ event, requestId }) => (event === 'http.oidcStale' ? [requestId] : [])),
      ['proxy-7f4'],
    )
    await provider.start()
    assert.equal((await login()).status, 302)
    assert.equal(provider.described, 2, 'the provider is asked again after a minute')
    site.shell.clock.pass(60_000)
    await login()
    assert.equal(provider.described, 3)
  })

  it('gives the role of users.yaml to a name that is listed there', async () => {
    site.replaceAccess({ oidc: settings, users: [{ name: 'ann', role: 'admin', workflows: [] }] })
    provider.claims = { preferred_username: 'ann' }
    assert.equal((await who(await login())).role, 'admin')
  })

  it('accepts an e-mail address only if the provider has verified it, or the config does not require that', async () => {
    for (const claims of [{ email_verified: false }, { email_verified: 'no' }, {}]) {
      provider.claims = { preferred_username: 'zoe', email: 'alice@example.com', groups: ['agents'], ...claims }
      assert.equal((await login()).status, 403)
    }
    site.replaceAccess({
      oidc: { ...settings, nameClaim: 'email', rights: [{ claim: 'groups', value: 'staff', role: 'admin', workflows: [] }] },
    })
    provider.claims = { email: 'root@example.com', groups: ['staff'] }
    const refused = await login()
    assert.equal(refused.status, 403)
    assert.match(await refused.text(), /has not verified the e-mail address .*unverifiedEmail/)
    site.replaceAccess({ oidc: { ...settings, unverifiedEmail: 'accept' } })
    provider.claims = { preferred_username: 'zoe', email: 'alice@example.com', groups: ['agents'] }
    assert.equal((await who(await login())).agent, 'sip:alice@example.com')
  })

  it('refuses a name that has a password in users.yaml, unless the entry allows it', async () => {
    const root = { name: 'root', role: 'admin', workflows: [], passwordHash: 'scrypt:…' } as const
    site.replaceAccess({ oidc: settings, users: [root] })
    for (const claims of [{ preferred_username: 'root' }, { preferred_username: 'root', groups: ['leads'] }]) {
      provider.claims = claims
      assert.equal((await login()).status, 403)
    }
    site.replaceAccess({ oidc: settings, users: [{ ...root, oidc: true }] })
    assert.equal((await who(await login())).role, 'admin')
  })

  it('ends when the config names another provider, also for people listed in users.yaml', async () => {
    const users = [{ name: 'ann', role: 'admin', workflows: [] }] as const
    site.replaceAccess({ oidc: settings, users })
    provider.claims = { preferred_username: 'ann' }
    const response = await login()
    assert.equal((await who(response)).role, 'admin')
    site.replaceAccess({ oidc: { ...settings, issuer: 'https://login.example.org' }, users })
    assert.equal((await who(response)).name, null)
  })

  it('refuses names that are too long or look like others, and claims that would fill the memory', async () => {
    for (const name of ['x'.repeat(257), 'ann\u202eeve', 'ann\u200b', ' ann', 'a\nb', '\u0000']) {
      provider.claims = { preferred_username: name, groups: 'leads' }
      assert.equal((await login()).status, 403, JSON.stringify(name))
    }
    provider.claims = { preferred_username: 'ann', groups: ['leads', 'x'.repeat(40_000)] }
    assert.equal((await login()).status, 403)
    provider.claims = { preferred_username: 'Zoë Ångström 李', groups: 'leads' }
    assert.equal((await who(await login())).name, 'Zoë Ångström 李')
  })

  it('ends when the config no longer gives rights to the person', async () => {
    provider.claims = { preferred_username: 'max', groups: 'leads' }
    const response = await login()
    assert.deepEqual((await who(response)).workflows, ['support'])
    site.replaceAccess({ oidc: { ...settings, rights: [] } })
    assert.equal((await who(response)).name, null)
  })

  it('refuses a person without a role, a role agent without an agent, and a person without a name', async () => {
    for (const claims of [
      { preferred_username: 'eve', groups: ['staff'] },
      { preferred_username: 'eve', groups: ['agents'] },
      { email: 'alice@example.com', email_verified: true, groups: ['agents'] },
    ]) {
      provider.claims = claims
      const response = await login()
      assert.equal(response.status, 403, JSON.stringify(claims))
      assert.equal((await who(response)).name, null)
    }
  })

  it('refuses a wrong state, nonce, verifier, issuer or code, and a return from a log-in that was never started', async () => {
    provider.claims = { preferred_username: 'ann', email: 'alice@example.com', email_verified: true, groups: 'agents' }
    for (const change of [{ nonce: 'x' }, { state: 'x' }, { code_challenge: 'x'.repeat(43) }])
      assert.equal((await login({ there: url => set(url, change) })).status, 401, JSON.stringify(change))
    for (const change of [{ state: 'x' }, { code: 'x' }, { iss: 'http://other' }])
      assert.equal((await login({ back: url => set(url, change) })).status, 401, JSON.stringify(change))
    assert.equal((await site.ask('GET', '/api/session/oidc/callback?code=code-1&state=x')).status, 400)
    assert.equal((await login()).status, 302)
  })

  it('works for a person who has started it however many others start, and once for each start', async () => {
    provider.claims = { preferred_username: 'max', groups: 'leads' }
    const away = await site.ask('GET', '/api/session/oidc')
    for (let each = 0; each < 1_001; each++) await (await site.ask('GET', '/api/session/oidc')).arrayBuffer()
    const way = await provider.visit(away.headers.get('location') ?? '')
    const back = () => site.ask('GET', `${way.pathname}${way.search}`, undefined, { cookie: cookiesOf(away) })
    assert.equal((await back()).status, 302)
    assert.equal((await back()).status, 400)
  }).timeout(60_000)

  it('keeps the state of a started log-in in a cookie that nobody can read, change or forge', async () => {
    const away = await site.ask('GET', '/api/session/oidc')
    const cookie = cookiesOf(away)
    const state = new URL(away.headers.get('location') ?? '').searchParams.get('state') ?? ''
    const [name = '', sealed = ''] = cookie.split('=')
    assert.ok(!Buffer.from(sealed, 'base64url').toString('latin1').includes(state))
    const way = await provider.visit(away.headers.get('location') ?? '')
    const first = sealed.startsWith('A') ? 'B' : 'A'
    for (const forged of ['', 'x', `${first}${sealed.slice(1)}`, sealed.slice(0, -4), Buffer.alloc(200).toString('base64url')]) {
      const response = await site.ask('GET', `${way.pathname}${way.search}`, undefined, { cookie: `${name}=${forged}` })
      assert.equal(response.status, 400, forged)
    }
  })

  it('binds this cookie to the host and to https, so that no other page can set it', async () => {
    await site.stop()
    site = new Site({ oidc: settings }, { trustedProxies: ['127.0.0.1'] })
    await site.start()
    const overHttps = { 'x-forwarded-proto': 'https' }
    const away = await site.ask('GET', '/api/session/oidc', undefined, overHttps)
    assert.match(away.headers.getSetCookie()[0] ?? '', /^__Host-carillon-oidc=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    provider.claims = { preferred_username: 'ann', email: 'alice@example.com', email_verified: true, groups: ['agents'] }
    const way = await provider.visit(away.headers.get('location') ?? '')
    const response = await site.ask('GET', `${way.pathname}${way.search}`, undefined, { ...overHttps, cookie: cookiesOf(away) })
    assert.equal(response.status, 302)
  })

  it('tolerates a clock that is slightly wrong, and names the cause beyond that', async () => {
    provider.claims = { preferred_username: 'ann', email: 'alice@example.com', email_verified: true, groups: 'agents' }
    provider.slow = 70
    assert.equal((await login()).status, 302)
    provider.slow = 120
    const refused = await login()
    assert.equal(refused.status, 401)
    assert.match(await refused.text(), /clock/)
  })

  it('ends with a log-out', async () => {
    provider.claims = { preferred_username: 'ann', email: 'alice@example.com', email_verified: true, groups: 'agents' }
    const cookie = cookiesOf(await login())
    const here = { cookie, 'sec-fetch-site': 'same-origin' }
    assert.equal((await site.ask('DELETE', '/api/session', undefined, here)).status, 204)
    const session = await site.ask('GET', '/api/session', undefined, { cookie })
    assert.equal(((await session.json()) as SessionDocument).name, null)
  })

  it('says that the provider does not answer, works once it does, and says when none is configured', async () => {
    provider.stop()
    assert.equal((await site.ask('GET', '/api/session/oidc')).status, 503)
    await provider.start()
    assert.equal((await site.ask('GET', '/api/session/oidc')).status, 302)
    site.replaceAccess({ users: [{ name: 'ann', role: 'admin', workflows: [] }] })
    assert.equal((await site.ask('GET', '/api/session/oidc')).status, 404)
  })
})

function set(url: URL, parameters: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
}
