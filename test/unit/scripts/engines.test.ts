import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

interface Package {
  readonly version?: string
  readonly engines?: { readonly node?: string }
}

/** The oldest Node that package.json names: major and minor. */
const oldest = [20, 19] as const

/** Whether a range such as `^18 || >=20.12` accepts the oldest Node. */
function accepts(range: string): boolean {
  return range.split('||').some(part => {
    const [, operator = '', major = '0', minor = '0'] = /^\s*(\^|>=|~)?\s*v?(\d+|\*)?(?:\.(\d+))?/.exec(part) ?? []
    if (major === '*') return true
    const [isSame, isLower] = [Number(major) === oldest[0], Number(major) < oldest[0]]
    return (operator === '>=' && isLower) || (isSame && Number(minor) <= oldest[1])
  })
}

describe('the packages of the lock file', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Package> }

  it('accept the oldest Node that package.json names, so that npm ci prints no warning', () => {
    const tooNew = Object.entries(packages)
      .filter(([, { engines }]) => engines?.node !== undefined && !accepts(engines.node))
      .map(([name, { version, engines }]) => `${name} ${version ?? ''} asks for Node ${engines?.node ?? ''}`)
    assert.deepEqual(tooNew, [])
  })

  it('include no older Node: package.json names this one', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as Package
    assert.equal(engines?.node, `>=${oldest.join('.')}`)
  })

  it('show npm’s warnings when they are installed', () => {
    assert.doesNotMatch(readFileSync('scripts/npm-packages.sh', 'utf8'), /loglevel|--silent|--quiet/)
  })
})
