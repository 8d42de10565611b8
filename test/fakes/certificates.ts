import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files, and what they hold. */
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

/** A certificate of that authority. `names`: as OpenSSL has them, such as `DNS:rgs.example.com`. */
export function issue(folder: string, name: string, authority: Pair, names: readonly string[]): Pair {
  const signed = ['-CA', authority.certificateFile, '-CAkey', authority.keyFile]
  const extensions = ['-addext', `subjectAltName=${names.join(',')}`, '-addext', 'basicConstraints=critical,CA:FALSE']
  return make(folder, name, ['-subj', `/CN=${name}`, ...signed, ...extensions])
}

function make(folder: string, name: string, options: readonly string[]): Pair {
  const [certificateFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certificateFile, '-days', '30', ...options], { stdio: 'pipe' })
  return { certificateFile, keyFile, certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}
