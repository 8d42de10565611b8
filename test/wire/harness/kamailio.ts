import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from './eventually.js'
import { freePort, holdsPort } from './ports.js'

/** Debian's package keeps the empty tables here. */
const tables = '/usr/share/kamailio/dbtext/kamailio'

/** A Kamailio. It keeps its data in memory and loses it when it is killed. */
export class Kamailio {
  #process: ChildProcess | undefined
  #output = ''

  private constructor(
    private readonly folder: string,
    readonly port: number,
    private readonly memoryMb: number,
    private readonly config: string,
  ) {}

  /**
   * As the agents' PBX: phones publish to it, and it notifies watchers. It makes a folder of its own in `folder`, the test's folder.
   * `memoryMb` limits the memory for presence and watchers.
   */
  static async start(folder: string, { memoryMb = 64 } = {}): Promise<Kamailio> {
    const [own, port] = [join(folder, 'kamailio'), await freePort('127.0.0.1')]
    return Kamailio.#started(new Kamailio(own, port, memoryMb, presenceConfig(own, port)))
  }

  /** As a proxy at `host` through which phones register at `server`. It reaches the server over UDP and adds a Path. */
  static async edge(folder: string, host: string, server: string): Promise<Kamailio> {
    const [own, port] = [join(folder, 'kamailio'), await freePort(host)]
    return Kamailio.#started(new Kamailio(own, port, 32, edgeConfig(host, port, server)))
  }

  /** In front of nodes, with the files that docs/operations/several-machines.md gives, and addresses of the test in place of theirs. */
  static async front(folder: string, at: string, { nodes, pbx }: { readonly nodes: readonly string[]; readonly pbx: string }) {
    const own = join(folder, 'kamailio')
    const { hostname: host, port } = new URL(`udp://${at}`)
    const [a = '', b = ''] = nodes
    const addresses: readonly (readonly [documented: string, ours: string])[] = [
      ['10.0.0.5:5060', at],
      ['10.0.0.5', host],
      ['10.0.0.30:5060', pbx],
      ['10.0.0.30', pbx.slice(0, pbx.indexOf(':'))],
      ['10.0.0.11:5060', a],
      ['10.0.0.12:5060', b],
      ['/etc/kamailio/', `${own}/`],
    ]
    const file = async (name: string): Promise<string> =>
      addresses.reduce(
        (text, [documented, ours]) => text.replaceAll(documented, ours),
        await readFile(join(import.meta.dirname, '../../../packaging/cluster', name), 'utf8'),
      )
    await mkdir(own, { recursive: true })
    await writeFile(join(own, 'dispatcher.list'), await file('dispatcher.list'))
    return Kamailio.#started(new Kamailio(own, Number(port), 64, await file('kamailio.cfg')))
  }

  static async #started(kamailio: Kamailio): Promise<Kamailio> {
    await kamailio.start()
    return kamailio
  }

  /** Starts it again on the same port, without its data. */
  async start(): Promise<void> {
    await mkdir(join(this.folder, 'run'), { recursive: true })
    await cp(tables, join(this.folder, 'tables'), { recursive: true })
    await writeFile(join(this.folder, 'kamailio.cfg'), this.config)
    const memory = ['-m', String(this.memoryMb), '-M', '8']
    const args = ['-DD', '-E', '-f', 'kamailio.cfg', '-w', this.folder, '-Y', join(this.folder, 'run'), ...memory]
    // A process group of its own, because its workers must not outlive it.
    const child = spawn('/usr/sbin/kamailio', args, { cwd: this.folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.#output += String(chunk)))
    this.#process = child
    await eventually('Kamailio listens', async () => {
      if (child.exitCode !== null) throw new Error(`Kamailio does not start:\n${this.#output.slice(-4_000)}`)
      return child.pid !== undefined && (await holdsPort(child.pid, this.port))
    })
  }

  /** Kills it and its workers, without a message to anybody. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const over = once(child, 'exit')
    process.kill(-child.pid, 'SIGKILL')
    await over
  }
}

const presenceConfig = (folder: string, port: number): string => `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
auto_aliases=no
disable_tcp=yes
listen=udp:127.0.0.1:${port}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "db_text.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
loadmodule "presence_dialoginfo.so"
modparam("presence", "db_url", "text://${folder}/tables")
modparam("presence", "server_address", "sip:127.0.0.1:${port}")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "publ_cache", 1)
modparam("presence", "send_fast_notify", 1)
modparam("presence", "clean_period", 5)
modparam("presence_xml", "db_url", "text://${folder}/tables")
modparam("presence_xml", "force_active", 1)
modparam("presence_dialoginfo", "force_single_dialog", 1)
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("PUBLISH")) {
    if (!t_newtran()) { sl_reply_error(); exit; }
    handle_publish();
    t_release();
    exit;
  }
  if (is_method("SUBSCRIBE")) {
    if (!t_newtran()) { sl_reply_error(); exit; }
    handle_subscribe();
    t_release();
    exit;
  }
  if (!is_method("ACK")) sl_send_reply("405", "Method Not Allowed");
}
`

/** The config of docs/operations/proxies.md. */
const edgeConfig = (host: string, port: number, server: string): string => `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
auto_aliases=no
disable_tcp=yes
listen=udp:${host}:${port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "path.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
modparam("path", "use_received", 1)
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  force_rport();
  if (is_method("REGISTER")) {
    add_path_received();
    $du = "sip:${server}";
    t_relay();
    exit;
  }
  if (is_method("INVITE")) record_route();
  # For an INVITE whose only Route is ours, loose_route() is false though it follows the Path.
  if (loose_route() || $du != $null) { t_relay(); exit; }
  if (is_method("ACK")) exit;
  sl_send_reply("404", "Not Found");
}
`
