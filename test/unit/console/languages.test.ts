import assert from 'node:assert/strict'
import { setupInEnglish } from '../../../console/src/language/en-setup.js'
import { setupInFrench } from '../../../console/src/language/fr-setup.js'
import { languages, localeFor, preferred } from '../../../console/src/language/languages.js'

/** Every message of a table by its path. Functions are called with sample words and counts. */
function told(table: object, path = ''): Map<string, string> {
  const messages = new Map<string, string>()
  for (const [name, value] of Object.entries(table)) {
    const at = `${path}.${name}`
    if (typeof value === 'string') messages.set(at, value)
    else if (typeof value === 'function') messages.set(at, String((value as (...given: unknown[]) => unknown)(2, 2, 2)))
    else for (const [below, text] of told(value as object, at)) messages.set(below, text)
  }
  return messages
}

describe('the console’s languages', () => {
  const [english, ...others] = Object.values(languages).map(table => told(table))

  it('have the same messages, none of them empty', () => {
    for (const other of others) assert.deepEqual([...other.keys()].sort(), [...(english?.keys() ?? [])].sort())
    for (const table of [english, ...others]) for (const [name, text] of table ?? []) assert.notEqual(text.trim(), '', name)
  })

  it('have the same texts of the forms, none of them empty', () => {
    const [ours, french] = [told(setupInEnglish), told(setupInFrench)]
    assert.deepEqual([...french.keys()].sort(), [...ours.keys()].sort())
    for (const table of [ours, french]) for (const [name, text] of table) assert.notEqual(text.trim(), '', name)
  })

  it('follow the browser’s order of languages', () => {
    assert.equal(preferred(['de-DE', 'fr-CA', 'en']), 'fr')
    assert.equal(preferred(['EN-us', 'fr']), 'en')
    assert.equal(preferred(['de']), 'en')
    assert.equal(preferred([]), 'en')
  })

  it('give a full French sentence for each refusal of the server', () => {
    const { fr } = languages
    assert.equal(
      fr.failed.refused('too many wrong passwords from this address; try again in 10 seconds'),
      'Trop de mots de passe erronés ; réessayez dans 10 secondes.',
    )
    assert.equal(fr.failed.refused("cursor: 'x' is none that this list gave"), 'cursor : « x » ne vient d’aucune réponse.')
  })

  it('give a full English sentence for each refusal of the server', () => {
    const { en } = languages
    assert.equal(en.failed.refused('log in, or send a token'), 'Log in, or send a token.')
    assert.equal(en.failed.refused('sip:a@example.com is not in wrap-up'), 'Your wrap-up is already over.')
    assert.equal(en.failed.refused('sip:a@example.com is no agent'), 'sip:a@example.com is no agent.')
    assert.equal(en.failed.refused('to: is before from'), 'to: is before from.')
  })

  it('say why an agent has a presence, and name the source only when the reason does not show it', () => {
    const { en, fr } = languages
    const said = (words: string): string[] => [en.presence.because(words), fr.presence.because(words)]
    assert.deepEqual(said('registration: no phone is registered'), ['No phone is registered', 'Aucun téléphone n’est enregistré'])
    assert.deepEqual(said('subscribe: on the phone (dialog)'), ['On a call (PBX)', 'Au téléphone (PBX)'])
    assert.deepEqual(said('unknown: no word yet from subscribe or http'), [
      'Nothing received yet from PBX or another system',
      'Aucune information reçue : PBX, autre système',
    ])
    assert.equal(en.presence.because('always: no source is configured for this agent'), 'Always available')
    assert.equal(fr.presence.reason('a reason without a translation'), 'a reason without a translation')
  })

  it('write dates in the style of the browser’s region', () => {
    assert.equal(localeFor('en', ['fr-FR', 'en-US']), 'en-US')
    assert.equal(localeFor('en', ['fr-FR']), 'en-GB')
    assert.equal(localeFor('fr', []), 'fr')
  })
})
