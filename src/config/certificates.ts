import { messageOf } from '../foundation/errors.js'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { wallTime, seconds, type WallTime } from '../foundation/time.js'
import { faultAt, type Placed } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import { ConfigPaths } from './paths.js'
import type { Sections } from './schema.js'
import type { TlsFileSettings } from './settings.js'

/** The result of checking the certificates: faults that exist now, and warnings about what will become a fault. */
interface CertificateVerdicts {
  readonly faults: ConfigFault[]
  readonly warnings: ConfigFault[]
}

interface CertificateSurroundings {
  /** The config folder. */
  readonly folder: string
  readonly now: WallTime
  /**
   * Whether a running server uses the certificates. Then an expired certificate is only a warning, because calls over other
   * transports still work.
   */
  readonly serving: boolean
}

type FileKey = 'certificate' | 'key' | 'ca' | 'clientCa'
type Texts = Partial<Record<FileKey, string>>

const fileKeys: readonly FileKey[] = ['certificate', 'key', 'ca', 'clientCa']
/** In bytes. A file with every public authority is far smaller. */
const largestFile = 4 * 1024 * 1024
/** The certificate check warns this long before a certificate expires. */
const warnedBefore = seconds(14 * 86_400)

/** Reads the files that `sip.tls` names. Undefined: it names none, or none that can be used. */
export async function readCertificates(
  { sections, sectionPlaces }: Gathered,
  surroundings: CertificateSurroundings,
  verdicts: CertificateVerdicts,
): Promise<TlsFileSettings | undefined> {
  const entry = sections?.sip.tls
  const sip = sectionPlaces.get('sip')
  if (!entry || !sip) return undefined
  const place: Placed<unknown> = { ...sip, path: [...sip.path, 'tls'] }
  const texts: Texts = {}
  for (const key of fileKeys) {
    const named = entry[key]
    const file = named === undefined ? undefined : { name: named, path: resolve(surroundings.folder, named) }
    const text = await textOf(place, key, file, verdicts.faults)
    if (text !== undefined) texts[key] = text
  }
  const expires = checkPair(place, texts, surroundings, verdicts)
  const files = fileKeys.flatMap(key => (entry[key] === undefined ? [] : [resolve(surroundings.folder, entry[key])]))
  return {
    ...texts,
    ...(entry.trustedNames && { trustedNames: entry.trustedNames }),
    ...(expires !== undefined && { expires }),
    files,
  }
}

type HttpTlsEntry = NonNullable<Sections['http']['tls']>

/** The paths of the files that `http.tls` names. */
export const httpTlsFiles = ({ certificate, key }: HttpTlsEntry, paths: ConfigPaths): HttpTlsEntry => ({
  certificate: paths.at(['http', 'tls', 'certificate'], certificate),
  key: paths.at(['http', 'tls', 'key'], key),
})

/** Checks the files that `http.tls` names. The server reads them when it starts. */
export async function checkHttpCertificates(
  { sections, sectionPlaces }: Gathered,
  paths: ConfigPaths,
  surroundings: CertificateSurroundings,
  verdicts: CertificateVerdicts,
): Promise<void> {
  const entry = sections?.http.tls
  const http = sectionPlaces.get('http')
  if (!entry || !http) return
  const place: Placed<unknown> = { ...http, path: [...http.path, 'tls'] }
  const files = httpTlsFiles(entry, new ConfigPaths(paths.folder, { sectionPlaces }))
  const texts: Texts = {}
  for (const key of ['certificate', 'key'] as const) {
    const text = await textOf(place, key, { name: entry[key], path: files[key] }, verdicts.faults)
    if (text !== undefined) texts[key] = text
  }
  checkPair(place, texts, surroundings, verdicts)
}

/** The content of a file. Undefined: the content is not what the key needs, and a fault was added. */
async function textOf(
  place: Placed<unknown>,
  key: FileKey,
  file: { readonly name: string; readonly path: string } | undefined,
  faults: ConfigFault[],
): Promise<string | undefined> {
  if (file === undefined) return undefined
  const { name, path } = file
  try {
    // Checked before reading, because reading a pipe or a device might never end.
    const stats = await stat(path)
    if (!stats.isFile() || stats.size > largestFile) throw new Error('it is not a file of up to 4 MB')
    const text = await readFile(path, 'utf8')
    if (key === 'key') createPrivateKey(text)
    else certificatesIn(text)
    return text
  } catch (error) {
    const what = key === 'key' ? 'a private key in PEM, without a passphrase' : 'a certificate in PEM'
    const why = messageOf(error)
    faults.push(faultAt(place, [key], `'${name}' can't be used: ${why}; expected ${what}`))
    return undefined
  }
}

/** The certificates in a PEM text. Throws if one can't be read or if there is none. */
function certificatesIn(text: string): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)
  if (!blocks) throw new Error('there is no -----BEGIN CERTIFICATE----- in it')
  return blocks.map(block => new X509Certificate(block))
}

/** Checks that the key and the certificate match, and the dates of the certificate. Returns when the certificate expires. */
function checkPair(
  place: Placed<unknown>,
  texts: Texts,
  surroundings: CertificateSurroundings,
  verdicts: CertificateVerdicts,
): WallTime | undefined {
  const { certificate, key } = texts
  const [own] = certificate === undefined ? [] : certificatesIn(certificate)
  if (!own || key === undefined) return undefined
  if (own.checkPrivateKey(createPrivateKey(key))) checkUse(place, texts, verdicts.faults)
  else {
    const owner = own.subject.replaceAll('\n', ', ')
    verdicts.faults.push(faultAt(place, ['key'], `this is not the key of the certificate for ${owner}`))
  }
  return checkTime(place, own, surroundings, verdicts)
}

/** Adds a fault for everything else that OpenSSL refuses, such as a key that is too short. */
function checkUse(place: Placed<unknown>, { certificate, key, ca, clientCa }: Texts, faults: ConfigFault[]): void {
  try {
    createSecureContext({ cert: certificate, key, ca: clientCa })
    createSecureContext({ ca })
  } catch (error) {
    faults.push(faultAt(place, ['certificate'], `TLS refuses it: ${messageOf(error)}`))
  }
}

function checkTime(
  place: Placed<unknown>,
  own: X509Certificate,
  { now, serving }: CertificateSurroundings,
  { faults, warnings }: CertificateVerdicts,
): WallTime {
  const expires = wallTime(Date.parse(own.validTo))
  if (expires <= now) (serving ? warnings : faults).push(faultAt(place, ['certificate'], expired(own)))
  else if (expires - now < warnedBefore)
    warnings.push(faultAt(place, ['certificate'], `this certificate expires on ${own.validTo}: renew it`))
  if (Date.parse(own.validFrom) > now)
    warnings.push(faultAt(place, ['certificate'], `this certificate is not valid before ${own.validFrom}`))
  return expires
}

const expired = ({ validTo }: X509Certificate): string =>
  `this certificate has expired on ${validTo}: browsers and phones that check it refuse to connect; renew it`
