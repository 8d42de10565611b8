import assert from 'node:assert/strict'
import { forget, runSoak } from '../../scripts/soak/run.js'
import { judge } from '../../scripts/soak/verdict.js'

describe('A short soak test (npm run soak, for seconds instead of minutes)', () => {
  it('finds no errors while all kinds of calls meet restarts, a crash, config edits and presence that echoes them', async function () {
    this.timeout(300_000)
    const options = {
      ...{ minutes: 0.4, rate: 4, media: true, seed: 13, logLevel: 'info', json: undefined, keep: false },
      ...{ editEvery: 3, restartEvery: 7, sampleEvery: 5, unwritten: 5_000 },
    }
    const soak = await runSoak(options, () => undefined)
    const { wrongs, records, edits } = await judge(soak)
    assert.deepEqual(wrongs, [], `files: ${soak.folder}`)
    assert.deepEqual(
      soak.lives.all.map(({ ending }) => ending),
      ['left', 'killed', 'drained'],
    )
    assert.ok(records.count > 0 && edits['breakFile'] !== undefined)
    await forget(soak)
  })
})
