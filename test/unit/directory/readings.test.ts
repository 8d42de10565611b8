import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import sinon from 'sinon'
import { readKept } from '../../../src/config/kept-lists.js'
import type { DirectoryList, DirectorySettings } from '../../../src/config/settings.js'
import { DirectoryReadings } from '../../../src/directory/readings.js'
import type { ListAnswer } from '../../../src/directory/read-lists.js'
import { millis, seconds, wallTime } from '../../../src/foundation/time.js'
import { groupName } from '../../../src/routing/world/ids.js'
import { FakeClock } from '../../fakes/clock.js'
import { messagesOf, spiedLog } from '../../fakes/spies.js'
import { eventually } from '../../wire/harness/eventually.js'

const nameOf = (digit: string): string => `${digit.repeat(32)}.json`

describe('the readings of a directory', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'carillon-directory-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const listOf = (group: string, digit = '1'): DirectoryList => ({
    ...{ group: groupName(group), where: 'groups.yaml:1:1', dn: `cn=${group}`, servers: [] },
    file: join(folder, 'lists', nameOf(digit)),
  })
  const settingsOf = (...lists: readonly DirectoryList[]): DirectorySettings => ({
    ...{ startTls: true, servers: [], nested: false, attributes: ['mail'], refresh: seconds(900), lists },
  })
  const found = (...names: readonly string[]): ListAnswer => ({
    ...{ kind: 'read', file: nameOf('1') },
    list: {
      ...{ version: 1, readAt: 1_800_000_000_000, skipped: { groups: 0, disabled: 0, unreadable: 0 } },
      members: names.map(name => ({ name, uris: [`sip:${name}@example.com`] })),
    },
  })
  const failed = (isLogin = false): ListAnswer => ({ kind: 'failed', file: nameOf('1'), because: 'no answer', isLogin })

  /** The directory answers with these, one after another. */
  function readingsOf(...answers: readonly ListAnswer[]) {
    const clock = new FakeClock()
    const log = spiedLog()
    const changed = sinon.stub()
    const read = sinon.stub<Parameters<ConstructorParameters<typeof DirectoryReadings>[0]['read']>, Promise<ListAnswer[]>>()
    answers.forEach((answer, index) => read.onCall(index).resolves([answer]))
    const readings = new DirectoryReadings({ clock, log, read, changed })
    const reads = (count: number): Promise<unknown> =>
      eventually(
        `reading ${count}`,
        () => [...readings.counts.values()].reduce((sum, each) => sum + each) === count && clock.size > 0,
      )
    return { clock, log, changed, read, readings, reads }
  }

  it('keep the last members if the new list would be too long to be read again', async () => {
    const { log, readings, reads } = readingsOf(found('alice'), found(...Array.from({ length: 4_000 }, () => 'x'.repeat(3_000))))
    readings.use(settingsOf(listOf('support')))
    await reads(1)
    readings.readAgain()
    await reads(2)
    const kept = await readKept(listOf('support').file)
    assert.deepEqual(
      kept?.members.map(({ name }) => name),
      ['alice'],
    )
    assert.match(messagesOf(log.error).join(), /more than 16 MiB/)
  })

  it('keep the members in a file and tell of a change', async () => {
    const { changed, readings, reads } = readingsOf(found('alice', 'bob'))
    readings.use(settingsOf(listOf('support')))
    await reads(1)
    const kept = await readKept(listOf('support').file)
    assert.deepEqual(
      kept?.members.map(({ name }) => name),
      ['alice', 'bob'],
    )
    sinon.assert.calledOnce(changed)
    assert.deepEqual(readings.troubles(), [])
    readings.stop()
  })

  it('tell nothing while the members stay the same', async () => {
    const { changed, clock, readings, reads } = readingsOf(found('alice'), found('alice'))
    readings.use(settingsOf(listOf('support')))
    await reads(1)
    clock.pass(seconds(900))
    await reads(2)
    sinon.assert.calledOnce(changed)
    readings.stop()
  })

  it('keep the last members while the directory is away, try again each minute, and log it once', async () => {
    const { clock, log, readings, reads } = readingsOf(found('alice'), failed(), failed(), found('alice'))
    readings.use(settingsOf(listOf('support')))
    await reads(1)
    clock.pass(seconds(900))
    await reads(2)
    clock.pass(seconds(60))
    await reads(3)
    assert.equal((await readKept(listOf('support').file))?.members.length, 1)
    assert.deepEqual(readings.troubles(), ["directory: 1 of 1 lists can't be read now; the last members stay"])
    assert.deepEqual(messagesOf(log.error), [
      "the list of the group support can't be read (no answer); the members of 2027-01-15T08:00:00.000Z stay, and it is tried again",
    ])
    clock.pass(seconds(60))
    await reads(4)
    assert.deepEqual(readings.troubles(), [])
    assert.deepEqual(messagesOf(log.warn), ['the list of the group support is read again'])
    readings.stop()
  })

  it('do not try a wrong password again before the next refresh, because that might lock the account', async () => {
    const { clock, read, readings, reads } = readingsOf(failed(true), failed(true))
    readings.use(settingsOf(listOf('support')))
    await reads(1)
    clock.pass(seconds(899))
    sinon.assert.calledOnce(read)
    clock.pass(seconds(1))
    await reads(2)
    readings.stop()
  })

  it('say which lists were never read', async () => {
    const { readings, reads } = readingsOf(failed())
    readings.use(settingsOf(listOf('support')))
    await reads(1)
    assert.deepEqual(readings.troubles(), ['directory: 1 of 1 lists could never be read; their groups have no agents'])
    readings.stop()
  })

  it('of lists that were never read come before the config is used', async () => {
    const { read, readings } = readingsOf(found('alice'))
    const known = { ...listOf('sales', '2'), readAt: wallTime(1) }
    assert.equal(await readings.readMissing({ directory: settingsOf(listOf('support'), known) }), true)
    assert.deepEqual(
      read.args[0]?.[0].lists.map(({ group }) => group),
      ['support'],
    )
    assert.equal(await readings.readMissing({ directory: settingsOf(known) }), false)
    assert.equal(await readings.readMissing({}), false)
    sinon.assert.calledOnce(read)
  })

  it('begin again only when the settings change', async () => {
    const { read, readings, reads } = readingsOf(found('alice'), found('alice'))
    readings.use(settingsOf(listOf('support')))
    await reads(1)
    readings.use(settingsOf({ ...listOf('support'), readAt: wallTime(5) }))
    sinon.assert.calledOnce(read)
    readings.use({ ...settingsOf(listOf('support')), refresh: millis(60_000) })
    await reads(2)
    readings.stop()
  })

  it('remove the list of a group that the config has not named for 30 days', async () => {
    const old = listOf('sales', '2')
    const { clock, readings, reads } = readingsOf({ ...found('alice'), file: basename(old.file) }, found('alice'), found('alice'))
    readings.use(settingsOf(old))
    await reads(1)
    readings.use(settingsOf(listOf('support')))
    await reads(2)
    assert.ok(await readKept(old.file))
    clock.pass(seconds(31 * 86_400))
    await reads(3)
    await eventually('the old list is gone', async () => (await readKept(old.file)) === undefined)
    readings.stop()
  })
})
