import assert from 'node:assert/strict'
import { hashPasswordCommand } from '../../../src/cli/hash-password.js'
import { runCommand } from '../../../src/cli/command.js'
import {
  hashPhonePassword,
  hashUserPassword,
  isUserPassword,
  isUserPasswordHash,
  readPhonePassword,
} from '../../../src/config/passwords.js'
import { passwordHashes } from '../../../src/sip/message/digest.js'
import { faultsOf, removeFolders, settingsOf, warningsOf } from './folder.js'
import { spiedOutput } from '../../fakes/spies.js'

after(removeFolders)

const secret = 'pâsswörd 1'
const hash = hashPhonePassword('alice', 'example.com', secret)
const agents = (more: string, uri = 'sip:alice@example.com'): Record<string, string> => ({
  'agents.yaml': `agents:\n  - uri: "${uri}"\n    ${more}\n`,
})

async function run(args: readonly string[], ...typed: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const output = spiedOutput()
  const input = (async function* (): AsyncGenerator<Buffer> {
    for (const chunk of typed) yield await Promise.resolve(Buffer.from(chunk))
  })()
  const code = await runCommand([hashPasswordCommand(input)], ['hash-password', ...args], output)
  return { code, out: output.out.args.flat(), err: output.err.args.flat() }
}

describe('passwords', () => {
  it('hash-password prints for a phone the hash that digest authentication uses', () => {
    const read = readPhonePassword(hash)
    assert.ok(read.ok)
    const bytes = Buffer.from(secret, 'utf8').toString('latin1')
    assert.deepEqual(read.value, passwordHashes('alice', 'example.com', bytes))
  })

  it('hash-password asks a person twice, and takes nothing that was typed in two ways', async () => {
    const asked = async (...typed: string[]) => {
      const output = spiedOutput()
      const prompts: string[] = []
      const ask = (prompt: string) => {
        prompts.push(prompt)
        const next = typed.shift()
        return next === undefined ? Promise.reject(new Error('Ctrl-C')) : Promise.resolve(next)
      }
      const nothing = (async function* (): AsyncGenerator<Buffer> {})()
      const args = ['hash-password', '--user', 'alice', '--realm', 'example.com']
      return { code: await runCommand([hashPasswordCommand(nothing, ask)], args, output), out: output.out.args.flat(), prompts }
    }
    assert.deepEqual(await asked(secret, secret), { code: 0, out: [hash], prompts: ['Password: ', 'The same again: '] })
    assert.deepEqual((await asked(secret, 'other')).code, 1)
    assert.deepEqual((await asked(secret)).code, 1)
    assert.deepEqual(await asked(''), { code: 1, out: [], prompts: ['Password: '] })
  })

  it('a password in agents.yaml gives the agent an account', async () => {
    const { registration } = await settingsOf(agents(`password: "${hash}"`))
    assert.equal(registration.domain, 'example.com')
    assert.deepEqual(
      registration.accounts.map(({ agent }) => agent),
      ['sip:alice@example.com'],
    )
  })

  it('a password in clear text is refused with the remedy, and the error does not repeat it', async () => {
    for (const clear of ['"hunter2"', '12345', '[hunter2]', '"md5:00,sha-256:00"']) {
      const faults = await faultsOf(agents(`password: ${clear}`))
      assert.equal(faults.length, 1)
      assert.match(faults[0] ?? '', /agents\.yaml:3:/)
      assert.doesNotMatch(faults[0] ?? '', /hunter2|12345|:00/)
    }
    assert.match((await faultsOf(agents('password: "hunter2"')))[0] ?? '', /carillon hash-password/)
  })

  it('the config warns of a password for another domain, and of registration without a password', async () => {
    const elsewhere = {
      ...agents(`password: "${hash}"`, 'sip:alice@example.org'),
      'groups.yaml': 'groups:\n  - { name: support, agents: ["sip:alice@example.org"] }\n',
    }
    assert.match((await warningsOf(elsewhere)).join('\n'), /not in the domain example\.com/)
    assert.match((await warningsOf(agents('presence: [registration]'))).join('\n'), /without a password/)
    assert.deepEqual(await warningsOf(agents(`password: "${hash}"\n    presence: [registration]`)), [])
  })

  it('the hash of a user has a salt and matches only the right password', async () => {
    const one = await hashUserPassword(secret)
    assert.match(one, /^scrypt:16384:8:1:[\w-]{22}:[\w-]{43}$/)
    assert.notEqual(one, await hashUserPassword(secret))
    assert.equal(await isUserPassword(secret, one), true)
    assert.equal(await isUserPassword(`${secret} `, one), false)
    assert.equal(isUserPasswordHash(one), true)
  })

  it('a text that is not a hash, or a hash that would cost too much, matches no password', async () => {
    const [, , , , salt = '', key = ''] = (await hashUserPassword(secret)).split(':')
    for (const wrong of ['', 'scrypt', secret, `scrypt:16383:8:1:${salt}:${key}`, `scrypt:16777216:8:1:${salt}:${key}`]) {
      assert.equal(isUserPasswordHash(wrong), false, wrong)
      assert.equal(await isUserPassword(secret, wrong), false, wrong)
    }
  })
})

describe('carillon hash-password', () => {
  it('prints the hash for a phone with --realm, and for a user without it', async () => {
    const phone = await run(['--user', 'alice', '--realm', 'Example.com'], secret.slice(0, 3), `${secret.slice(3)}\r\nmore`)
    assert.deepEqual(phone, { code: 0, out: [hash], err: [] })
    const user = await run(['--user', 'alice', '--json'], secret)
    const document = JSON.parse(user.out[0] ?? '') as { user: string; realm: null; password: string }
    assert.deepEqual([document.user, document.realm], ['alice', null])
    assert.equal(await isUserPassword(secret, document.password), true)
  })

  it('refuses wrong usage, a missing password and an invalid one', async () => {
    assert.equal((await run([], secret)).code, 2)
    assert.equal((await run(['--user', 'a', '--realm', ''], secret)).code, 2)
    assert.equal((await run(['--user', 'a'], '\n')).code, 1)
    assert.equal((await run(['--user', 'a'], 'x'.repeat(9_000))).code, 1)
  })
})
