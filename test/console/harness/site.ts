import assert from 'node:assert/strict'
import { agentUri, type Setup } from '../../wire/harness/config.js'
import { eventually } from '../../wire/harness/eventually.js'
import { Wire } from '../../wire/harness/wire.js'
import { answers, ringsOn } from '../../wire/phones/agents.js'
import { cancelsWhileWaiting, talks } from '../../wire/phones/callers.js'

/** The pages that are checked and photographed, by name. `pick` is the desk before an agent is chosen; `call` is the page of one call. */
export const pageNames = [
  'desk',
  'pick',
  'wallboard',
  'calls',
  'call',
  'groups',
  'numbers',
  'server',
  'reports',
  'audit',
  'webhooks',
  'setup',
  'form',
  'try',
] as const
export type PageName = (typeof pageNames)[number]

/** A server with some of everything in progress, for screenshots and for the accessibility check. */
export interface BusySite {
  readonly http: string
  /** The path of each page, and the agent who uses it. */
  readonly pages: Readonly<Record<PageName, { readonly path: string; readonly agent?: string }>>
  close(): Promise<void>
}

/** Names that no line can hold, and that have no place to break. */
const longest = 'customerComplaintsAndEscalationsOfTheSecondLine2026'

const groups: Setup['groups'] = [
  {
    name: 'support',
    method: 'longestIdle',
    participationPolicy: 'formal',
    agents: ['alice', 'bob', 'carol'],
    agentAlertTime: '120s',
  },
  { name: longest, method: 'serial', participationPolicy: 'formal', agents: ['carol', 'alice'] },
  { name: 'sales', method: 'parallel', agents: ['dave', 'erin'] },
  { name: 'reception', method: 'attendant', agents: ['frank', 'alice'] },
]

const names = {
  alice: 'Alice Martin',
  bob: 'Bob Keller',
  carol: 'Carol Diaz',
  dave: 'Dave Okafor',
  erin: 'Erin Lindqvist',
  frank: 'Maximilian Wolfeschlegelsteinhausenbergerdorffwelche',
}

export async function busySite(): Promise<BusySite> {
  const wire = await Wire.open()
  for (const name of ['dave', 'erin']) await wire.phone(name, answers())
  await wire.phone('alice', ringsOn())
  const server = await wire.serve({
    groups,
    queues: [
      { name: 'support', groups: ['support', longest], timeout: { after: '10m', action: { disconnect: true } } },
      { name: 'sales', groups: ['sales'] },
      { name: 'reception', groups: ['reception'] },
      { name: longest, groups: [longest] },
    ],
    agents: Object.entries(names).map(([name, displayName]) => ({
      name,
      displayName,
      ...(name === 'bob' && { presence: ['http'] }),
    })),
  })
  const put = (name: string, path: string, body?: unknown): Promise<number> =>
    server.put(`/api/agents/${encodeURIComponent(agentUri(name))}/${path}`, body)
  // Earlier today: answered calls, and callers who left.
  const past = await wire.call('past', 'sales', talks(400), { calls: 6, rate: 3 })
  await past.done()
  await (await wire.call('left', 'support', cancelsWhileWaiting(300), { calls: 2, rate: 2 })).done()
  await put('frank', 'presence', { state: 'doNotDisturb', source: 'console' })
  // Now: one caller talks, one phone rings, some callers wait.
  await wire.call('talking', 'sales', talks(600_000))
  for (const name of ['first', 'second']) await wire.call(name, 'support', cancelsWhileWaiting(600_000))
  await server.waiting(2)
  await put('alice', 'groups/support/sign-in')
  await wire.call('third', 'support', cancelsWhileWaiting(600_000))
  await eventually('a call rings at alice', async () => (await server.agent(agentUri('alice'))).activity === 'ringing')
  const [finished = assert.fail('no call to sales is finished')] = (
    await server.get<{ calls: readonly { callId: string }[] }>('/api/calls?state=finished&queue=sales')
  ).calls
  const alice = agentUri('alice')
  return {
    http: server.http,
    pages: {
      desk: { path: '/desk', agent: alice },
      pick: { path: '/desk' },
      wallboard: { path: '/wallboard' },
      calls: { path: '/calls' },
      call: { path: `/calls/${encodeURIComponent(finished.callId)}` },
      groups: { path: '/groups' },
      numbers: { path: '/groups?show=numbers' },
      server: { path: '/groups?show=server' },
      reports: { path: '/groups?show=reports' },
      audit: { path: '/groups?show=audit' },
      webhooks: { path: '/groups?show=webhooks' },
      setup: { path: '/groups?show=setup' },
      form: { path: '/groups?show=setup&of=workflow&name=support' },
      try: { path: '/try' },
    },
    async close() {
      await wire.abandon()
      await wire.forget()
    },
  }
}
