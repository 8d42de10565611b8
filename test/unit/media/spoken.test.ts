import assert from 'node:assert/strict'
import { readWavHead } from '../../../src/config/wav-head.js'
import { systemClock } from '../../../src/foundation/clock.js'
import { SpokenTexts } from '../../../src/media/prompts/spoken.js'

describe('words that somebody tries', () => {
  it('are spoken one text at a time as callers hear them, and a language without a voice is told', async () => {
    const texts = new SpokenTexts(systemClock, { espeak: '/nonexistent/espeak', espeakPackage: 'none' })
    const [spoken, unspoken] = await Promise.all([
      texts.speak('Welcome.', 'en-GB', { name: 'ann' }),
      texts.speak('Bonjour.', 'fr-FR', { name: 'max' }),
    ])
    const head = spoken.ok ? readWavHead(spoken.value) : assert.fail(spoken.fault)
    assert.ok(head.ok && head.value.rate === 8_000 && head.value.bits === 16 && head.value.content.length > 4_000)
    assert.ok(!unspoken.ok && unspoken.fault.startsWith('no voice for fr-FR'))
  })
})
