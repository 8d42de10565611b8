import { readFile } from 'node:fs/promises'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { Client, InvalidCredentialsError, NoSuchObjectError, type Entry } from 'ldapts'
import type { DirectoryServer, DirectorySettings } from '../config/settings.js'
import type { Directory, DirectoryEntry } from './group.js'

type Access = Pick<DirectorySettings, 'ca' | 'login' | 'startTls'>

const connectWithin = 5_000
const answerWithin = 10_000
/** In bytes, for one connection. 5,000 members take about 3 MB. */
const mostBytes = 64 * 1024 * 1024

/** The name or password is wrong. Each further attempt may lock the account, so no other server is asked. */
export const isWrongLogin = (error: unknown): boolean => error instanceof InvalidCredentialsError

/** Connects, with TLS if the settings ask for it, and logs in. Rejects with the reason. */
export async function openDirectory(server: DirectoryServer, { ca, login, startTls }: Access): Promise<OpenDirectory> {
  const trusted = ca === undefined ? {} : { ca: await readFile(ca, 'utf8') }
  const tls: ConnectionOptions = { ...trusted, minVersion: 'TLSv1.2', host: server.host, ...nameOf(server.host) }
  const host = server.host.includes(':') ? `[${server.host}]` : server.host
  const client = new Client({
    url: `${server.secure ? 'ldaps' : 'ldap'}://${host}:${server.port}`,
    ...{ connectTimeout: connectWithin, timeout: answerWithin, strictDN: false },
    ...onlyOnce(server, tls),
  })
  try {
    if (!server.secure && startTls) await client.startTLS(tls)
    if (login) await client.bind(login.user, login.password)
    return new OpenDirectory(client)
  } catch (error) {
    await close(client)
    throw error
  }
}

/** The name that the certificate must have. TLS has no SNI for addresses (RFC 6066 §3). */
const nameOf = (host: string): ConnectionOptions => (isIP(host) === 0 ? { servername: host } : {})

/**
 * The library connects again by itself, without TLS and login. It would then read what an anonymous user sees, and members would be
 * missing. So a client connects once. StartTLS is a second connection on the same socket.
 */
function onlyOnce(
  server: DirectoryServer,
  tls: ConnectionOptions,
): Pick<ConstructorParameters<typeof Client>[0], 'createConnection' | 'createSecureConnection'> {
  let isUsed = false
  const once = <S extends Socket>(connect: () => S): S => {
    if (isUsed) throw new Error('the directory closed the connection')
    isUsed = true
    return limited(connect())
  }
  const plain = (): Socket => once(() => connectPlain({ host: server.host, port: server.port }))
  const secure = (given: ConnectionOptions | number) =>
    typeof given === 'object' ? limited(connectTls(given)) : once(() => connectTls({ ...tls, port: server.port }))
  return {
    createConnection: plain,
    createSecureConnection: secure,
  }
}

/** Closes the connection of a directory that sends without end. */
function limited<S extends Socket>(socket: S): S {
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > mostBytes) socket.destroy(new Error(`the directory sent more than ${mostBytes / 1024 / 1024} MiB`))
  })
  return socket
}

async function close(client: Client): Promise<void> {
  await client.unbind().catch(() => undefined) // The connection may be gone already. Nothing is left to do.
}

class OpenDirectory implements Directory {
  constructor(private readonly client: Client) {}

  async entry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined> {
    try {
      const { searchEntries } = await this.client.search(dn, {
        ...{ scope: 'base', filter: '(objectClass=*)', attributes: [...attributes], sizeLimit: 1 },
      })
      const [found] = searchEntries
      return found && { dn: found.dn, attributes: attributesOf(found) }
    } catch (error) {
      if (error instanceof NoSuchObjectError || isReferral(error)) return undefined
      throw error
    }
  }

  close(): Promise<void> {
    return close(this.client)
  }
}

/** LDAP result code 10 (RFC 4511 §4.1.10). Another server has the entry. Carillon sends its password to no server that others name. */
const isReferral = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 10

function attributesOf({ dn: _, ...rest }: Entry): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(rest).map(([name, value]) => {
      const values = Array.isArray(value) ? value : [value]
      return [name.toLowerCase(), values.map(each => (typeof each === 'string' ? each : each.toString('utf8')))]
    }),
  )
}
