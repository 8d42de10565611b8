import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const read = (file: string): string => readFileSync(file, 'utf8')
interface Package {
  readonly version: string
  readonly packages?: Readonly<Record<string, { readonly version?: string }>>
}
const { version } = JSON.parse(read('package.json')) as Package

describe('the version of package.json', () => {
  it('is that of the console and of the lock file', () => {
    const { packages, ...lock } = JSON.parse(read('package-lock.json')) as Package
    const { version: ofConsole } = JSON.parse(read('console/package.json')) as Package
    const all = [ofConsole, lock.version, packages?.['']?.version, packages?.['console']?.version]
    assert.deepEqual(all, [version, version, version, version])
  })

  it('has the top part of the changes', () => {
    const [, top] = /^## (\S+) /m.exec(read('CHANGELOG.md')) ?? []
    assert.equal(top, version)
  })

  it('is on the image', () => {
    assert.match(read('Dockerfile'), new RegExp(`image\\.version="${version.replaceAll('.', '\\.')}"`))
  })
})
