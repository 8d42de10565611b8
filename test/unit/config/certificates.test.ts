import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatFault } from '../../../src/config/faults.js'
import { loadConfig, type LoadOptions } from '../../../src/config/load.js'
import { systemClock, wallNow } from '../../../src/foundation/clock.js'
import { wallTime, type WallTime } from '../../../src/foundation/time.js'
import { issue, makeAuthority, type Pair } from '../../fakes/certificates.js'
import { faultsOf, newFolder, removeFolders, writeFolder } from './folder.js'

const sip = (tls: string, listen = 'tls://0.0.0.0') => ({
  'carillon.yaml': `sip:
  domain: example.com
  trustedPeers: [10.0.0.1]
  listen: ['${listen}']
  tls: ${tls}
`,
})
const both = '{ certificate: cert.pem, key: key.pem }'

describe('certificates of the config', () => {
  let ours: Pair
  let other: Pair
  /** The time at which they were made. */
  let made: WallTime
  before(() => {
    const folder = newFolder()
    const authority = makeAuthority(folder, 'authority')
    ours = issue(folder, 'ours', authority, ['DNS:rgs.example.com'])
    other = issue(folder, 'other', authority, ['DNS:rgs.example.com'])
    made = wallNow(systemClock)
  })
  after(removeFolders)

  const inDays = (days: number): WallTime => wallTime(made + days * 86_400_000)

  /** The config with these files, as it is read this many days later. */
  async function told(tls: string, files: Readonly<Record<string, string>>, days = 0, more: Partial<LoadOptions> = {}) {
    const folder = writeFolder(sip(tls))
    for (const [name, from] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      copyFileSync(from, join(folder, name))
    }
    const outcome = await loadConfig(folder, { env: {}, generation: 1, now: inDays(days), ...more })
    return {
      outcome,
      folder,
      faults: outcome.ok ? [] : outcome.faults.map(formatFault),
      warnings: outcome.ok ? outcome.warnings.map(formatFault) : [],
    }
  }
  const files = (): Record<string, string> => ({ 'cert.pem': ours.certificateFile, 'key.pem': ours.keyFile })

  it('are read together with their key, relative to the config folder', async () => {
    const { outcome, folder } = await told(both, files())
    assert.ok(outcome.ok)
    const { tls, listen } = outcome.settings.sip
    assert.deepEqual(listen, [{ transport: 'tls', host: '0.0.0.0', port: 5061 }])
    assert.equal(tls?.certificate, ours.certificate)
    assert.equal(tls?.key, ours.key)
    assert.deepEqual(tls?.files, [join(folder, 'cert.pem'), join(folder, 'key.pem')])
    assert.ok(Math.abs((tls?.expires ?? 0) - inDays(30)) < 60_000)
  })

  for (const [what, names, place, message] of [
    ['a missing file', { 'key.pem': 'keyFile' }, '5:23', "'cert.pem' can't be used: ENOENT"],
    [
      'a key in the place of a certificate',
      { 'cert.pem': 'keyFile', 'key.pem': 'keyFile' },
      '5:23',
      "'cert.pem' can't be used: there is no",
    ],
    [
      'a certificate in the place of a key',
      { 'cert.pem': 'certificateFile', 'key.pem': 'certificateFile' },
      '5:38',
      "'key.pem' can't be used",
    ],
  ] as const) {
    it(`are refused with file, line and column for ${what}`, async () => {
      const { faults } = await told(both, Object.fromEntries(Object.entries(names).map(([name, file]) => [name, ours[file]])))
      assert.equal(faults.length, 1)
      assert.ok(faults[0]?.startsWith(`carillon.yaml:${place}: ${message}`), faults[0])
    })
  }

  it('are refused with the key of another certificate', async () => {
    const { faults } = await told(both, { ...files(), 'key.pem': other.keyFile })
    assert.deepEqual(faults, ['carillon.yaml:5:38: this is not the key of the certificate for CN=ours'])
  })

  it('are refused by `check` after they have expired, but only cause a warning in a running server', async () => {
    const { faults } = await told(both, files(), 31)
    assert.match(faults.join(), /^carillon\.yaml:5:23: this certificate has expired on .*renew it$/)
    const { outcome, warnings } = await told(both, files(), 31, { serving: true })
    assert.equal(outcome.ok, true)
    assert.match(warnings.join(), /has expired/)
  })

  it('cause a warning within 14 days of their expiry', async () => {
    assert.deepEqual((await told(both, files(), 15)).warnings, [])
    assert.match(
      (await told(both, files(), 17)).warnings.join(),
      /^carillon\.yaml:5:23: this certificate expires on .*: renew it$/,
    )
  })

  it('are refused if the file of the authorities contains none', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'empty.pem'), '# nothing\n')
    const { faults } = await told('{ certificate: cert.pem, key: key.pem, clientCa: ca.pem }', {
      ...files(),
      'ca.pem': join(folder, 'empty.pem'),
    })
    assert.match(faults.join(), /^carillon\.yaml:5:\d+: 'ca\.pem' can't be used: there is no -----BEGIN CERTIFICATE/)
  })

  for (const [tls, fault] of [
    ['{ certificate: cert.pem }', "5:8: 'certificate' needs its 'key' beside it"],
    ['{ key: key.pem }', "5:8: 'key' needs its 'certificate' beside it"],
    [
      '{ certificate: a, key: b, trustedNames: [sbc.example.com] }',
      "5:34: 'trustedNames' chooses among the peers of 'clientCa', which is missing",
    ],
  ] as const) {
    it(`are refused if keys are missing or have no effect: ${tls}`, async () => {
      const faults = await faultsOf(sip(tls))
      assert.ok(faults.includes(`carillon.yaml:${fault}`), faults.join('\n'))
    })
  }

  for (const listen of ['tls://0.0.0.0', 'wss://0.0.0.0:8443']) {
    it(`are required for ${listen}`, async () => {
      const faults = await faultsOf(sip('{}', listen))
      const [scheme = ''] = listen.split(':')
      assert.deepEqual(faults, [
        `carillon.yaml:4:12: ${scheme}:// needs a certificate: name its files in sip.tls.certificate and sip.tls.key`,
      ])
    })
  }
})
