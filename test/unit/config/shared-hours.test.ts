import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readTimeZone } from '../../../src/config/moments.js'
import { faultsOf, removeFolders, settingsOf, warningsOf, type Files } from './folder.js'

const workflow = (name: string, more: string): string =>
  `  - { name: ${name}, uri: "sip:${name}@example.com", queue: support, timeZone: Europe/Paris, ${more} }\n`
const workflows = (...all: readonly string[]): Files => ({ 'workflows.yaml': `workflows:\n${all.join('')}` })
const office = { 'hours.yaml': 'hours:\n  - { name: office, week: { mon-fri: ["09:00-12:30", "13:30-18:00"] } }\n' }

describe('hours that workflows share', () => {
  after(removeFolders)

  it('are the hours of each workflow that names them', async () => {
    const { routing } = await settingsOf({
      ...office,
      ...workflows(workflow('a', 'hours: office'), workflow('b', 'hours: office')),
    })
    const day = [
      { start: 540, end: 750 },
      { start: 810, end: 1_080 },
    ]
    const week = [day, day, day, day, day, [], []]
    assert.deepEqual(
      routing.workflows.map(({ hours }) => hours),
      [week, week],
    )
  })

  it('are missing, twice there, or wrong: check names the place', async () => {
    const missing = await faultsOf({ ...office, ...workflows(workflow('a', 'hours: offise')) })
    assert.deepEqual(missing, ["workflows.yaml:2:89: there is no set of hours 'offise'; did you mean 'office'?"])
    const twice = `${office['hours.yaml']}  - { name: office, week: {} }\n`
    assert.deepEqual(await faultsOf({ 'hours.yaml': twice, ...workflows(workflow('a', 'hours: office')) }), [
      "hours.yaml:3:13: set of hours 'office' is already defined at hours.yaml:2:13",
    ])
    const wrong = { 'hours.yaml': 'hours:\n  - { name: office, week: { mon: ["9-12"] } }\n' }
    assert.match(
      (await faultsOf({ ...wrong, ...workflows(workflow('a', 'hours: office')) }))[0] ?? '',
      /^hours\.yaml:2:35: expected times/,
    )
    const list = await faultsOf(workflows(workflow('a', 'hours: []')))
    assert.match(list[0] ?? '', /^workflows\.yaml:2:89: expected .*, found an empty list$/)
  })

  it('that nobody names or that overlap get a warning', async () => {
    const unused = await warningsOf(office)
    assert.deepEqual(unused, ["hours.yaml:2:13: no workflow names the hours 'office'"])
    const overlapping = { 'hours.yaml': 'hours:\n  - { name: office, week: { mon: ["09:00-12:30", "12:00-18:00"] } }\n' }
    assert.deepEqual(await warningsOf({ ...overlapping, ...workflows(workflow('a', 'hours: office')) }), [
      'hours.yaml:2:34: 09:00-12:30 and 12:00-18:00 overlap',
    ])
  })
})

describe('a closed workflow', () => {
  after(removeFolders)

  it('may lead to a queue, outside the hours and on holidays', async () => {
    const { routing } = await settingsOf({
      ...office,
      ...workflows(
        workflow(
          'a',
          'hours: office, closed: { prompt: { say: x }, action: { queue: night } }, holiday: { action: { queue: night } }',
        ),
      ),
      'night.yaml': 'queues:\n  - { name: night, groups: [support] }\n',
    })
    const [{ closed, holiday } = {}] = routing.workflows
    assert.equal(closed?.kind === 'queue' && closed.queue, 'night')
    assert.deepEqual(holiday, { kind: 'queue', queue: 'night' })
  })
})

describe('a time zone of Windows', () => {
  it('becomes its IANA name, in any case', () => {
    assert.deepEqual(readTimeZone('W. Europe Standard Time'), { ok: true, value: 'Europe/Berlin' })
    assert.deepEqual(readTimeZone('pacific standard time'), { ok: true, value: 'America/Los_Angeles' })
    assert.deepEqual(readTimeZone('India Standard Time'), { ok: true, value: 'Asia/Calcutta' })
    assert.equal(readTimeZone('Middle-earth Standard Time').ok, false)
  })

  it('is known for every name of the CLDR', () => {
    const { supplemental } = createRequire(import.meta.url)('cldr-core/supplemental/windowsZones.json') as {
      readonly supplemental: {
        readonly windowsZones: { readonly mapTimezones: readonly { readonly mapZone: { readonly _other: string } }[] }
      }
    }
    const names = new Set(supplemental.windowsZones.mapTimezones.map(({ mapZone }) => mapZone._other))
    assert.ok(names.size > 130)
    assert.deepEqual(
      [...names].filter(name => !readTimeZone(name).ok),
      [],
    )
  })
})

describe('the number of a workflow', () => {
  after(removeFolders)
  const numbered = (number: string, more = ''): Files => workflows(workflow('a', `number: "${number}"${more}`))

  for (const number of ['+14255550100', '+14255550100;ext=4001', '4001', '0014255550100'])
    it(`may be ${number}`, async () => {
      const { calls } = await settingsOf(numbered(number, ', displayNumber: "+1 (425) 555-0100"'))
      assert.deepEqual([calls.workflows[0]?.number, calls.workflows[0]?.displayNumber], [number, '+1 (425) 555-0100'])
    })

  for (const number of ['+0123', '4', '+14255550100;ext=', '+14255550100;isub=1', 'sales', '4001;ext=1'])
    it(`may not be ${number}`, async () => {
      const [fault] = await faultsOf(numbered(number))
      assert.match(fault ?? '', /^workflows\.yaml:2:90: expected a telephone number in quotes, .*, found /)
    })

  for (const [what, first, second] of [
    ['the same number', 'number: "+14255550100"', 'number: "+14255550100"'],
    ['one with and one without a plus', 'number: "+14255550100"', 'number: "14255550100"'],
    ['the same number and extension', 'number: "+14255550100;ext=4"', 'number: "+14255550100;ext=4"'],
  ] as const)
    it(`leads to one workflow: check refuses ${what} in two workflows`, async () => {
      const faults = await faultsOf(workflows(workflow('a', first), workflow('b', second)))
      assert.match(
        faults.join('\n'),
        /^workflows\.yaml:3:90: \S+ also leads to the workflow at workflows\.yaml:2:5; a number has one workflow$/,
      )
    })

  it('is also the user part of a uri of ours: check compares both', async () => {
    const faults = await faultsOf(
      workflows(
        workflow('a', 'number: "+14255550100"'),
        '  - { name: b, uri: "sip:14255550100@example.com;user=phone", queue: support }\n',
      ),
    )
    assert.deepEqual(faults, [
      'workflows.yaml:3:21: 14255550100 also leads to the workflow at workflows.yaml:2:5; a number has one workflow',
    ])
  })

  it('differs by its extension, and a uri of another host is another address', async () => {
    const { calls } = await settingsOf(
      workflows(
        workflow('a', 'number: "+14255550100"'),
        workflow('b', 'number: "+14255550100;ext=1"'),
        workflow('c', 'number: "+14255550100;ext=2"'),
        '  - { name: d, uri: "sip:+14255550100@pbx.example.net", queue: support }\n',
      ),
    )
    assert.equal(calls.workflows.length, 4)
  })

  it('is shown to agents by {number}', async () => {
    const { calls } = await settingsOf(numbered('4001', ', callerDisplay: "{number} {caller}"'))
    assert.equal(calls.workflows[0]?.callerDisplay, '{number} {caller}')
  })
})
