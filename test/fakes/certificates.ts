import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files, and their content. */
export interface Pair {
  readonly certificateFile: string
  readonly keyFile: string
  readonly certificate: string
  readonly key: string
}

/** An authority of its own in this folder, made by OpenSSL. */
export function makeAuthority(folder: string, name: string): Pair {
  return make(folder, name, ['-subj', `/CN=${name}`])
}

/** A certificate of that authority. `names` have OpenSSL's form, such as `DNS:rgs.example.com`. */
export function issue(folder: string, name: string, authority: Pair, names: readonly string[]): Pair {
  const signed = ['-CA', authority.certificateFile, '-CAkey', authority.keyFile]
  const extensions = ['-addext', `subjectAltName=${names.join(',')}`, '-addext', 'basicConstraints=critical,CA:FALSE']
  return make(folder, name, ['-subj', `/CN=${name}`, ...signed, ...extensions])
}

/** A certificate of that authority that was valid only in January 2020. */
export function issueExpired(folder: string, name: string, authority: Pair, names: readonly string[]): Pair {
  const own = issue(folder, name, authority, names)
  const [request, list, settings] = ['csr', 'index', 'cnf'].map(ending => join(folder, `${name}.${ending}`)) as [
    string,
    string,
    string,
  ]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names.join(',')}`]
  execFileSync('openssl', ['req', '-new', '-key', own.keyFile, '-out', request, ...subject], { stdio: 'pipe' })
  writeFileSync(list, '')
  const section = `database = ${list}\nnew_certs_dir = ${folder}\nrand_serial = yes\ndefault_md = sha256\ncopy_extensions = copy`
  writeFileSync(settings, `[own]\n${section}\npolicy = any\n[any]\ncommonName = supplied\n`)
  const signed = ['-cert', authority.certificateFile, '-keyfile', authority.keyFile, '-in', request, '-out', own.certificateFile]
  const held = ['-startdate', '20200101000000Z', '-enddate', '20200131000000Z']
  const how = ['-batch', '-notext', '-config', settings, '-name', 'own', ...held]
  execFileSync('openssl', ['ca', ...how, ...signed], { stdio: 'pipe' })
  return { ...own, certificate: readFileSync(own.certificateFile, 'utf8') }
}

function make(folder: string, name: string, options: readonly string[]): Pair {
  const [certificateFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certificateFile, '-days', '30', ...options], { stdio: 'pipe' })
  return { certificateFile, keyFile, certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}
