import { metricOf } from '../../test/wire/harness/metrics.js'
import type { CarillonServer } from '../../test/wire/harness/server.js'

/** What the person at the terminal can look at while the demo runs. */
export function whatToLookAt(http: string, agents: readonly string[], callsPerMinute: number, config: string): string[] {
  const page = (path: string, shows: string): string => `  ${new URL(path, http).href.padEnd(38)} ${shows}`
  return [
    '',
    `The demo runs: agents ${agents.join(', ')} with a phone each, and ${callsPerMinute} calls a minute.`,
    'Open the console in a browser. It needs no log-in: on this machine everybody is an admin.',
    page('/wallboard', 'the queues: who waits, how long, who is free, the day so far'),
    page('/calls', 'calls in progress and finished calls, with why each agent rang'),
    page('/groups', 'groups, agents, numbers, reports'),
    page('/desk', `an agent's desk: choose ${agents[0] ?? 'an agent'} and see their calls`),
    page('/try', 'call a number of the sample yourself'),
    `The config is a copy of the sample: edit it in ${config} and see the change at once.`,
    'Ctrl-C ends the demo and removes its files.',
    '',
  ]
}

/** One line of progress. */
export async function progressOf(server: CarillonServer, dialled: number): Promise<string> {
  const [calls, metrics] = [await server.calls(), await server.metrics()]
  const now = (...states: readonly string[]): number => calls.filter(({ state }) => states.includes(state)).length
  const sum = (name: string, labels = {}): number => metricOf(metrics, name, labels)
  const [talking, ringing] = [now('talking', 'connected'), now('ringing')]
  return [
    `now: ${talking} talking, ${ringing} ringing, ${calls.length - talking - ringing} waiting`,
    `so far: ${dialled} calls; over: ${sum('carillon_calls_total', { result: 'answered' })} answered`,
    `${sum('carillon_calls_abandoned_total')} abandoned, ${sum('carillon_transfers_total', { result: 'through' })} transferred`,
  ].join('  ')
}
