import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../../src/foundation/log.js'
import { keyBeside, tighten, type PrivatePlace } from '../../../src/store/private-files.js'
import { eventsOf, spiedLog } from '../../fakes/spies.js'

describe('files that only this process may read', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-private-'))
    chmodSync(folder, 0o755)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const file = (name: string): string => {
    writeFileSync(join(folder, name), 'x')
    chmodSync(join(folder, name), 0o644)
    return join(folder, name)
  }
  const subfolder = (name: string): string => {
    mkdirSync(join(folder, name))
    chmodSync(join(folder, name), 0o755)
    return join(folder, name)
  }
  /** Folders with `.jsonl` files such as the journal's, and the store's files. */
  const places = (...folders: readonly string[]): PrivatePlace[] => [
    ...folders.map(each => ({ folder: each, isOurs: (name: string) => name.endsWith('.jsonl') })),
    { folder, isOurs: name => name.startsWith('c.db') },
  ]
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

  it('lose the rights of other users at the start: the store with the files beside it, the journal and the speech', async () => {
    const journal = subfolder('journal')
    const files = [file('c.db'), file('c.db-wal'), file('c.db.lock'), file('journal/one.jsonl')]
    await tighten(places(journal, join(folder, 'speech')), silentLog)
    assert.deepEqual(files.map(mode), ['600', '600', '600', '600'])
    assert.deepEqual([mode(folder), mode(journal)], ['700', '700'])
  })

  it('leave the rights of a folder that contains files of others', async () => {
    const journal = subfolder('journal')
    const [store, other, log] = [file('c.db'), file('other.txt'), file('journal/syslog')]
    await tighten(places(journal), silentLog)
    assert.deepEqual([store, other, log].map(mode), ['600', '644', '644'])
    assert.deepEqual([mode(folder), mode(journal)], ['755', '755'])
  })

  it('are reported when their rights can’t be changed', async () => {
    const log = spiedLog()
    await tighten(places(`${folder}\0`), log)
    assert.deepEqual(eventsOf(log.warn), ['store.readable'])
  })

  it('contain one key that is made once', async () => {
    const store = join(folder, 'c.db')
    const first = await keyBeside(store, randomBytes, silentLog)
    const again = await keyBeside(store, randomBytes, silentLog)
    assert.equal(Buffer.compare(first, again), 0)
    assert.equal(first.length, 32)
    assert.deepEqual(readdirSync(folder), ['c.db.key'])
    assert.equal(mode(join(folder, 'c.db.key')), '600')
  })

  it('are replaced by a key of this process if no key can be stored', async () => {
    const log = spiedLog()
    const key = await keyBeside(join(folder, 'gone', 'c.db'), randomBytes, log)
    assert.deepEqual([key.length, eventsOf(log.warn)], [32, ['store.noKey']])
  })
})
