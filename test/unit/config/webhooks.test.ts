import assert from 'node:assert/strict'
import { faultsOf, load, removeFolders, settingsOf } from './folder.js'

const secret = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const written = (...hooks: readonly string[]): Record<string, string> => ({
  'webhooks.yaml': `webhooks: [${hooks.join(', ')}]\n`,
})

describe('the config of webhooks', () => {
  after(removeFolders)

  it('has all events and 10 s unless it says otherwise, and a key from the environment', async () => {
    const { webhooks } = await settingsOf(written('{ name: crm, url: "https://crm.example.com/hook", secret: "${KEY}" }'), {
      KEY: `whsec_${secret}`,
    })
    const [hook] = webhooks
    assert.deepEqual(
      [webhooks.length, hook?.url, hook?.events.length, hook?.timeout],
      [1, 'https://crm.example.com/hook', 4, 10_000],
    )
    assert.equal(Buffer.from(hook?.key ?? []).toString('base64'), secret)
  })

  it('refuses addresses of other protocols, with a user or a fragment, short keys, unknown events and names used twice', async () => {
    const hook = (more: string): string => `{ name: crm, url: "https://crm.example.com/", secret: ${secret}${more} }`
    for (const [url, key] of [
      ['file:///etc/passwd', secret],
      ['ftp://crm.example.com/', secret],
      ['https://user:password@crm.example.com/', secret],
      ['https://crm.example.com/#a', secret],
      ['https://crm.example.com/', 'c2hvcnQ='],
    ])
      assert.equal((await faultsOf(written(`{ name: crm, url: "${url}", secret: "${key}" }`))).length, 1, `${url} ${key}`)
    assert.match((await faultsOf(written(hook(', events: [call.rang]'))))[0] ?? '', /webhooks\.yaml:1:\d+: .*call\.ringing/)
    assert.match((await faultsOf(written(hook(''), hook(''))))[0] ?? '', /the name 'crm' is used twice/)
  })

  it('warns about an address that others could read on the way', async () => {
    const warned = async (url: string): Promise<readonly string[]> => {
      const outcome = await load(written(`{ name: crm, url: "${url}", secret: ${secret} }`))
      assert.ok(outcome.ok)
      return outcome.warnings.map(({ message }) => message)
    }
    assert.match((await warned('http://crm.example.com/'))[0] ?? '', /names and numbers of callers go there without encryption/)
    assert.deepEqual(await warned('http://127.0.0.1:3000/'), [])
    assert.deepEqual(await warned('https://crm.example.com/'), [])
  })
})
