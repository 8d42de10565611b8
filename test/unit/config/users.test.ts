import assert from 'node:assert/strict'
import { runCommand } from '../../../src/cli/command.js'
import { makeTokenCommand } from '../../../src/cli/make-token.js'
import { hashUserPassword } from '../../../src/config/passwords.js'
import { makeAuthority } from '../../fakes/certificates.js'
import { printed, spiedOutput } from '../../fakes/spies.js'
import { faultsOf, newFolder, removeFolders, settingsOf, warningsOf } from './folder.js'

after(removeFolders)

const carillon = (http: string) => ({
  'carillon.yaml': `sip: { domain: example.com, trustedPeers: [10.0.0.1] }\nhttp: { ${http} }\n`,
})
const users = (...lines: readonly string[]) => ({ 'users.yaml': `users:\n${lines.map(line => `  - { ${line} }\n`).join('')}` })
const tokens = (...lines: readonly string[]) => ({ 'users.yaml': `tokens:\n${lines.map(line => `  - { ${line} }\n`).join('')}` })
const hash = `hash: "sha-256:${'0f'.repeat(32)}"`
const oidc = 'issuer: https://login.example.com, clientId: c, clientSecret: "${SECRET}"'

describe('users in the config', () => {
  let password: string
  before(async () => (password = `password: "${await hashUserPassword('secret')}"`))

  it('are read as users and tokens with their rights', async () => {
    const { access } = await settingsOf({
      'users.yaml': `users:
  - { name: ann, ${password}, role: agent, agent: "sip:alice@example.com" }
  - { name: max, ${password}, role: manager, workflows: [support] }
tokens:
  - { name: wall, ${hash}, role: viewer, expires: 2027-06-30, scopes: [read] }
`,
    })
    assert.deepEqual(
      access.users.map(({ name, role, agent, workflows }) => [name, role, agent, workflows]),
      [
        ['ann', 'agent', 'sip:alice@example.com', []],
        ['max', 'manager', undefined, ['support']],
      ],
    )
    const [token] = access.tokens
    assert.deepEqual([token?.digest, token?.expires, token?.scopes], ['0f'.repeat(32), Date.parse('2027-06-30'), ['read']])
  })

  it('open the server to other addresses, and without any the server stays on this machine', async () => {
    const listen = carillon('listen: "http://0.0.0.0:8080"')
    assert.equal((await settingsOf(listen)).http.host, '127.0.0.1')
    assert.match((await warningsOf(listen)).join(), /users\.yaml names no users: HTTP is only served on 127\.0\.0\.1/)
    const named = { ...listen, ...users(`name: ann, ${password}, role: admin`) }
    assert.equal((await settingsOf(named)).http.host, '0.0.0.0')
    assert.match((await warningsOf(named)).join(), /passwords are sent unencrypted: use https/)
    const secure = carillon('listen: "https://0.0.0.0:8443", tls: { certificate: tls/c.pem, key: tls/k.pem }')
    const pair = makeAuthority(newFolder(), 'rgs')
    const files = { 'tls/c.pem': pair.certificate, 'tls/k.pem': pair.key }
    const { http } = await settingsOf({ ...named, ...secure, ...files })
    assert.match(http.tls?.certificate ?? '', /^\/.*\/tls\/c\.pem$/)
    assert.doesNotMatch((await warningsOf({ ...named, ...secure, ...files })).join(), /unencrypted|no users/)
    assert.match((await faultsOf({ ...named, ...secure })).join(), /^carillon\.yaml:\d+:\d+: 'tls\/c\.pem' can't be used: ENOENT/)
  })

  it('are refused with place and remedy if an entry is wrong', async () => {
    const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
      [users(`name: ann, ${password}, role: agent`), /^users\.yaml:2:.*the role agent needs 'agent'/],
      [users(`name: ann, ${password}, role: manager`), /needs 'workflows'/],
      [users(`name: ann, ${password}, role: viewer, workflows: [support]`), /'workflows' belongs to the role manager/],
      [users(`name: ann, ${password}, role: agent, agent: "sip:alise@example.com"`), /no agent .* did you mean 'sip:alice@/],
      [users(`name: ann, ${password}, role: manager, workflows: [suport]`), /no workflow 'suport'; did you mean 'support'/],
      [users(`name: ann, ${password}, role: boss`), /one of viewer, agent, manager, admin, found 'boss'/],
      [
        users(`name: a, ${password}, role: admin`, `name: a, ${password}, role: admin`),
        /user 'a' is already defined at users\.yaml:2/,
      ],
      [tokens(`name: t, ${hash}, role: admin, scopes: [write]`), /one of read, presence, signIn, calls, recordings, phones/],
      [tokens(`name: t, ${hash}, role: admin, expires: tomorrow`), /expected a date in UTC/],
      [carillon('listen: "https://0.0.0.0:8443"'), /needs 'http\.tls'/],
      [carillon(`oidc: { ${oidc.replace('${SECRET}', 'x')} }`), /set http\.url or http\.oidc\.redirectUri/],
      [carillon('oidc: { issuer: "http://login.example.com", clientId: c, clientSecret: s }'), /expected an https:\/\/ URL/],
    ]
    for (const [files, fault] of cases) assert.match((await faultsOf(files)).join('\n'), fault)
  })

  it('are refused without repeating a password or token in clear text', async () => {
    for (const files of [users('name: ann, role: admin, password: hunter2'), tokens('name: t, role: admin, hash: hunter2')]) {
      const text = (await faultsOf(files)).join()
      assert.match(text, /carillon (hash-password|make-token)/)
      assert.doesNotMatch(text, /hunter2/)
    }
  })

  it('have by default a redirect URI at the console for the OpenID provider', async () => {
    const { access } = await settingsOf(carillon(`url: "https://rgs.example.com", oidc: { ${oidc} }`), { SECRET: 's3' })
    assert.equal(access.oidc?.redirectUri, 'https://rgs.example.com/api/session/oidc/callback')
    assert.equal(access.oidc.clientSecret, 's3')
  })

  it('cause a warning for a person who can’t log in, and for an expired token', async () => {
    assert.match((await warningsOf(users('name: ann, role: admin'))).join(), /'ann' can't log in/)
    assert.match((await warningsOf(tokens(`name: t, ${hash}, role: admin, expires: 2020-01-01`))).join(), /'t' has expired/)
  })
})

describe('carillon make-token', () => {
  it('prints a new token each time, and the hash that the config accepts', async () => {
    const made = new Set<string>()
    for (let n = 0; n < 2; n += 1) {
      const output = spiedOutput()
      await runCommand([makeTokenCommand], ['make-token', '--json'], output)
      const { token, hash } = JSON.parse(printed(output.out)) as { token: string; hash: string }
      made.add(token)
      const { access } = await settingsOf(tokens(`name: t, hash: "${hash}", role: admin`))
      assert.equal(`sha-256:${access.tokens[0]?.digest}`, hash)
    }
    assert.equal(made.size, 2)
  })
})
