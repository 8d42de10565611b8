import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { agentScenario, callerScenario, workflowList } from './bench/scenarios.js'
import { topFunctions } from './bench/profile.js'

/**
 * `npm run bench`: the server under SIPp callers and agents on loopback, 100 ms ring, 1 s talk. SIPp takes its share of the same processors:
 * the CPU per call is the server's own, from the kernel's accounting; single absolute times are worth little on a shared machine.
 */
const { values: options } = parseArgs({
  options: {
    rates: { type: 'string', default: '100,400,1000,1500' },
    seconds: { type: 'string', default: '30' },
    agents: { type: 'string', default: '2400' },
    'log-level': { type: 'string', default: 'info' },
    profile: { type: 'boolean', default: false },
    only: { type: 'string', default: 'rates,share,waiting' },
  },
})
const seconds = Number(options.seconds)
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const agentPorts = [7101].map(port => port + Math.floor(process.pid % 500) * 10)

interface Running {
  readonly child: ChildProcess
  readonly folder: string
  readonly sip: string
  readonly http: string
}

/** `agents` people over 40 groups of longest idle, each reached at one of SIPp's ports. */
function writeConfig(folder: string, agents: number, groups: number): void {
  const config = join(folder, 'config')
  mkdirSync(config)
  const uri = (index: number): string => `sip:agent${index}@example.com`
  const port = (index: number): number => agentPorts[index % agentPorts.length] ?? 7101
  const numbers = Array.from({ length: agents }, (_, index) => index)
  const lines = [
    'sip: { listen: ["udp://127.0.0.1:0"], domain: example.com, trustedPeers: [127.0.0.1] }',
    'http: { listen: "http://127.0.0.1:0" }',
    'store: "sqlite:./data/bench.db"',
  ]
  writeFileSync(join(config, 'carillon.yaml'), lines.join('\n'))
  writeFileSync(
    join(config, 'agents.yaml'),
    `agents:\n${numbers.map(index => `  - { uri: "${uri(index)}", contact: "sip:agent${index}@127.0.0.1:${port(index)}" }`).join('\n')}\n`,
  )
  const groupLines: string[] = []
  const queueLines: string[] = []
  const workflowLines: string[] = []
  for (let group = 0; group < groups; group += 1) {
    const members = numbers.filter(index => index % groups === group).map(uri)
    groupLines.push(
      `  - { name: g${group}, routingMethod: longestIdle, agents: [${members.map(member => `"${member}"`).join(', ')}] }`,
    )
    queueLines.push(`  - { name: g${group}, groups: [g${group}] }`)
    workflowLines.push(`  - { name: g${group}, uri: "sip:g${group}@example.com", queue: g${group} }`)
  }
  writeFileSync(
    join(config, 'rest.yaml'),
    `groups:\n${groupLines.join('\n')}\nqueues:\n${queueLines.join('\n')}\nworkflows:\n${workflowLines.join('\n')}\n`,
  )
}

async function startServer(agents: number, groups: number): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-bench-'))
  writeConfig(folder, agents, groups)
  // A file, so that reading the log takes no processor from what is measured.
  const output = join(folder, 'server.log')
  const profile = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : []
  const child = spawn(
    process.execPath,
    [...profile, 'dist/main.js', 'serve', '--config', join(folder, 'config'), '--log-level', options['log-level']],
    { stdio: ['ignore', openSync(output, 'w'), 'inherit'] },
  )
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the server ended')))
  for (;;) {
    const ready = /carillon ready sip=udp:\/\/(\S+) http=(\S+)/.exec(readFileSync(output, 'utf8'))
    if (ready) return { child, folder, sip: ready[1] ?? '', http: ready[2] ?? '' }
    await Promise.race([wait(50), ended])
  }
}

async function stopServer(server: Running): Promise<void> {
  server.child.kill('SIGTERM')
  await wait(500)
  if (server.child.exitCode === null) server.child.kill('SIGTERM')
  if (server.child.exitCode === null) await once(server.child, 'exit')
  if (options.profile) for (const line of topFunctions(server.folder)) console.log(line)
}

function sipp(folder: string, name: string, xml: string, args: readonly string[]): ChildProcess {
  const file = join(folder, `${name}.xml`)
  writeFileSync(file, xml)
  return spawn('sipp', ['-sf', file, '-i', '127.0.0.1', '-nostdin', '-buff_size', '4194304', ...args], {
    cwd: folder,
    stdio: 'ignore',
  })
}

/** Callers who dial so many workflows in turn. */
function startCallers({ folder, sip }: Running, workflows: number, args: readonly string[]): ChildProcess {
  writeFileSync(join(folder, 'workflows.csv'), workflowList(workflows))
  return sipp(folder, 'caller', callerScenario(1000), [sip, '-inf', join(folder, 'workflows.csv'), ...args])
}

function startAgents(folder: string): ChildProcess[] {
  return agentPorts.map((port, index) => sipp(folder, `agents${index}`, agentScenario(100), ['-p', String(port)]))
}

interface Usage {
  readonly cpuMs: number
  readonly rssMiB: number
}

function usageOf({ child }: Running): Usage {
  const stat = readFileSync(`/proc/${child.pid ?? 0}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8'))
  return { cpuMs: (ticks * 1000) / ticksPerSecond, rssMiB: Number(rss?.[1] ?? 0) / 1024 }
}

/** Sum of a metric's samples whose labels hold all these words. */
async function metric({ http }: Running, name: string, ...words: readonly string[]): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text()
  const samples = text.split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return samples
    .filter(line => words.every(word => line.includes(word)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

const percentile = (sorted: readonly number[], part: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(0)

/** Response times in ms as SIPp dumped them, by the clock's name. */
function responseTimes(folder: string): Map<string, number[]> {
  const times = new Map<string, number[]>()
  for (const file of readdirSync(folder).filter(name => name.endsWith('_rtt.csv'))) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n').slice(1)) {
      const [, value, clock] = line.split(';')
      if (clock !== undefined && value !== undefined) push(times, clock, Number(value))
    }
  }
  for (const each of times.values()) each.sort((a, b) => a - b)
  return times
}

function push(times: Map<string, number[]>, clock: string, value: number): void {
  const known = times.get(clock)
  if (known) known.push(value)
  else times.set(clock, [value])
}

/** SIPp's counters of a finished run. */
function outcomeOf(folder: string): { done: number; failed: number; retransmissions: number } {
  const file = readdirSync(folder).find(name => name.startsWith('caller_') && name.endsWith('_.csv'))
  const [heads = '', ...rows] = readFileSync(join(folder, file ?? ''), 'utf8')
    .trim()
    .split('\n')
  const last = rows.at(-1)?.split(';') ?? []
  const of = (name: string): number => Number(last[heads.split(';').indexOf(name)] ?? NaN)
  return { done: of('SuccessfulCall(C)'), failed: of('FailedCall(C)'), retransmissions: of('Retransmissions(C)') }
}

async function measureRate(rate: number): Promise<string[]> {
  const server = await startServer(Number(options.agents), 40)
  const agents = startAgents(server.folder)
  await wait(1500)
  // Node compiles what runs often; a server that has just started is not what is measured.
  const warmUp = startCallers(server, 40, ['-r', '200', '-m', '4000', '-l', '2000', '-timeout', '60'])
  await once(warmUp, 'exit')
  const calls = rate * seconds
  const caller = startCallers(server, 40, [
    '-r', String(rate), '-m', String(calls), '-l', String(rate * 6), '-trace_stat', '-fd', '1', '-trace_rtt', '-rtt_freq', '200', '-timeout', String(seconds + 40),
  ]) // prettier-ignore
  await wait(3_000)
  const [before, from] = [usageOf(server), await metric(server, 'carillon_calls_total')]
  await wait(Math.max(1, seconds - 5) * 1000)
  const [after, to] = [usageOf(server), await metric(server, 'carillon_calls_total')]
  if (caller.exitCode === null) await once(caller, 'exit')
  const { done, failed, retransmissions } = outcomeOf(server.folder)
  const ours = await metric(server, 'carillon_sip_retransmissions_total', 'out')
  const rtt = responseTimes(server.folder)
  const clock = (name: string): string => [0.5, 0.95, 0.99].map(part => percentile(rtt.get(name) ?? [], part)).join('/')
  for (const each of agents) each.kill('SIGKILL')
  await stopServer(server)
  return [
    String(rate),
    ((to - from) / Math.max(1, seconds - 5)).toFixed(0),
    String(done),
    String(failed),
    `${retransmissions}/${ours}`,
    clock('1'),
    clock('2'),
    ((after.cpuMs - before.cpuMs) / (to - from)).toFixed(3),
    after.rssMiB.toFixed(0),
  ]
}

/** 50 agents, 1 s calls, callers who always wait: how much of the agents' time is talk or ring. */
async function measureShare(): Promise<void> {
  const server = await startServer(50, 1)
  const agents = startAgents(server.folder)
  await wait(1500)
  const caller = startCallers(server, 1, ['-r', '80', '-l', '1000', '-m', '100000', '-timeout', '40'])
  await wait(15_000)
  const began = Date.now()
  const counted = async (): Promise<number> => metric(server, 'carillon_calls_total', 'answered')
  const from = await counted()
  await wait(15_000)
  const [to, spent] = [await counted(), (Date.now() - began) / 1000]
  // Each call takes 100 ms of ringing and 1,000 ms of talk, on SIPp's clock.
  console.log(
    `share of 50 agents' time in use, ${await metric(server, 'carillon_queue_waiting_calls')} waiting: ${((((to - from) * 1.1) / (50 * spent)) * 100).toFixed(1)} % of the possible`,
  )
  const total = await metric(server, 'carillon_dispatch_latency_seconds_count')
  for (const bound of ['0.0005', '0.001', '0.002', '0.005', '0.01'])
    console.log(
      `  agent free to INVITE out within ${Number(bound) * 1000} ms: ${(((await metric(server, 'carillon_dispatch_latency_seconds_bucket', `le="${bound}"`)) / total) * 100).toFixed(2)} % of ${total}`,
    )
  caller.kill('SIGKILL')
  for (const each of agents) each.kill('SIGKILL')
  server.child.kill('SIGKILL')
}

/** 5,000 callers whom nobody takes: what each costs in memory. */
async function measureWaiting(): Promise<void> {
  const server = await startServer(50, 1)
  const file = join(server.folder, 'config', 'agents.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(', contact', ', homed: online, contact'))
  await wait(2_000)
  const before = usageOf(server)
  const caller = startCallers(server, 1, ['-r', '500', '-l', '5000', '-m', '5000', '-timeout', '60'])
  await wait(14_000)
  const waiting = await metric(server, 'carillon_queue_waiting_calls')
  console.log(
    `${waiting} waiting calls: ${(((usageOf(server).rssMiB - before.rssMiB) * 1024) / waiting).toFixed(1)} kB of RSS each`,
  )
  caller.kill('SIGKILL')
  server.child.kill('SIGKILL')
}

if (!existsSync('dist/main.js')) throw new Error('npm run build comes first')
if (options.only.includes('rates')) {
  console.log(
    'calls/s asked | done | calls done | failed | retransmissions SIPp/ours | ring ms p50/p95/p99 | answer ms p50/p95/p99 | CPU ms a call | RSS MiB',
  )
  for (const rate of options.rates.split(',')) console.log((await measureRate(Number(rate))).join(' | '))
}
if (options.only.includes('share')) await measureShare()
if (options.only.includes('waiting')) await measureWaiting()
process.exit(0)
