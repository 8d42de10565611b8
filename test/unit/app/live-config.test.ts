import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { LiveConfig } from '../../../src/app/live-config.js'
import { loadConfig } from '../../../src/config/load.js'
import type { Settings } from '../../../src/config/settings.js'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { makeAuthority } from '../../fakes/certificates.js'
import { FakeClock } from '../../fakes/clock.js'
import { messagesOf, spiedLog } from '../../fakes/spies.js'

describe('a config that fails to apply because of an internal error', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-live-config-'))
    await writeAgents('alice')
    await writeFile(join(folder, 'carillon.yaml'), 'sip: { listen: [udp://127.0.0.1:0], domain: example.com }\n')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const writeAgents = (...names: readonly string[]): Promise<void> =>
    writeFile(join(folder, 'agents.yaml'), `agents: [${names.map(name => `{ uri: 'sip:${name}@example.com' }`).join()}]\n`)
  const agentsOf = ({ routing }: Settings): string[] => routing.agents.map(({ uri }) => uri)

  for (const where of ['prepare', 'apply'] as const)
    it(`leaves the previous config in force, reports the error, and does not block the next config (${where})`, async () => {
      const first = await loadConfig(folder, { env: {}, generation: 1 })
      if (!first.ok) assert.fail(JSON.stringify(first.faults))
      const log = spiedLog()
      const applied: string[][] = []
      let isBroken = true
      let read: ((ok: boolean) => void) | undefined
      const next = (): Promise<boolean> => new Promise(resolve => (read = resolve))
      const breaks = (at: string): void => {
        if (!isBroken || at !== where) return
        isBroken = false
        throw new Error('out of luck')
      }
      const config = new LiveConfig({
        ...{ folder, first, clock: systemClock, log },
        directory: { readMissing: () => Promise.resolve(false), readAgain: () => undefined },
        prepare: () => Promise.resolve().then(() => breaks('prepare')),
        apply: settings => {
          applied.push(agentsOf(settings))
          breaks('apply')
        },
        wasRead: ok => read?.(ok),
      })
      config.reloads.begin()
      await writeAgents('alice', 'bob')

      const failed = next()
      config.reloads.reload()
      assert.equal(await failed, false)
      assert.deepEqual(agentsOf(config.settings), ['sip:alice@example.com'])
      assert.deepEqual(config.check.faults, ['.:1:1: could not be taken: out of luck'])
      const again = next()
      config.reloads.reload()
      assert.equal(await again, true)
      assert.deepEqual(agentsOf(config.settings), ['sip:alice@example.com', 'sip:bob@example.com'])
      assert.deepEqual(messagesOf(log.error), ['the config could not be taken: out of luck; the previous config stays in force'])
      const [one, two] = [['sip:alice@example.com'], ['sip:alice@example.com', 'sip:bob@example.com']]
      assert.deepEqual(applied, where === 'apply' ? [two, one, two] : [two])
      await config.reloads.stop()
    })
})

describe('a config that is taken back after an internal error', () => {
  let folder: string
  let clock: FakeClock
  let failing: (settings: Settings) => boolean
  let config: LiveConfig
  let log: ReturnType<typeof spiedLog>
  let readings: boolean[]
  let read: () => void
  let authorities: string
  before(() => {
    authorities = mkdtempSync(join(tmpdir(), 'carillon-live-config-'))
    for (const name of ['first', 'second']) makeAuthority(authorities, name)
  })
  after(() => rm(authorities, { recursive: true }))
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-live-config-'))
    clock = new FakeClock()
    log = spiedLog()
    readings = []
    read = () => undefined
    for (const name of ['first', 'second']) await copyFile(join(authorities, `${name}.pem`), join(folder, `${name}.pem`))
    await writeFile(join(folder, 'agents.yaml'), "agents: [{ uri: 'sip:alice@example.com' }]\n")
    await useAuthority('first')
    const first = await loadConfig(folder, { env: {}, generation: 1 })
    if (!first.ok) assert.fail(JSON.stringify(first.faults))
    config = new LiveConfig({
      ...{ folder, first, clock, log },
      directory: { readMissing: () => Promise.resolve(false), readAgain: () => undefined },
      prepare: () => Promise.resolve(),
      apply: settings => {
        if (failing(settings)) throw new Error(`no luck with ${trustedFile(settings)}`)
      },
      wasRead: ok => {
        readings.push(ok)
        read()
      },
    })
    config.reloads.watchCertificates()
    config.reloads.begin()
  })
  afterEach(async () => {
    await config.reloads.stop()
    await rm(folder, { recursive: true })
  })

  const useAuthority = (name: string): Promise<void> =>
    writeFile(
      join(folder, 'carillon.yaml'),
      `sip: { listen: [udp://127.0.0.1:0], domain: example.com, tls: { ca: ${name}.pem } }\n`,
    )
  const trustedFile = ({ sip }: Settings): string => basename(sip.tls?.files.at(-1) ?? 'none')

  it('no longer watches its certificates, but those of the config in force', async () => {
    failing = settings => trustedFile(settings) === 'second.pem'
    await useAuthority('second')
    await config.reload()
    assert.deepEqual(readings, [false])
    assert.equal(trustedFile(config.settings), 'first.pem')

    failing = () => false
    await useAuthority('first')
    const again = new Promise<void>(resolve => (read = resolve))
    await copyFile(join(authorities, 'second.pem'), join(folder, 'first.pem'))
    clock.pass(1_000)
    await again
    assert.deepEqual(readings, [false, true])
  })

  it('counts as read with faults, even if the previous config can’t be applied again', async () => {
    failing = () => true
    await useAuthority('second')
    await config.reload()
    assert.deepEqual(readings, [false])
    assert.equal(trustedFile(config.settings), 'first.pem')
    assert.deepEqual(messagesOf(log.error), [
      'the previous config could not be applied again after a fault: no luck with first.pem; some parts may use the new one until the next reload',
      'the config could not be taken: no luck with second.pem; the previous config stays in force',
    ])
  })
})

describe('a config with keys that need a restart', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-live-config-'))
    await writeFile(join(folder, 'agents.yaml'), "agents: [{ uri: 'sip:alice@example.com' }]\n")
  })
  afterEach(() => rm(folder, { recursive: true }))

  const write = (media: string, capture = '16MiB', wrapUp = '0s'): Promise<void> =>
    writeFile(
      join(folder, 'carillon.yaml'),
      `sip: { listen: [udp://127.0.0.1:0], domain: example.com, capture: ${capture} }\nmedia: { ports: ${media} }\nagents: { wrapUp: ${wrapUp} }\n`,
    )

  it('reports them until their values are as they were at the start', async () => {
    await write('20000-20100')
    const first = await loadConfig(folder, { env: {}, generation: 1 })
    if (!first.ok) assert.fail(JSON.stringify(first.faults))
    const log = spiedLog()
    let read: (() => void) | undefined
    const config = new LiveConfig({
      ...{ folder, first, clock: systemClock, log },
      directory: { readMissing: () => Promise.resolve(false), readAgain: () => undefined },
      prepare: () => Promise.resolve(),
      apply: () => undefined,
      wasRead: () => read?.(),
    })
    config.reloads.begin()
    const reload = (): Promise<void> =>
      new Promise(resolve => {
        read = resolve
        config.reloads.reload()
      })
    const said = 'sip.capture, media.ports: changed, but the old value is used until the next start'
    const waits = (): string[] => config.check.warnings.filter(each => each.includes('next start'))
    log.warn.resetHistory()

    await write('20000-20200', '8MiB')
    await reload()
    assert.deepEqual(config.waiting, ['sip.capture', 'media.ports'])
    assert.deepEqual(waits(), [said])
    assert.equal(messagesOf(log.warn).filter(each => each === said).length, 1)
    assert.match(
      messagesOf(log.info).join(),
      /the config changed: server: sip\.capture: 16 MiB → 8 MiB \(at the next start\), media\.ports: 20000-20100 → 20000-20200/,
    )

    // A later change of another key does not clear the warning.
    await write('20000-20200', '8MiB', '5s')
    await reload()
    assert.deepEqual(waits(), [said])
    assert.equal(messagesOf(log.warn).filter(each => each === said).length, 2)

    await write('20000-20100')
    await reload()
    assert.deepEqual([config.waiting, waits()], [[], []])
    await config.reloads.stop()
  })
})

describe('a reload that somebody asks for', () => {
  let folder: string
  let config: LiveConfig
  let readings: number
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-live-config-'))
    await writeFile(join(folder, 'carillon.yaml'), 'sip: { listen: [udp://127.0.0.1:0], domain: example.com }\n')
    await writeAgents('alice')
    const first = await loadConfig(folder, { env: {}, generation: 1 })
    if (!first.ok) assert.fail(JSON.stringify(first.faults))
    readings = 0
    config = new LiveConfig({
      ...{ folder, first, clock: systemClock, log: silentLog },
      directory: { readMissing: () => Promise.resolve(false), readAgain: () => undefined },
      prepare: () => Promise.resolve(),
      apply: () => undefined,
      wasRead: () => (readings += 1),
    })
  })
  afterEach(async () => {
    await config.reloads.stop()
    await rm(folder, { recursive: true })
  })

  const writeAgents = (...names: readonly string[]): Promise<void> =>
    writeFile(join(folder, 'agents.yaml'), `agents: [${names.map(name => `{ uri: 'sip:${name}@example.com' }`).join()}]\n`)

  it('says what changed, or which faults keep the config out', async () => {
    config.reloads.begin()
    await writeAgents('alice', 'bob')
    const taken = await config.reload()
    assert.deepEqual([taken.faults, taken.waiting], [[], []])
    assert.deepEqual(
      taken.changes.map(({ kind, name, change }) => [kind, name, change]),
      [['agent', 'sip:bob@example.com', 'added']],
    )
    assert.deepEqual((await config.reload()).changes, [])
    await writeFile(join(folder, 'agents.yaml'), 'agents: [{ uri: banana }]\n')
    const refused = await config.reload()
    assert.match(refused.faults.join(), /^agents\.yaml:1:17: /)
    assert.deepEqual(refused.changes, [])
  })

  it('reads once for the request and for the change of a file that it comes with', async () => {
    await config.reloads.watch()
    config.reloads.begin()
    await writeAgents('alice', 'bob')
    const taken = await config.reload()
    assert.equal(taken.changes.length, 1)
    // The change of the file may cause a reading of its own. This request comes after it.
    assert.deepEqual((await config.reload()).changes, [])
    assert.equal(readings, 2)
  })

  it('is answered at the stop, too', async () => {
    const asked = config.reload()
    await config.reloads.stop()
    assert.deepEqual((await asked).changes, [])
  })
})
