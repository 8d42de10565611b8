import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, type Change } from 'ldapts'
import { issue, makeAuthority, type Pair } from '../../fakes/certificates.js'
import { eventually } from './eventually.js'
import { freePort, holdsPort } from './ports.js'
import { run } from './program.js'

const suffix = 'dc=example,dc=com'
/** The user who may do everything. */
const admin = { user: `cn=admin,${suffix}`, password: 'admins-secret' }
/** The user who may read. Anonymous users see nothing. */
export const reader = { user: `cn=reader,${suffix}`, password: 'readers-secret' }

/** Debian's OpenLDAP server with Active Directory's schema, on ports of its own and with a certificate of its own authority. */
export class Slapd {
  #process: ChildProcess | undefined
  #output = ''

  private constructor(
    private readonly folder: string,
    readonly port: number,
    readonly tlsPort: number,
    /** The authority of its certificate. */
    readonly authority: Pair,
  ) {}

  /** `entries`: LDIF texts. */
  static async start(folder: string, entries: readonly string[]): Promise<Slapd> {
    const own = join(folder, 'slapd')
    await mkdir(join(own, 'db'), { recursive: true })
    const authority = makeAuthority(own, 'authority')
    const slapd = new Slapd(own, await freePort('127.0.0.1'), await freePort('127.0.0.1'), authority)
    await writeFile(
      join(own, 'slapd.conf'),
      configOf(own, authority, issue(own, 'server', authority, ['DNS:localhost', 'IP:127.0.0.1'])),
    )
    await writeFile(join(own, 'entries.ldif'), [...ground, ...entries].join('\n\n'))
    const added = await run('/usr/sbin/slapadd', ['-f', join(own, 'slapd.conf'), '-l', join(own, 'entries.ldif')])
    if (added.code !== 0) throw new Error(`slapadd: ${added.stderr}`)
    await slapd.start()
    return slapd
  }

  /** Starts it again on the same ports, with its data. */
  async start(): Promise<void> {
    const addresses = `ldap://127.0.0.1:${this.port} ldaps://127.0.0.1:${this.tlsPort}`
    const child = spawn('/usr/sbin/slapd', ['-d', 'stats', '-f', join(this.folder, 'slapd.conf'), '-h', addresses], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr.on('data', (chunk: Buffer) => (this.#output += String(chunk)))
    this.#process = child
    await eventually('slapd listens', async () => {
      if (child.exitCode !== null) throw new Error(`slapd does not start:\n${this.#output.slice(-4_000)}`)
      return child.pid !== undefined && (await holdsPort(child.pid, this.tlsPort))
    })
  }

  /** What it logged: each connection, login and search. */
  get log(): string {
    return this.#output
  }

  async change(dn: string, change: Change): Promise<void> {
    const client = new Client({ url: `ldap://127.0.0.1:${this.port}` })
    try {
      await client.bind(admin.user, admin.password)
      await client.modify(dn, change)
    } finally {
      await client.unbind()
    }
  }

  async stop(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
}

const ground = [
  `dn: ${suffix}\nobjectClass: organization\nobjectClass: dcObject\no: Example\ndc: example`,
  `dn: ${reader.user}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: ${reader.password}`,
]

/** `attributes`: lines of LDIF such as `mail: alice@example.com`. */
export const personEntry = (name: string, ...attributes: readonly string[]): string =>
  [`dn: ${dnOf(name)}`, 'objectClass: inetOrgPerson', 'objectClass: extensibleObject', `sn: ${name}`, ...attributes].join('\n')

export const groupEntry = (name: string, ...members: readonly string[]): string =>
  [`dn: ${dnOf(name)}`, 'objectClass: groupOfNames', ...members.map(member => `member: ${dnOf(member)}`)].join('\n')

export const dnOf = (name: string): string => `cn=${name},${suffix}`

function configOf(folder: string, authority: Pair, own: Pair): string {
  const schemas = ['core', 'cosine', 'inetorgperson', 'nis', 'msuser']
  return [
    ...schemas.map(name => `include /etc/ldap/schema/${name}.schema`),
    // Lync Server adds this attribute to Active Directory's schema.
    "attributetype ( 1.3.6.1.4.1.99999.1 NAME 'msRTCSIP-PrimaryUserAddress' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    `TLSCACertificateFile ${authority.certificateFile}`,
    `TLSCertificateFile ${own.certificateFile}`,
    `TLSCertificateKeyFile ${own.keyFile}`,
    'database mdb',
    `suffix ${suffix}`,
    `rootdn ${admin.user}`,
    `rootpw ${admin.password}`,
    `directory ${join(folder, 'db')}`,
    'maxsize 16777216',
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by users read by * none',
    '',
  ].join('\n')
}
