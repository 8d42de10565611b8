import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { configInFrench } from '../../../console/src/language/fr-config.js'
import { auditInFrench } from '../../../console/src/language/fr-audit.js'
import { inFrench } from '../../../console/src/language/fr-server.js'
import { planView } from '../../../src/config/plan-view.js'
import { thingsOf } from '../../../src/config/plan-words.js'
import { FakeClock } from '../../fakes/clock.js'
import { healthOf } from '../../../src/app/health.js'
import { troubleWords } from '../../../src/directory/troubles.js'
import { wallTime } from '../../../src/foundation/time.js'
import { ReachableAddresses } from '../../../src/media/addresses.js'
import type { DrachtioStatus } from '../../../src/sip/index.js'
import { reportQuery } from '../../../src/http/queries.js'
import { refusal, sightOf, type Principal } from '../../../src/http/rights.js'
import { routes, type Need } from '../../../src/http/routes.js'
import { activities } from '../../../src/presence/documents/meanings.js'
import type { AgentUri, GroupName } from '../../../src/routing/world/ids.js'
import { removeFolders, settingsOf, wav } from '../config/folder.js'
import { routing } from '../http/site.js'

const source = fileURLToPath(new URL('../../../src/', import.meta.url))

/** The texts that an expression can have. Each inserted value becomes 7. */
function textsOf(node: ts.Node | undefined): string[] {
  if (!node) return []
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)]
  if (!ts.isTemplateExpression(node)) return []
  return [[node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('7')]
}

/** The texts of a source file. `said` gives the expression of a node that holds a text. */
function saidIn(file: string, said: (node: ts.Node) => ts.Node | undefined): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    found.push(...textsOf(said(node)))
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(`${source}${file}`, 'utf8'), ts.ScriptTarget.Latest))
  return found
}

const problem = (node: ts.Node): ts.Node | undefined =>
  ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Problem'
    ? node.arguments?.[1]
    : undefined
const because = (node: ts.Node): ts.Node | undefined =>
  ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'because' ? node.initializer : undefined
/** The words of `refused(status, words)` in the directory. */
const refusedBecause = (node: ts.Node): ts.Node | undefined =>
  ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'refused'
    ? node.arguments[1]
    : undefined
const reason = (node: ts.Node): ts.Node | undefined =>
  ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'reason' ? node.initializer : undefined
const returned = (node: ts.Node): ts.Node | undefined => (ts.isReturnStatement(node) ? node.expression : undefined)

/** English words that remain outside quotes. */
const english =
  /\b(the|of|in|kept|none|no|after|more|than|calls|every|then|else|and|files|bytes|days|users|tokens|sound|memory|key|leads)\b/i
const leftOf = (words: string): string | undefined => english.exec(words.replaceAll(/« [^»]* »|\([^()]*\)$/g, ''))?.[0]

describe('the French translation of the server’s texts', () => {
  after(removeFolders)

  it('exists for each refusal of the API', () => {
    const files = readdirSync(`${source}http`).map(file => `http/${file}`)
    const refusals = [
      ...files.flatMap(file => saidIn(file, problem)),
      ...['calls/calls.ts', 'app/door.ts'].flatMap(file => saidIn(file, because)),
      ...saidIn('calls/live/call.ts', returned).map(why => `7: ${why}`),
      ...['calls/supervisors.ts', 'calls/live/supervision.ts'].flatMap(file =>
        [...saidIn(file, returned), ...saidIn(file, because)].map(why => `7: ${why}`),
      ),
      ...saidIn('calls/directory.ts', refusedBecause).map(why => `7: ${why}`),
      ...saidIn('routing/placing/pick.ts', returned).map(why => `7: ${why}`),
    ]
    assert.ok(refusals.length > 40)
    assert.deepEqual(
      // A text that is inserted as a whole is checked where it is written.
      refusals.filter(words => inFrench(words) === words && !/^\w+: 7$/.test(words)),
      [],
    )
  })

  it('exists for each change in the audit log', () => {
    const of = {
      uri: 'sip:a@b.c',
      name: 'x',
      state: 'y',
      offer: 'o-1',
      callId: 'c-1',
      to: 'sip:d@e.f',
      agent: 'sip:a@b.c',
      area: 'sip',
      level: 'info',
    }
    const said = routes.flatMap(({ audit }) => (audit ? [audit(of), audit({ uri: of.uri, area: 'sip', name: 'x' })] : []))
    assert(said.length > 40)
    assert.deepEqual(
      said.filter(words => auditInFrench.said(words) === words),
      [],
    )
  })

  it('exists for each reason of a presence', () => {
    const folders = ['presence/sources', 'presence/documents']
    const files = folders.flatMap(folder => readdirSync(`${source}${folder}`).map(file => `${folder}/${file}`))
    // A reason that another one is inserted in is translated in two parts.
    const reasons = ['presence/board.ts', ...files].flatMap(file => saidIn(file, reason)).filter(words => !words.startsWith('7'))
    assert.ok(reasons.length >= 8)
    const ofDevices = Object.keys(activities).map(name => `${name.replaceAll('-', ' ')} (presence)`)
    assert.deepEqual(
      [...reasons, ...ofDevices].filter(words => inFrench(words) === words.replace(/ \((dialog|presence)\)$/, '')),
      [],
    )
  })

  it('exists for each missing right, for every kind of account', () => {
    const needs: readonly Exclude<Need, 'nothing'>[] = ['sight', 'overview', 'audit', 'self', 'phone', 'steer']
    const [agent, group] = ['sip:bob@example.com' as AgentUri, 'sales' as GroupName]
    const who: Principal = { kind: 'user', name: 'ann', role: 'agent', agent: 'sip:ann@example.com' as AgentUri, workflows: [] }
    const principals: Principal[] = [who, { ...who, kind: 'token' }, { ...who, scopes: [] }, { ...who, role: 'viewer' }]
    for (const principal of principals)
      for (const subject of [{}, { agent }, { agent, group }, { agent, guest: true }])
        for (const need of needs) {
          const words = refusal({ needs: need, scope: 'calls' }, principal, subject, sightOf(principal, routing))
          if (words !== undefined) assert.doesNotMatch(inFrench(words), /\b(needs|the|has|or)\b/)
        }
  })

  it('exists for all that the health of the server names', () => {
    const settings = {
      check: { faults: ['x'] },
      waiting: ['store'],
      reloads: { impaired: 'x' },
    } as unknown as Parameters<typeof healthOf>[0]['config']
    const lost = { name: 'x', connected: false, trouble: 'refused' } as DrachtioStatus
    const reachable = new ReachableAddresses('0.0.0.0', 4, new FakeClock(), () => ({}))
    const said = (['starting', 'draining'] as const).flatMap(stage => {
      const parts = {
        version: '1.2.3',
        stage,
        isMemoryLow: true,
        isOverloaded: true,

        isStoreHealthy: false,
        troubles: [
          ...reachable.troubles(2),
          ...troubleWords([
            { group: 'a', readAt: undefined, hasFailed: true },
            { group: 'b', readAt: wallTime(1), hasFailed: true },
          ]),
        ],
        config: settings,
      }
      const { problems, degraded } = healthOf({ ...parts, drachtioServers: [lost, { ...lost, connected: true }] })
      return [...problems, ...degraded]
    })
    assert.equal(said.length, 24)
    for (const words of said) assert.equal(leftOf(inFrench(words)), undefined, words)
  })

  it('exists for each error in the period of a report', () => {
    for (const query of [
      { from: 'yesterday', to: '2026-02-30', by: 'team', zone: 'Paris' },
      {},
      { from: '2026-02-02', to: '2026-02-01' },
    ])
      for (const { path, message } of reportQuery.safeParse(query).error?.issues ?? [])
        assert.notEqual(inFrench(`${path.join('.')}: ${message}`), `${path.join('.')}: ${message}`)
  })

  it('exists for the description of a config, except for texts from its files', async () => {
    const settings = await settingsOf({
      'carillon.yaml':
        'sip: { domain: example.com, capture: 16MiB, outboundProxy: "sip:pbx.example.com" }\nstore: "memory:"\nrecords: { keep: 36h }\n',
      'queues.yaml': `queues:
  - name: support
    groups: [support]
    timeout: { after: 5m, action: { prompt: { say: One moment }, queue: other } }
    overflow: { waitingCalls: 5, candidate: oldest, action: { voicemail: "sip:vm@example.com" } }
    noAgents: { when: noneSignedIn, action: { prompt: { say: Sorry }, disconnect: true } }
    announce: { position: true, wait: true }
  - { name: other, groups: [support], overflow: { waitingCalls: 1, candidate: newest, action: { number: "+14255550100" } } }
`,
      'workflows.yaml': `workflows:
  - name: support
    uri: sip:support@example.com
    type: interactive
    welcome: { file: hi.wav, say: Good day }
    question:
      prompt: { say: Press the key }
      answers:
        - { digit: 1, name: Sales, queue: support }
        - { digit: 2, name: More, question: { prompt: { say: Which of them }, answers: [{ digit: 1, name: Bye, action: { disconnect: true } }] } }
`,
      'hi.wav': wav(),
    })
    for (const view of [settings, await settingsOf()].map(each => planView(each, '/somewhere')))
      for (const { fields } of thingsOf(view))
        for (const [field, said] of Object.entries(fields))
          for (const words of [field.includes(' ') ? field : '', said ?? ''].flat())
            assert.equal(leftOf(configInFrench(words)), undefined, `${field}: ${words}: ${configInFrench(words)}`)
    assert.match(
      configInFrench(planView(settings, '/somewhere').server['journal'] ?? ''),
      /, fichiers de \d+ Mio, gardés \d+ jours$/,
    )
  })
})
