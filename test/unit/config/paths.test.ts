import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatFault } from '../../../src/config/faults.js'
import { loadConfig } from '../../../src/config/load.js'
import { base, newFolder, removeFolders, today } from './folder.js'

describe('relative paths of the config', () => {
  after(removeFolders)

  /** A config folder inside a site's folder, and the paths that it reads. `old`: files beside the config folder. */
  async function read(server: string, old: readonly string[] = [], own: readonly string[] = []) {
    const site = newFolder()
    const config = join(site, 'config')
    mkdirSync(config)
    const files = { ...base, 'carillon.yaml': `${base['carillon.yaml'] ?? ''}${server}` }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(config, name), text, { mode: 0o600 })
    for (const name of [...old, ...own.map(each => `config/${each}`)]) {
      mkdirSync(join(site, name, '..'), { recursive: true })
      writeFileSync(join(site, name), 'x')
    }
    const outcome = await loadConfig(config, { env: {}, generation: 1, now: today })
    assert.ok(outcome.ok, outcome.ok ? '' : outcome.faults.map(formatFault).join('\n'))
    const { store, journal, media } = outcome.settings
    const within = (path: string): string => path.replace(`${site}/`, '')
    return {
      store: store.kind === 'sqlite' ? within(store.file) : 'memory',
      journal: within(journal.folder),
      speech: within(media.cacheFolder),
      warnings: outcome.warnings.map(formatFault).map(within),
    }
  }

  it('begin at the config folder', async () => {
    const found = await read('store: sqlite:./kept/c.db\njournal: { folder: journal }\nmedia: { cache: ../speech }\n')
    assert.deepEqual(found, { store: 'config/kept/c.db', journal: 'config/journal', speech: 'speech', warnings: [] })
  })

  it('that are not named lead to the folder data beside the config folder', async () => {
    const expected = { store: 'data/carillon.db', journal: 'data/journal', speech: 'data/speech', warnings: [] }
    assert.deepEqual(await read(''), expected)
    assert.deepEqual(await read('store: memory\n'), { ...expected, store: 'memory' })
  })

  it('lead to what an older version left beside the config folder, with a warning', async () => {
    const found = await read('store: sqlite:./data/carillon.db\n', ['data/carillon.db'])
    assert.equal(found.store, 'data/carillon.db')
    assert.equal(found.journal, 'data/journal')
    assert.match(
      found.warnings.join(),
      /^carillon\.yaml:2:8: '\.\/data\/carillon\.db' now begins at the config folder, .*write '\.\.\/data\/carillon\.db'$/,
    )
    assert.equal((await read('store: sqlite:./data/carillon.db\n', ['data/other'])).store, 'data/carillon.db')
  })

  it('lead to the config folder as soon as the file is there', async () => {
    const found = await read('store: sqlite:./data/carillon.db\n', ['data/carillon.db'], ['data/carillon.db'])
    assert.deepEqual([found.store, found.warnings], ['config/data/carillon.db', []])
  })

  it('of the default never lead to the data of another server', async () => {
    const site = newFolder()
    mkdirSync(join(site, 'data'))
    writeFileSync(join(site, 'data', 'carillon.db'), 'of another server')
    mkdirSync(join(site, 'second'))
    const config = newFolder()
    for (const [name, text] of Object.entries(base)) writeFileSync(join(config, name), text, { mode: 0o600 })
    renameSync(config, join(site, 'second', 'config'))
    mkdirSync(config)
    const outcome = await loadConfig(join(site, 'second', 'config'), { env: {}, generation: 1, now: today })
    assert.ok(outcome.ok && outcome.settings.store.kind === 'sqlite')
    assert.equal(outcome.settings.store.file, join(site, 'second', 'data', 'carillon.db'))
  })
})
