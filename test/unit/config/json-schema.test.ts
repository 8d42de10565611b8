import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { jsonSchemas } from '../../../src/config/json-schema.js'

const sample = new URL('../../../config/', import.meta.url)

/** Whether an editor would accept this value of a file. */
function accepts(name: string, value: unknown): boolean {
  const text = jsonSchemas().get(`${name}.schema.json`) ?? assert.fail(name)
  return new Ajv2020({ strict: false, validateFormats: false }).validate(JSON.parse(text) as object, value)
}

describe('the JSON Schemas for editors', () => {
  it('refuse values that no server takes, as check does', () => {
    const main = (sip: object, more: object = {}) => ({ sip: { domain: 'example.com', ...sip }, ...more })
    assert.ok(accepts('carillon', main({ listen: ['udp://0.0.0.0:5060', 'tcp://[::]:5060', '${LISTEN}'] })))
    for (const wrong of [
      main({ listen: ['banana'] }),
      main({ listen: ['http://0.0.0.0:80'] }),
      main({ capture: '16' }),
      main({}, { http: { listen: 'banana' } }),
      main({}, { media: { ports: '20000' } }),
      main({}, { defaults: { agentAlertTime: '20 seconds' } }),
    ])
      assert.ok(!accepts('carillon', wrong), JSON.stringify(wrong))
    assert.ok(accepts('agents', { agents: [{ uri: 'sip:alice@example.com', contact: 'sip:alice@10.1.2.3:5060' }] }))
    assert.ok(!accepts('agents', { agents: [{ uri: 'alice' }] }))
  })

  it('accept the sample', () => {
    const files = readdirSync(sample, { recursive: true, encoding: 'utf8' }).filter(name => /\.ya?ml$/.test(name))
    const checked = files.filter(file => {
      const text = readFileSync(new URL(file, sample), 'utf8')
      const [, name] = /schema\/(\w+)\.schema\.json/.exec(text) ?? []
      if (name === undefined) return false
      const value: unknown = parse(text)
      assert.ok(accepts(name, value), file)
      return true
    })
    assert.ok(checked.length >= 4, checked.join())
  })

  it('have an id and a title each', () => {
    for (const text of jsonSchemas().values())
      assert.match(text, /"\$id": "urn:carillon:schema:\w+",\n {2}"title": "Carillon: \w+\.yaml"/)
  })
})
