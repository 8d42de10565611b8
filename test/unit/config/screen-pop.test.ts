import assert from 'node:assert/strict'
import fc from 'fast-check'
import { filledTemplate, whyNoTemplate } from '../../../src/config/screen-pop.js'
import { faultsOf, removeFolders, settingsOf } from './folder.js'

const values = { caller: '', callerUri: '', callerName: '', workflow: 'support', callId: 'c-1' }

describe('the page about a caller', () => {
  after(removeFolders)

  it('is that of the workflow, or of the defaults, or none', async () => {
    const template = 'https://crm.example.com/?phone={caller}'
    const workflows = (more: string): string =>
      `workflows:\n  - { name: support, uri: "sip:support@example.com", queue: support${more} }\n`
    const popOf = async (files: Record<string, string>): Promise<string | undefined> =>
      (await settingsOf(files)).calls.workflows[0]?.screenPop
    const defaults = { 'defaults.yaml': `defaults: { screenPop: "${template}" }\n` }
    assert.equal(await popOf({}), undefined)
    assert.equal(await popOf(defaults), template)
    assert.equal(await popOf({ ...defaults, 'workflows.yaml': workflows(', screenPop: none') }), undefined)
    const own = 'https://other.example.com/{callId}'
    assert.equal(await popOf({ ...defaults, 'workflows.yaml': workflows(`, screenPop: "${own}"`) }), own)
    assert.match(
      (await faultsOf({ 'defaults.yaml': 'defaults: { screenPop: "https://crm.example.com/?{phone}" }\n' }))[0] ?? '',
      /defaults\.yaml:1:\d+: there is no \{phone\}: use \{caller\}/,
    )
  })

  it('is at http or https, and at a host that no call can change', () => {
    for (const template of ['https://crm.example.com/{caller}', 'http://127.0.0.1:9/?a={callerName}&b={callerUri}'])
      assert.equal(whyNoTemplate(template), undefined, template)
    for (const template of [
      ...[
        'javascript:alert("{caller}")',
        'file:///{caller}',
        'https://{caller}/',
        'https://{caller}.example.com/',
        '/x?{caller}',
      ],
      ...[
        'https://crm.example.com:{caller}/',
        'https://crm.example.com{caller}',
        '{caller}',
        'https://u:p@crm.example.com/{caller}',
      ],
      ...['https://{caller}@crm.example.com/', 'https://crm.example.com/{', 'https://crm.example.com/ {caller}'],
    ])
      assert.notEqual(whyNoTemplate(template), undefined, template)
  })

  it('has each value as one value, whatever a caller is called, and none if the number is not known', () => {
    const template = 'https://crm.example.com/people/{caller}?name={callerName}'
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (caller, callerName) => {
        const filled = filledTemplate(template, { ...values, caller, callerName })
        if (filled === undefined) return /^\.{1,2}$/.test(caller) || /\p{Cs}/u.test(caller)
        const { origin, pathname, searchParams, hash } = new URL(filled)
        return (
          origin === 'https://crm.example.com' &&
          pathname.split('/').length === 3 &&
          [...searchParams.keys()].join() === 'name' &&
          hash === ''
        )
      }),
    )
    assert.equal(filledTemplate(template, values), undefined)
    assert.equal(filledTemplate('https://crm.example.com/?w={workflow}', values), 'https://crm.example.com/?w=support')
  })
})
