import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { runCommand } from '../../src/cli/command.js'
import { importCommand } from '../../src/cli/import.js'
import { loadConfig } from '../../src/config/load.js'
import { formatFault } from '../../src/config/faults.js'
import type { Settings } from '../../src/config/settings.js'
import { exported } from '../fakes/lync-export.js'
import { carillonOf, lyncOf, siteModels } from '../fakes/lync-model.js'
import { spiedOutput } from '../fakes/spies.js'
import { newFolder, removeFolders } from '../unit/config/folder.js'

describe('importing an export of a config', () => {
  after(removeFolders)

  async function settingsIn(folder: string): Promise<Settings> {
    const loaded = await loadConfig(folder, { env: {}, generation: 1 })
    assert.ok(loaded.ok, loaded.ok ? '' : loaded.faults.map(formatFault).join('\n'))
    return loaded.settings
  }

  it('gives that config', async () => {
    await fc.assert(
      fc.asyncProperty(siteModels, async site => {
        const [written, imported, file] = [newFolder(), newFolder(), join(newFolder(), 'export.zip')]
        for (const [name, text] of Object.entries(carillonOf(site))) writeFileSync(join(written, name), text)
        writeFileSync(file, exported(lyncOf(site)))
        const output = spiedOutput()
        const code = await runCommand(
          [importCommand()],
          ['import', 'lync', file, '--to', imported, '--pbx', '10.0.0.5', '--json'],
          output,
        )
        const report = JSON.parse(output.out.args.flat().join('')) as { changed: unknown[]; notPossible: unknown[] }
        assert.deepEqual([code, report.changed, report.notPossible, output.err.args], [0, [], [], []])
        const [before, after] = [await settingsIn(written), await settingsIn(imported)]
        assert.deepEqual(after.routing, before.routing)
        assert.deepEqual(after.calls.workflows, before.calls.workflows)
        assert.deepEqual(after.calls.agents, before.calls.agents)
      }),
      { numRuns: 20 },
    )
  })
})
