import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Machines on this machine: network namespaces, joined by a bridge. The command itself runs in a namespace of its own (`hub`), so it changes
 * nothing in the network of this machine.
 */

/** In the environment of the command inside the hub. */
const hubKey = 'CARILLON_HUB'
/** As in docs/operations/several-machines.md, whose files are used as they are. */
export const network = '10.0.0'
/** Where callers, phones and Redis are. */
export const hubAddress = `${network}.1`
export const redisAddress = `${network}.21`

/** In ms. */
const betweenLooks = 50

/** Runs `ip` with these words. Throws with what it says. */
export function ip(words: string): string {
  return execFileSync('ip', words.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

const hub = (): string => process.env[hubKey] ?? ''

/** The namespace of the machine with this name. */
export const namespaceOf = (machine: string): string => `${hub()}-${machine}`

/**
 * Runs this command again inside a hub, also if a signal or an error ends it, and then ends all that it started, and removes the namespaces
 * and its files. Returns true inside the hub. Elsewhere it sets the exit code and returns false.
 */
export async function insideHub(): Promise<boolean> {
  if (hub() !== '') {
    buildHub()
    return true
  }
  const name = `crl${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' })
  if (made.status !== 0) {
    const why = made.error?.message ?? made.stderr.trim()
    console.error(`This command needs network namespaces: root, and the package iproute2. \`ip netns add\` says: ${why}`)
    process.exitCode = 2
    return false
  }
  const folder = mkdtempSync(join(tmpdir(), 'carillon-hub-'))
  const [script = '', ...args] = process.argv.slice(1)
  const words = ['netns', 'exec', name, process.execPath, ...process.execArgv, script, ...args]
  const ran = spawn('ip', words, { stdio: 'inherit', env: { ...process.env, [hubKey]: name, TMPDIR: folder } })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ran.kill(signal))
  const [code] = (await once(ran, 'exit')) as [number | null]
  await removeHub(name)
  if (!args.includes('--keep')) rmSync(folder, { recursive: true, force: true })
  process.exitCode = code ?? 1
  return false
}

async function removeHub(name: string): Promise<void> {
  const all = ip('netns list')
    .split('\n')
    .map(line => line.split(' ')[0] ?? '')
    .filter(each => each === name || each.startsWith(`${name}-`))
  // A process that has just been started is not in its namespace yet.
  for (let quiet = 0; quiet < 3; quiet += 1) {
    const pids = [...ip(`netns pids ${name}`).split('\n').filter(Boolean), ...(await startedIn(name))]
    if (pids.length > 0) quiet = -1
    for (const pid of pids) end(Number(pid))
    await pause(betweenLooks)
  }
  for (const each of all) ip(`netns del ${each}`)
}

/** The namespaces of the machines are mounted in the hub only, so their processes are found by what they inherited. */
async function startedIn(name: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter(each => /^\d+$/.test(each))
  const inherited = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')))
  return pids.filter((_, index) => inherited[index]?.split('\0').includes(`${hubKey}=${name}`))
}

/** A command that was stopped from outside leaves what it started. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function buildHub(): void {
  ip('link set lo up')
  ip('link add br0 type bridge')
  for (const address of [hubAddress, redisAddress]) ip(`addr add ${address}/24 dev br0`)
  ip('link set br0 up')
}

/** A machine with one network interface. */
export class Namespace {
  readonly name: string

  constructor(
    readonly machine: string,
    readonly address: string,
  ) {
    this.name = namespaceOf(machine)
    ip(`netns add ${this.name}`)
    ip(`link add v${machine} type veth peer name eth0 netns ${this.name}`)
    ip(`link set v${machine} master br0 up`)
    this.inside(`link set lo up`)
    this.inside(`addr add ${address}/24 dev eth0`)
    this.inside(`link set eth0 up`)
  }

  /** What runs a command on this machine. */
  get runs(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name]
  }

  inside(words: string): void {
    ip(`-n ${this.name} ${words}`)
  }

  /** Its cable is out. */
  unplug(): void {
    ip(`link set v${this.machine} down`)
  }

  plug(): void {
    ip(`link set v${this.machine} up`)
  }

  takeAddress(address: string): void {
    this.inside(`addr add ${address}/32 dev eth0`)
    // As the gratuitous ARP of keepalived does.
    ip(`neigh flush to ${address}`)
  }

  giveAddress(address: string): void {
    try {
      this.inside(`addr del ${address}/32 dev eth0`)
    } catch {
      // It did not have the address.
    }
  }

  /** What this machine sends to that address is lost on the way. */
  cut(address: string): void {
    this.inside(`neigh replace ${address} lladdr ${nobodys} dev eth0 nud permanent`)
  }

  mend(address: string): void {
    this.inside(`neigh del ${address} dev eth0`)
  }
}

/** A MAC address that nobody has. */
const nobodys = '02:00:00:00:00:99'
