import assert from 'node:assert/strict'
import { faultsOf, removeFolders, settingsOf, type Files } from './folder.js'

const behind = (more = ''): Files => ({
  'carillon.yaml': `sip: { domain: example.com, engine: drachtio, drachtio: { host: 10.0.0.7, secret: cymru }${more} }\n`,
})
const sip = (keys: string): Files => ({ 'carillon.yaml': `sip: { domain: example.com, ${keys} }\n` })

describe('sip.engine: drachtio of the config', () => {
  after(removeFolders)

  it('has one server on the usual port, listens nowhere, and takes its host for one of ours', async () => {
    const { sip, calls } = await settingsOf(behind())
    assert.deepEqual(sip.drachtio, [{ host: '10.0.0.7', port: 9022, secret: 'cymru' }])
    assert.deepEqual([sip.listen, calls.ourHosts], [[], ['10.0.0.7']])
  })

  it('has several servers, by TLS where it says so', async () => {
    const { sip: settings } = await settingsOf(
      sip(
        'engine: drachtio, drachtio: [{ host: a.example.com, secret: x }, { host: 10.0.0.8, port: 9023, secret: y, tls: true }]',
      ),
    )
    assert.deepEqual(settings.drachtio, [
      { host: 'a.example.com', port: 9022, secret: 'x' },
      { host: '10.0.0.8', port: 9023, secret: 'y', tls: {} },
    ])
  })

  it('says where phones in browsers connect', async () => {
    const { sip: settings } = await settingsOf(behind(', webSocket: { url: "wss://sip.example.com:7443/" }'))
    assert.equal(settings.webSocketUrl, 'wss://sip.example.com:7443')
  })

  it('listens on UDP and TCP port 5060 with the engine embedded', async () => {
    const { sip: settings } = await settingsOf(sip('digest: [md5]'))
    assert.deepEqual(
      settings.listen.map(({ transport, host, port }) => `${transport} ${host} ${port}`),
      ['udp 0.0.0.0 5060', 'tcp 0.0.0.0 5060'],
    )
    assert.equal(settings.drachtio, undefined)
  })

  it('does not repeat a wrong secret in its fault', async () => {
    for (const secret of ['"hunter2|"', '12345'])
      assert.doesNotMatch(
        (await faultsOf(sip(`engine: drachtio, drachtio: { host: a, secret: ${secret} }`))).join(),
        /hunter2|12345/,
      )
  })

  for (const [what, files, expected] of [
    ['no server', sip('engine: drachtio'), /needs 'drachtio' with host and secret/],
    ['a server without the engine', sip('drachtio: { host: a, secret: x }'), /'drachtio' needs engine: drachtio/],
    ['a server without a secret', sip('engine: drachtio, drachtio: { host: a }'), /secret/],
    ['a secret that would break the line', sip('engine: drachtio, drachtio: { host: a, secret: "x|y" }'), /expected no \\|/],
    ['a misspelt key beside it', sip('engine: embedded, advertize: a'), /unknown key 'advertize'; did you mean 'advertise'/],
    [
      'a misspelt key, and names what is meant',
      sip('engine: drachtio, drachtio: [{ hots: a, host: a, secret: x }]'),
      /unknown key 'hots'; did you mean 'host'/,
    ],
    [
      'connections by the server to us',
      sip('engine: drachtio, drachtio: { host: a, secret: x, listen: "0.0.0.0:4000" }'),
      /'listen' is not supported yet \(the drachtio-server would connect to Carillon, and anybody who connects could claim/,
    ],
    ['addresses to listen on', behind(', listen: ["udp://10.0.0.1:5060"]'), /the drachtio-server listens/],
    ['certificates', behind(', tls: {}'), /the drachtio-server has the certificates/],
    [
      'proxies of phones',
      behind(', trustedPeers: [10.0.0.5], proxies: [{ addresses: [10.0.0.5] }]'),
      /phones cannot register through proxies/,
    ],
    ['origins of pages', behind(', webSocket: { origins: ["https://a.example.com"] }'), /lets every page connect/],
    [
      'a path for phones in browsers',
      behind(', webSocket: { url: "wss://sip.example.com/sip" }'),
      /expected the URL of a WebSocket/,
    ],
    [
      'where phones in browsers connect if nothing listens for them',
      sip('listen: ["udp://127.0.0.1:5060"], webSocket: { url: "wss://sip.example.com" }'),
      /'url' needs a ws:\/\/ or wss:\/\/ address in listen/,
    ],
  ] as const)
    it(`refuses ${what}`, async () => {
      const faults = await faultsOf(files)
      assert.equal(faults.length, 1, JSON.stringify(faults))
      assert.match(JSON.stringify(faults), expected)
    })
})
