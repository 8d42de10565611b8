import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wavOf } from '../../console/src/pages/setup/sound.js'
import { eventually } from '../wire/harness/eventually.js'
import { Wire } from '../wire/harness/wire.js'
import { cancelsWhileWaiting } from '../wire/phones/callers.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

const support = { name: 'support', method: 'serial', participationPolicy: 'formal', agents: ['alice', 'bob'] } as const

describe('the settings of the console', () => {
  it('show what an edit changes for callers who wait, mark faults beside their field, write the file, take it back, take a sound, add and remove', async () => {
    const wire = await Wire.open()
    try {
      await wire.serve({ groups: [support] })
      const file = join(wire.configFolder, 'queues/all.yaml')
      const before = `# by hand\n${readFileSync(file, 'utf8')}`
      writeFileSync(file, before)
      await wire.call('caller', 'support', cancelsWhileWaiting(600_000))
      await wire.server.waiting(1)
      const page = await openConsole(`${wire.server.http}/groups?show=setup`, { viewport: { width: 390, height: 844 } })
      await page.getByRole('region', { name: 'Queues' }).getByRole('link', { name: 'support' }).click()
      await page.getByLabel('Callers wait only for a time').check()
      const after = page.getByRole('textbox', { name: 'Longest wait' })
      await after.fill('1s')
      await page.getByRole('button', { name: 'Show what changes' }).click()
      await page.getByText('expected 10s to').waitFor()
      assert.deepEqual(await seriousFaults(page), [], 'with a fault')
      await after.fill('10m')
      await page.getByRole('button', { name: 'Show what changes' }).click()
      await page.getByText('1 caller in support: keeps the place.').waitFor()
      assert.deepEqual(await seriousFaults(page), [], 'with a plan')
      assert.equal(readFileSync(file, 'utf8'), before)
      await page.getByRole('button', { name: 'Apply' }).click()
      await page.getByText('Saved. It is in force now.').waitFor()
      assert.match(readFileSync(file, 'utf8'), /^# by hand\n[^]*timeout:[^]*10m/)
      await page.getByRole('link', { name: 'All settings' }).click()
      await page.getByRole('button', { name: /^Undo the edit/ }).click()
      await page.getByRole('button', { name: 'Undo now' }).click()
      await eventually('the file is as before', () => Promise.resolve(readFileSync(file, 'utf8') === before))
      await page.getByRole('region', { name: 'Workflows' }).getByRole('link', { name: 'support' }).click()
      const tone = Float32Array.from({ length: 8_000 }, (_, at) => Math.sin(at / 3) / 50)
      const sound = { name: 'tone.wav', mimeType: 'audio/wav', buffer: Buffer.from(wavOf(tone)) }
      await page.getByLabel('Upload a sound file: Welcome').setInputFiles(sound)
      await page.getByText('The volume is good.').waitFor()
      await page.getByText(/The sound file prompts\/support-welcome-\w{16}\.wav/).waitFor()
      await page.getByRole('link', { name: 'All settings' }).click()
      await page.getByRole('link', { name: 'Add a set of holidays' }).click()
      await page.getByRole('textbox', { name: 'Name' }).fill('closed')
      await page.getByRole('button', { name: 'Show what changes' }).click()
      await page.getByRole('button', { name: 'Add now' }).click()
      await page.getByRole('heading', { name: 'Holidays closed' }).waitFor()
      assert.match(readFileSync(join(wire.configFolder, 'holidays.yaml'), 'utf8'), /name: closed/)
      await page.getByRole('button', { name: 'Remove this set of holidays…' }).click()
      await page.getByRole('button', { name: 'Remove now' }).click()
      await page.getByRole('heading', { name: 'Latest edits' }).waitFor()
      assert.doesNotMatch(readFileSync(join(wire.configFolder, 'holidays.yaml'), 'utf8'), /closed/)
      await page.context().close()
    } finally {
      // The caller waits for ever.
      await wire.abandon()
      await wire.forget()
    }
  })
})
