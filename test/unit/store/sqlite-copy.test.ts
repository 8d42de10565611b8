import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock as clock } from '../../../src/foundation/clock.js'
import { silentLog as log } from '../../../src/foundation/log.js'
import { wallTime } from '../../../src/foundation/time.js'
import type { AgentUri, GroupName } from '../../../src/routing/world/ids.js'
import { copyStore, restoreStore } from '../../../src/store/sqlite-copy.js'
import { SqliteStore } from '../../../src/store/sqlite.js'

const alice = { agent: 'sip:alice@example.com' as AgentUri, group: 'support' as GroupName, at: wallTime(1_700_000_000_000) }
const bob = { ...alice, agent: 'sip:bob@example.com' as AgentUri }

describe('copies of a store', () => {
  let folder: string
  let file: string
  let copy: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-copy-'))
    file = join(folder, 'carillon.db')
    copy = join(folder, "monday's copy.db")
  })
  afterEach(() => rm(folder, { recursive: true }))

  const open = async (path = file) => {
    const store = new SqliteStore({ file: path, clock, log })
    const { signIns } = await store.load()
    return { store, signIns }
  }
  const withAlice = async () => {
    const { store } = await open()
    store.saveSignIn(alice)
    await store.flush()
    return store
  }

  it('contain what a running server has written, and only their owner may read them', async () => {
    const store = await withAlice()
    await copyStore(file, copy)
    assert.equal((await stat(copy)).mode & 0o777, 0o600)
    const copied = await open(copy)
    assert.deepEqual(copied.signIns, [alice])
    await copied.store.close()
    await store.close()
  })

  it('replace no file', async () => {
    const store = await withAlice()
    await writeFile(copy, 'something else')
    await assert.rejects(copyStore(file, copy), /EEXIST/)
    await assert.rejects(copyStore(join(folder, 'none.db'), join(folder, 'x.db')), /there is no file .*none\.db/)
    await store.close()
  })

  it('bring back the earlier state, and the later data is kept aside', async () => {
    const store = await withAlice()
    await copyStore(file, copy)
    store.deleteSignIn(alice.agent, alice.group)
    store.saveSignIn(bob)
    await store.close()
    await restoreStore(copy, file)
    const restored = await open()
    assert.deepEqual(restored.signIns, [alice])
    await restored.store.close()
    const aside = await open(`${file}.before`)
    assert.deepEqual(aside.signIns, [bob])
    await aside.store.close()
  })

  it('are not restored while a server runs, or if they are damaged: the store does not change', async () => {
    const store = await withAlice()
    await copyStore(file, copy)
    await assert.rejects(restoreStore(copy, file), /in use by another Carillon/)
    await store.close()
    const broken = join(folder, 'broken.db')
    await writeFile(broken, 'no database at all'.repeat(100))
    await assert.rejects(restoreStore(broken, file), /broken\.db can't be restored/)
    const after = await open()
    assert.deepEqual(after.signIns, [alice])
    await after.store.close()
  })
})
