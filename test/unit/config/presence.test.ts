import assert from 'node:assert/strict'
import { presenceSourceWords } from '../../../src/config/settings.js'
import { presenceSourceNames } from '../../../src/presence/port.js'
import { faultsOf, removeFolders, settingsOf, warningsOf } from './folder.js'

const server = (presence: string, proxy = ', outboundProxy: "sip:pbx.example.com"'): string =>
  `sip: { domain: example.com, trustedPeers: [10.0.0.1]${proxy} }\npresence: ${presence}\n`

describe('presence in the config', () => {
  after(removeFolders)

  it('may come from every source except our own calls, which always count', () => {
    assert.deepEqual(new Set([...presenceSourceWords, 'calls']), new Set(presenceSourceNames))
  })

  it('subscribes to both packages at the outbound proxy for an hour by default', async () => {
    const { presence } = await settingsOf({ 'carillon.yaml': server('{ default: [subscribe, publish] }') })
    assert.deepEqual([...presence.agents.values()], [['subscribe', 'publish']])
    assert.deepEqual(presence.subscribe, {
      events: ['presence', 'dialog'],
      expires: 3_600_000,
      perSecond: 50,
      from: 'sip:carillon@example.com',
      outboundProxy: 'sip:pbx.example.com',
    })
  })

  it('subscribes only to the packages that the config names', async () => {
    const text = server('{ default: [subscribe], subscribe: { events: [dialog, dialog], expires: 10m, perSecond: 200 } }')
    const { events, expires, perSecond } = (await settingsOf({ 'carillon.yaml': text })).presence.subscribe
    assert.deepEqual([events, expires, perSecond], [['dialog'], 600_000, 200])
  })

  it('warns of an agent that no server can be asked about', async () => {
    const [warning = '', ...others] = await warningsOf({ 'carillon.yaml': server('{ default: [subscribe] }', '') })
    assert.match(warning, /agents\.yaml:2.*sip:alice@example\.com.*sip\.outboundProxy/)
    assert.deepEqual(others, [])
    assert.deepEqual(await warningsOf({ 'carillon.yaml': server('{ default: [http] }', '') }), [])
  })

  it('refuses values out of range', async () => {
    for (const wrong of ['expires: 9s', 'perSecond: 0', 'events: []', 'events: [refer]', 'every: 1m']) {
      const [fault = ''] = await faultsOf({ 'carillon.yaml': server(`{ subscribe: { ${wrong} } }`) })
      assert.match(fault, /^carillon\.yaml:2:/, wrong)
    }
  })
})
