import { z } from 'zod'
import { millis, seconds } from '../foundation/time.js'
import { block, choice, complain, duration, read, text } from './fields.js'
import type { DirectoryServer } from './settings.js'
import type { Result } from '../foundation/result.js'

/** The schema of LDAP directories, and the addresses of groups in them (docs/decisions/119). */

/** Where the members of a group are listed: in a file of the config folder, or in a directory. */
export type ListPlace =
  | { readonly kind: 'file' }
  /** Without `server`, the servers of the section `directory` are asked in order. */
  | { readonly kind: 'directory'; readonly dn: string; readonly server?: DirectoryServer }

const usualPort = { ldap: 389, ldaps: 636 } as const
const groupForm = /^(ldaps?):\/\/([^/?#]*)\/([^?#]+)$/i

/** Reads `distributionList`: an LDAP URL (RFC 4516) without attributes, scope and filter, or the name of a file. */
export function readListPlace(written: string): Result<ListPlace> {
  if (!/^ldaps?:/i.test(written)) return { ok: true, value: { kind: 'file' } }
  const [, scheme = '', host = '', path = ''] = groupForm.exec(written) ?? []
  const dn = decoded(path)
  if (dn === undefined || !/^[^=]+=./.test(dn)) return { ok: false, fault: expectedGroup }
  if (host === '')
    return scheme.toLowerCase() === 'ldap'
      ? { ok: true, value: { kind: 'directory', dn } }
      : { ok: false, fault: 'write ldap:/// to ask the servers of `directory`, whether they are ldap:// or ldaps://' }
  const server = readServer(`${scheme}://${host}`)
  return server.ok ? { ok: true, value: { kind: 'directory', dn, server: server.value } } : server
}

const expectedGroup =
  'expected the address of a group, such as ldap:///CN=Support,OU=Groups,DC=example,DC=com (write %3F for a ? in it)'

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined // A % that begins no escape. The caller reports the whole address.
  }
}

function readServer(written: string): Result<DirectoryServer> {
  const [, scheme = '', host = '', port] = /^(ldaps?):\/\/(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i.exec(written) ?? []
  const secure = scheme.toLowerCase() === 'ldaps'
  const number = port === undefined ? usualPort[secure ? 'ldaps' : 'ldap'] : Number(port)
  return host === '' || number < 1 || number > 65_535
    ? { ok: false, fault: 'expected the address of a server, such as ldaps://dc1.example.com' }
    : { ok: true, value: { secure, host: host.toLowerCase().replace(/[[\]]/g, ''), port: number } }
}

export const directory = block('The LDAP directory with the groups that `distributionList` names, such as Active Directory.', {
  servers: z
    .array(read('ldaps://dc1.example.com', readServer, '[lL][dD][aA][pP][sS]?://[^/?#\\s]+/?'))
    .min(1, 'expected at least one server')
    .max(8, 'expected at most 8 servers')
    .describe(
      'Servers with the same content: ldaps://HOST or ldap://HOST, with :PORT if it is not 636 or 389. The first that can be reached is asked.',
    ),
  tls: choice(
    'required: ldap:// connections switch to TLS (StartTLS) before the password is sent. none: ldap:// without TLS; use it only on networks where nobody can listen.',
    ['required', 'none'],
  ).prefault('required'),
  ca: text(4_096)
    .describe(
      'Authorities that sign the certificates of the servers. A PEM file. A relative path starts at the config folder. Default: the authorities that come with Node.',
    )
    .optional(),
  user: text(1_024)
    .describe(
      'Who logs in: a DN, or for Active Directory also user@domain. Needs only the right to read. Default: nobody (anonymous).',
    )
    .optional(),
  password: text(1_024).describe('The password of user. Take it from the environment: ${LDAP_PASSWORD}.').optional(),
  nested: z
    .boolean()
    .describe(
      'true: members of groups inside a group are members too. false (the default): groups inside a group are left out, as in Lync.',
    )
    .prefault(false),
  attributes: z
    .array(text(128).regex(/^[A-Za-z][\w-]*$/, 'expected the name of an attribute, such as mail'))
    .min(1, 'expected at least one attribute')
    .max(16, 'expected at most 16 attributes')
    .describe(
      'Which attributes of a member lead to an agent, in this order. The first that names an agent counts. sip:… and text with @ are SIP URIs, digits are the user part of the agent’s URI. Default: msRTCSIP-PrimaryUserAddress, proxyAddresses, telephoneNumber, mail.',
    )
    .prefault(['msRTCSIP-PrimaryUserAddress', 'proxyAddresses', 'telephoneNumber', 'mail']),
  refresh: duration(millis(60_000), seconds(86_400))
    .describe('How often the groups are read, 1m to 24h. Default 15m.')
    .prefault('15m'),
}).superRefine(({ user, password }, context) => {
  if (user !== undefined && password === undefined) complain(context, ['user'], "'user' needs its 'password' beside it")
  if (password !== undefined && user === undefined)
    complain(context, ['password'], "'password' needs its 'user' beside it", 'key')
})
