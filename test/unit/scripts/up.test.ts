import assert from 'node:assert/strict'
import { forgetSite } from '../../../scripts/demo/site.js'
import { readOptions } from '../../../scripts/up/options.js'
import { copyBehind } from '../../../scripts/up/site.js'
import { loadConfig } from '../../../src/config/load.js'

const env = { DRACHTIO_SECRET: 'kept' }

describe('npm run up behind a drachtio-server', () => {
  for (const [args, host, port, secret] of [
    [['--drachtio', '10.0.0.7:9023:cy:mru'], '10.0.0.7', 9023, 'cy:mru'],
    [['--drachtio=[::1]:9023:cymru'], '::1', 9023, 'cymru'],
    [['--engine', 'drachtio', '--drachtio', 'sip1'], 'sip1', 9022, 'kept'],
    [['--drachtio', 'sip1:9999'], 'sip1', 9999, 'kept'],
  ] as const)
    it(`reads ${args.join(' ')}`, () => {
      assert.deepEqual(readOptions(args, env).server, { host, port, secret })
    })

  it('starts a server of its own unless one is named, and passes other options on', () => {
    assert.deepEqual(readOptions(['--engine', 'drachtio', '--log-level', 'debug'], env), {
      ...{ server: undefined, serve: ['--log-level', 'debug'] },
    })
  })

  for (const [args, text] of [
    [['--engine', 'kamailio'], /^Error: --engine: expected drachtio, got 'kamailio'/],
    [['--drachtio', ''], /^Error: --drachtio: expected HOST/],
    [['--drachtio', 'sip1:port:cymru'], /got 'sip1:port:…'$/],
  ] as const)
    it(`refuses ${args.join(' ')}, and shows no secret`, () => assert.throws(() => readOptions(args, env), text))

  it('says where the secret can be set if it is missing', () => {
    assert.throws(() => readOptions(['--drachtio', 'sip1:9022'], {}), /DRACHTIO_SECRET/)
  })

  it('changes the sample so that the drachtio-server carries SIP, with the secret from the environment', async () => {
    const site = await copyBehind({ host: '::1', port: 9023 })
    try {
      const loaded = await loadConfig(site.config, { env, generation: 1 })
      assert.ok(loaded.ok, 'the changed sample has errors')
      assert.deepEqual(loaded.warnings, [])
      const { sip } = loaded.settings
      assert.deepEqual(sip.drachtio, [{ host: '::1', port: 9023, secret: 'kept' }])
      assert.equal(sip.webSocketUrl, 'ws://[::1]:5062')
    } finally {
      await forgetSite(site)
    }
  })
})
