import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../../src/config/load.js'
import { plan, type PlanReport } from '../../../src/config/plan.js'
import type { CallEffect, WaitingCall } from '../../../src/config/plan-calls.js'
import { planText } from '../../../src/config/plan-text.js'
import { planView, type PlanView } from '../../../src/config/plan-view.js'
import { seconds } from '../../../src/foundation/time.js'
import type { AgentUri, GroupName, CallId, QueueName, WorkflowName } from '../../../src/routing/world/ids.js'
import { removeFolders, wav, writeFolder, type Files } from './folder.js'

/** As received over HTTP: only JSON values remain. */
async function viewOf(folder: string): Promise<PlanView> {
  const outcome = await loadConfig(folder, { env: {}, generation: 3 })
  assert.ok(outcome.ok, outcome.ok ? '' : JSON.stringify(outcome.faults))
  return JSON.parse(JSON.stringify(planView(outcome.settings, folder))) as PlanView
}

const view = (files: Files = {}): Promise<PlanView> => viewOf(writeFolder(files))

const waits = (call: string, waited: number, position?: number, queue = 'support'): WaitingCall => ({
  call: call as CallId,
  workflow: 'support' as WorkflowName,
  queue: queue as QueueName,
  waited: seconds(waited),
  ...(position !== undefined && { position }),
})

async function planned(before: Files, after: Files, waiting: readonly WaitingCall[] = []): Promise<PlanReport> {
  return plan(await view(before), await view(after), waiting)
}

async function effects(after: Files, waiting: readonly WaitingCall[]): Promise<CallEffect['effect'][]> {
  return (await planned({}, after, waiting)).calls.map(({ effect }) => effect)
}

const queues = (rest: string): Files => ({ 'queues.yaml': `queues:\n  - { name: support, groups: [support]${rest} }\n` })
const workflow = (rest: string): Files => ({
  'workflows.yaml': `workflows:\n  - { name: support, uri: "sip:support@example.com", queue: support${rest} }\n`,
})

describe('the plan of a change', () => {
  after(removeFolders)

  it('is empty if another folder has the same meaning in other words', async () => {
    const files = workflow(', welcome: { file: hi.wav }')
    const after = { 'workflows.yaml': '# moved\n', 'more/w.yaml': String(files['workflows.yaml']), 'hi.wav': wav() }
    const report = await planned({ ...files, 'hi.wav': wav() }, after, [waits('c1', 5, 1)])
    assert.deepEqual(report.changes, [])
    assert.equal(planText(report), "nothing changes\n\n1 call waits now\n  c1 keeps its place in 'support', number 1")
  })

  it('shows a new service level of a queue', async () => {
    const report = await planned(queues(', serviceLevel: { target: 90 }'), queues(', serviceLevel: { within: 45s, target: 90 }'))
    assert.equal(planText(report), '~ queue support\n    serviceLevel: 90 % within 20s → 90 % within 45s\n\nno call waits now')
  })

  it('shows what is added, removed and changed, field by field', async () => {
    const report = await planned(
      { ...workflow(', welcome: { say: Hello }'), ...queues(', timeout: { after: 5m }') },
      {
        ...workflow(', active: false, welcome: { say: Hi }'),
        ...queues(', timeout: { after: 2m, action: { queue: extra } } }\n  - { name: extra, groups: [support]'),
        'groups.yaml': 'groups:\n  - { name: support, routingMethod: serial, agents: ["sip:bob@example.com"] }\n',
        'agents.yaml': 'agents:\n  - { uri: "sip:bob@example.com", wrapUp: 10s }\n',
      },
    )
    assert.equal(
      planText(report),
      `~ workflow support
    active: true → false
    welcome: "Hello" in en-US → "Hi" in en-US
~ queue support
    timeout: after 5m: disconnect → after 2m: queue 'extra'
+ queue extra
    groups: support
    noAgents: noneConfigured: disconnect
    supervised: false
~ group support
    routingMethod: parallel → serial
    agents: -sip:alice@example.com, +sip:bob@example.com
- agent sip:alice@example.com
+ agent sip:bob@example.com
    homed: local
    presence: always
    wrapUp: 10s
- prompt "Hello" in en-US
+ prompt "Hi" in en-US
    sound: ${report.changes.at(-1)?.fields[0]?.after ?? 'missing'}

no call waits now`,
    )
  })

  it('shows a new order of a list whose order matters', async () => {
    const list = (...names: string[]): Files => ({
      'agents.yaml': 'agents: [{ uri: "sip:alice@example.com" }, { uri: "sip:bob@example.com" }]\n',
      'groups.yaml': `groups:\n  - { name: support, agents: [${names.map(name => `"sip:${name}@example.com"`).join(', ')}] }\n`,
    })
    const report = await planned(list('alice', 'bob'), list('bob', 'alice'))
    assert.deepEqual(report.changes, [
      { kind: 'group', name: 'support', change: 'changed', fields: [{ field: 'agents', reordered: true }] },
    ])
    assert.match(planText(report), /agents: in another order/)
  })

  it('shows which changes take effect at the next start', async () => {
    const server = (listen: string, peers: string): Files => ({
      'carillon.yaml': `sip: { domain: example.com, trustedPeers: [${peers}], listen: ["${listen}"] }\n`,
    })
    const report = await planned(server('udp://0.0.0.0:5060', '10.0.0.1'), server('udp://0.0.0.0:5070', '10.0.0.2'))
    assert.equal(
      planText(report).split('\n\n')[0],
      `~ server
    sip.listen: udp 0.0.0.0 port 5060 → udp 0.0.0.0 port 5070 (at the next start)
    sip.trustedPeers: 10.0.0.1 → 10.0.0.2`,
    )
  })

  it('shows questions by their keys, hours by the week, and coming holidays', async () => {
    const main = (second: string, more: string): Files => ({
      'workflows.yaml': `workflows:
  - name: support
    uri: sip:support@example.com
    type: interactive
    timeZone: UTC
    holidays: [feasts]
    question:
      prompt: { say: one }
      answers:
        - { digit: 1, queue: support }
        - { digit: 2, question: { prompt: { say: two }, answers: [${second}] } }
${more}`,
      'holidays.yaml': `holidays:\n  - name: feasts\n    days: [{ name: Fair, from: 2026-07-01, to: 2026-07-02 }${more === '' ? '' : ', { name: Feast, from: 2026-08-01, to: 2026-08-02 }'}]\n`,
    })
    const report = await planned(
      main('{ digit: 1, queue: support }', ''),
      main(
        '{ digit: 1, name: help, action: { disconnect: true } }',
        '    hours: { mon-fri: ["09:00-17:00"], sun: ["10:00-12:00"] }\n',
      ),
    )
    assert.equal(
      planText(report).split('\n\n')[0],
      `~ workflow support
    hours: none → mon-fri 09:00-17:00, sun 10:00-12:00
    holidays: +Feast 2026-08-01T00:00 to 2026-08-02T00:00
    key 2, key 1: queue 'support' (support) → disconnect (help)`,
    )
  })

  it('shows a prompt file with another sound, and announcements under their queue', async () => {
    const folder = writeFolder({ ...workflow(', welcome: { file: hi.wav }'), 'hi.wav': wav() })
    const before = await viewOf(folder)
    writeFileSync(join(folder, 'hi.wav'), wav({ fill: 1 }))
    writeFileSync(join(folder, 'queues.yaml'), String(queues(', announce: { wait: true, position: true }')['queues.yaml']))
    const { changes } = plan(before, await viewOf(folder), [])
    assert.deepEqual(
      changes.map(({ kind, name, change, fields }) => [kind, name, change, fields.map(({ field }) => field).join()]),
      [
        ['workflow', 'support', 'changed', 'welcome'],
        ['queue', 'support', 'changed', 'announce'],
        ['prompt', 'hi.wav', 'changed', 'sound'],
      ],
    )
    assert.equal(changes[1]?.fields[0]?.after, 'place in line and estimated wait in en-US, every 1m')
  })

  it('hides the arguments of the program for speech, but shows that they changed', async () => {
    const speech = (key: string): Files => ({
      'carillon.yaml': `sip: { domain: example.com }\nmedia: { tts: { command: [speak, --key, ${key}] } }\n`,
    })
    const report = await planned(speech('secret-one'), speech('secret-two'))
    assert.deepEqual(
      report.changes[0]?.fields.map(({ field }) => field),
      ['media.tts'],
    )
    assert.doesNotMatch(JSON.stringify([report, await view(speech('secret-one'))]), /secret/)
  })

  describe('for waiting calls', () => {
    it('keeps their order, and moves calls up behind one that leaves', async () => {
      assert.deepEqual(
        await effects(queues(', timeout: { after: 60s, action: { voicemail: "sip:vm@example.com" } }'), [
          waits('c1', 90, 1),
          waits('c2', 30, 2),
          waits('ringing', 1),
        ]),
        [
          {
            kind: 'forwarded',
            as: 'voicemail',
            to: 'sip:vm@example.com',
            because: "it waited longer than the time-out of 'support', 1m",
          },
          { kind: 'keepsPlace', position: 1 },
          { kind: 'keepsPlace' },
        ],
      )
    })

    it('moves them in order of arrival to the queue of their workflow when their queue is removed', async () => {
      const after = {
        'queues.yaml': 'queues:\n  - { name: sales, groups: [support] }\n',
        'workflows.yaml': 'workflows:\n  - { name: support, uri: "sip:support@example.com", queue: sales }\n',
      }
      const because = "the queue 'support' is gone, and its workflow leads to 'sales'"
      assert.deepEqual(await effects(after, [waits('c1', 20, 1), waits('c2', 50, 1, 'sales')]), [
        { kind: 'moves', to: 'sales', position: 2, because },
        { kind: 'keepsPlace', position: 1 },
      ])
    })

    it('ends them when their queue and workflow are removed, or when the workflow now asks a question', async () => {
      const gone = {
        'queues.yaml': 'queues:\n  - { name: sales, groups: [support] }\n',
        'workflows.yaml': 'workflows:\n  - { name: sales, uri: "sip:sales@example.com", queue: sales }\n',
      }
      const because = "the queue 'support' is gone, and its workflow 'support' leads straight to no other"
      assert.deepEqual(await effects(gone, [waits('c1', 20, 1)]), [{ kind: 'ended', because }])
      const asks = {
        ...gone,
        'workflows.yaml':
          'workflows:\n  - { name: support, uri: "sip:s@example.com", type: interactive, question: { prompt: { say: hi }, answers: [{ digit: 1, queue: sales }] } }\n',
      }
      assert.deepEqual(await effects(asks, [waits('c1', 20, 1)]), [{ kind: 'ended', because }])
    })

    it('applies the action of a queue without agents, also through further queues', async () => {
      const after = {
        'groups.yaml': 'groups:\n  - { name: support, agents: ["sip:alice@example.com"] }\n  - { name: empty, agents: [] }\n',
        'queues.yaml':
          'queues:\n  - { name: support, groups: [empty], noAgents: { action: { queue: middle } } }\n  - { name: middle, groups: [empty], noAgents: { action: { queue: end } } }\n  - { name: end, groups: [support], timeout: { after: 10s } }\n',
      }
      assert.deepEqual(await effects(after, [waits('c1', 900, 1)]), [
        { kind: 'moves', to: 'end', position: 1, because: "the queue 'middle' has no agents" },
      ])
    })

    it('ends them after ten queues without agents', async () => {
      const after = {
        'groups.yaml': 'groups:\n  - { name: support, agents: [] }\n',
        'queues.yaml': 'queues:\n  - { name: support, groups: [support], noAgents: { action: { queue: support } } }\n',
      }
      assert.deepEqual(await effects(after, [waits('c1', 1, 1)]), [{ kind: 'ended', because: 'it went through 10 queues' }])
    })

    it('stops the phones of agents who leave the group, whose group leaves the queue, and who are homed elsewhere', async () => {
      const rings = [{ agent: 'sip:alice@example.com' as AgentUri, group: 'support' as GroupName }]
      const ringing: WaitingCall = { ...waits('c1', 9), rings }
      const two = '  - { uri: "sip:bob@example.com", contact: "sip:bob@10.1.1.2" }\n'
      const left = {
        'agents.yaml': `agents:\n${two}`,
        'groups.yaml': 'groups:\n  - { name: support, agents: ["sip:bob@example.com"] }\n',
      }
      const online = { 'agents.yaml': 'agents:\n  - { uri: "sip:alice@example.com", homed: online }\n' }
      const unlisted = {
        'groups.yaml':
          'groups:\n  - { name: support, agents: ["sip:alice@example.com"] }\n  - { name: sales, agents: ["sip:alice@example.com"] }\n',
        'queues.yaml': 'queues:\n  - { name: support, groups: [sales] }\n',
      }
      for (const after of [left, online, unlisted])
        assert.deepEqual(await effects(after, [ringing]), [{ kind: 'keepsPlace', stopsRinging: ['sip:alice@example.com'] }])
      assert.deepEqual(await effects({}, [ringing]), [{ kind: 'keepsPlace' }])
      const text = planText(await planned({}, left, [ringing]))
      assert.match(text, /c1 keeps its place in 'support'; stops ringing sip:alice@example\.com$/)
    })

    it('describes what happens to each in a sentence', async () => {
      const report = await planned({}, queues(', timeout: { after: 60s }'), [waits('c1', 61, 1), waits('c2', 9, 2)])
      assert.equal(
        planText(report).split('\n\n')[1],
        "2 calls wait now\n  c1 is ended: it waited longer than the time-out of 'support', 1m\n  c2 keeps its place in 'support', number 1",
      )
    })
  })
})
