import assert from 'node:assert/strict'
import { languages, localeFor, preferred } from '../../../console/src/language/languages.js'

/** Every message of a table by its path; functions are asked with words and counts. */
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

  it('say the same messages, none of them empty', () => {
    for (const other of others) assert.deepEqual([...other.keys()].sort(), [...(english?.keys() ?? [])].sort())
    for (const table of [english, ...others]) for (const [name, text] of table ?? []) assert.notEqual(text.trim(), '', name)
  })

  it('are taken from the browser’s, in its order', () => {
    assert.equal(preferred(['de-DE', 'fr-CA', 'en']), 'fr')
    assert.equal(preferred(['EN-us', 'fr']), 'en')
    assert.equal(preferred(['de']), 'en')
    assert.equal(preferred([]), 'en')
  })

  it('say in French what the server refuses, and why an agent is there or not', () => {
    const { fr } = languages
    assert.equal(
      fr.failed.refused('this name and password do not belong together'),
      'Refusé : ce nom et ce mot de passe ne vont pas ensemble',
    )
    assert.equal(
      fr.failed.refused('too many wrong passwords from this address; try again in 10 seconds'),
      'Refusé : trop de mots de passe erronés ; réessayez dans 10 secondes',
    )
    assert.equal(
      fr.presence.because('registration: no phone is registered'),
      'motif : votre téléphone, aucun téléphone n’est enregistré',
    )
    assert.equal(
      fr.presence.because('unknown: no word yet from subscribe'),
      'motif : inconnu, encore aucune nouvelle de subscribe',
    )
    assert.equal(fr.presence.reason('what nobody has put into French'), 'what nobody has put into French')
  })

  it('write moments as the browser’s region does', () => {
    assert.equal(localeFor('en', ['fr-FR', 'en-US']), 'en-US')
    assert.equal(localeFor('en', ['fr-FR']), 'en-GB')
    assert.equal(localeFor('fr', []), 'fr')
  })
})
