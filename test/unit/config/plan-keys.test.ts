import assert from 'node:assert/strict'
import { jsonSchemas } from '../../../src/config/json-schema.js'
import { planView } from '../../../src/config/plan-view.js'
import { thingsOf, type Thing } from '../../../src/config/plan-words.js'
import { waitsForStart } from '../../../src/config/restart-keys.js'
import { removeFolders, settingsOf } from './folder.js'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

const schemaOf = (file: string): Schema =>
  JSON.parse(jsonSchemas().get(`${file}.schema.json`) ?? assert.fail(`no schema ${file}`)) as Schema

/** Every key of a section that holds a value, such as `sip.callers.perAccount`. A list counts as one value. */
const valuesOf = ({ properties }: Schema, path = ''): string[] =>
  Object.entries(properties ?? {}).flatMap(([key, schema]) => {
    const name = path === '' ? key : `${path}.${key}`
    return schema.properties ? valuesOf(schema, name) : [name]
  })

const entryKeysOf = (list: string): string[] => Object.keys(schemaOf(list).properties?.[list]?.items?.properties ?? {})

/** Keys that the plan shows under another name, or with another thing. */
const shownAs: Readonly<Record<string, readonly [Thing['kind'], string]>> = {
  'sip.engine': ['server', 'sip.drachtio'],
  'http.oidc': ['server', 'users'],
  'agents.ringbackGracePeriod': ['server', 'ringbackGracePeriod'],
  'agents.pauseAfterMisses': ['server', 'pauseAfterMisses'],
  'agents.wrapUp': ['agent', 'wrapUp'],
  'agents.signIn': ['server', 'agents.signIn'],
  'presence.default': ['agent', 'presence'],
  'defaults.agentAlertTime': ['group', 'agentAlertTime'],
  'defaults.musicOnHold': ['workflow', 'musicOnHold'],
  'defaults.screenPop': ['workflow', 'screenPop'],
  'groups[].distributionList': ['group', 'agents'],
  'workflows[].type': ['workflow', 'leads to'],
  'workflows[].queue': ['workflow', 'leads to'],
  'workflows[].question': ['workflow', 'question'],
  'workflows[].language': ['workflow', 'welcome'],
  'queues[].language': ['queue', 'announce'],
}

/** Keys without words in the plan: nothing that Carillon does depends on them. */
const notes: readonly string[] = ['queues[].description', 'workflows[].description']

/** The keys that take effect as soon as the config is read (`Server.#apply`). The others are in `src/config/restart-keys.ts`. */
const atOnce: readonly string[] = [
  'sip.domain',
  'sip.trustedPeers',
  'sip.proxies',
  'sip.outboundProxy',
  'sip.digest',
  'sip.tls',
  'sip.webSocket.origins',
  'sip.maxCalls',
  'sip.overload.refuse',
  'sip.callers',
  'http.sessions',
  'http.audit',
  'http.oidc',
  'agents',
  'transfers',
  'supervision',
  'log',
  'presence',
  'defaults',
  'edits',
  'media.anchor',
  'directory',
  'webhooks',
  'recordings.keep',
  'recordings.quota',
  'recordings.whenFull',
  'recordings.agents',
]

const question = 'question: { prompt: { say: Hello }, answers: [{ digit: 1, name: Sales, queue: support }] }'

describe('the plan of a change', () => {
  after(removeFolders)

  async function fieldsByKind(): Promise<ReadonlyMap<Thing['kind'], ReadonlySet<string>>> {
    const settings = await settingsOf({
      'more.yaml': `workflows: [{ name: asks, uri: "sip:asks@example.com", type: interactive, ${question} }]\n`,
    })
    const found = new Map<Thing['kind'], Set<string>>()
    for (const { kind, fields } of thingsOf(planView(settings, '/somewhere')))
      found.set(kind, new Set([...(found.get(kind) ?? []), ...Object.keys(fields)]))
    return found
  }

  it('has words for every key of the server', async () => {
    const fields = await fieldsByKind()
    const own = fields.get('server') ?? new Set()
    const has = (key: string): boolean => {
      const [name, as] = Object.entries(shownAs).find(([each]) => isPart(key, each)) ?? []
      if (name !== undefined && as) return fields.get(as[0])?.has(as[1]) === true
      return [...own].some(field => isPart(key, field))
    }
    const keys = valuesOf(schemaOf('carillon'))
    assert.ok(keys.length > 50, 'the schema is still read as it is made')
    assert.deepEqual(
      keys.filter(key => !has(key)),
      [],
    )
  })

  for (const [list, kind] of [
    ['agents', 'agent'],
    ['groups', 'group'],
    ['queues', 'queue'],
    ['workflows', 'workflow'],
  ] as const)
    it(`has words for every key of ${list}`, async () => {
      const fields = (await fieldsByKind()).get(kind) ?? new Set()
      const missing = entryKeysOf(list).filter(key => {
        const named = `${list}[].${key}`
        // The name of a thing, or its URI for an agent, is the heading of its changes.
        const heading = key === (kind === 'agent' ? 'uri' : 'name')
        return !heading && !notes.includes(named) && !fields.has(shownAs[named]?.[1] ?? key)
      })
      assert.deepEqual(missing, [])
    })
})

describe('the keys of the server', () => {
  it('take effect either at once or at the next start, as written', () => {
    assert.deepEqual(
      valuesOf(schemaOf('carillon')).filter(key => waitsForStart(key) === atOnce.some(each => isPart(key, each))),
      [],
    )
  })
})

const isPart = (key: string, block: string): boolean => key === block || key.startsWith(`${block}.`)
