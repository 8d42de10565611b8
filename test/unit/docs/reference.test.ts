import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { referenceFiles } from '../../../scripts/reference-files.js'

describe('docs/reference/', () => {
  for (const [name, text] of referenceFiles())
    it(`says in ${name} what the code says (npm run docs)`, () =>
      assert.equal(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'), text))
})
