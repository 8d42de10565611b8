import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { rules, type Rule } from './rules.js'

const page = readFileSync(new URL('../../../docs/response-group.md', import.meta.url), 'utf8')
const sections = new Map(page.split(/^## (?=\d)/m).map(text => [Number.parseInt(text, 10), text.replace(/\s+/g, ' ')]))

describe('the rules that tables of routing name', () => {
  for (const [rule, [section, words]] of Object.entries(rules) as [Rule, (typeof rules)[Rule]][])
    it(`stand in docs/response-group.md: §${section} ${rule}`, () => {
      assert(sections.get(section)?.includes(words), `not in §${section}: ${words}`)
    })
})
