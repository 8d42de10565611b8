import assert from 'node:assert/strict'
import { formatParameters, parseParameters } from '../../../../src/sip/message/parameters.js'

describe('parameters behind a value', () => {
  for (const count of [1, 15, 16, 17, 1_000])
    it(`are found by name and keep their order when there are ${count}`, () => {
      const text = Array.from({ length: count }, (_each, index) => `;p${index}=${index}`).join('')
      const parameters = parseParameters(`${text};P0=again;p${count - 1};last`) ?? assert.fail('not read')
      assert.equal(parameters.size, count + 1)
      assert.equal(parameters.get('p0'), '0', 'the first one of a name counts')
      assert.equal(parameters.get(`p${count - 1}`), String(count - 1))
      assert.ok(parameters.has('last'))
      assert.equal(parameters.get('last'), undefined)
      assert.ok(!parameters.has(`p${count}`))
      assert.equal(formatParameters(parameters), `${text};last`)
    })
})
