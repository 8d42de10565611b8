import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchConfig } from '../../../src/config/watch.js'
import { watchFiles } from '../../../src/config/watch-files.js'
import { systemClock } from '../../../src/foundation/clock.js'
import { FakeClock } from '../../fakes/clock.js'
import { eventually } from '../../wire/harness/eventually.js'

describe('watching the config folder', () => {
  let parent: string
  let watching: { close(): Promise<void> } | undefined
  beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'carillon-watch-'))))
  afterEach(async () => {
    await watching?.close()
    rmSync(parent, { recursive: true })
  })

  /** Watches `name`. Returns a function that makes a change and resolves when the change is reported. */
  async function watched(name: string): Promise<(change: () => void) => Promise<void>> {
    let told = (): void => undefined
    watching = await watchConfig(join(parent, name), { changed: () => told(), impaired: why => assert.fail(why) }, systemClock)
    return change => {
      const heard = new Promise<void>(resolve => (told = resolve))
      change()
      return heard
    }
  }

  function folder(name: string): string {
    const path = join(parent, name)
    mkdirSync(path)
    writeFileSync(join(path, 'carillon.yaml'), '# one\n')
    return path
  }

  it('notices a file that is written, added or removed', async () => {
    const path = folder('config')
    const when = await watched('config')
    await when(() => writeFileSync(join(path, 'carillon.yaml'), '# two\n'))
    await when(() => writeFileSync(join(path, 'agents.yaml'), '# new\n'))
    await when(() => rmSync(join(path, 'agents.yaml')))
  })

  it('notices a folder that replaces it, and watches the new one', async () => {
    const path = folder('config')
    const next = folder('next')
    const when = await watched('config')
    await when(() => {
      renameSync(path, join(parent, 'old'))
      renameSync(next, path)
    })
    await when(() => writeFileSync(join(path, 'carillon.yaml'), '# three\n'))
  })

  it('notices a link that is changed, and watches its new target', async () => {
    folder('v1')
    const second = folder('v2')
    symlinkSync('v1', join(parent, 'config'))
    const when = await watched('config')
    await when(() => {
      symlinkSync('v2', join(parent, 'config.next'))
      renameSync(join(parent, 'config.next'), join(parent, 'config'))
    })
    await when(() => writeFileSync(join(second, 'carillon.yaml'), '# two\n'))
    assert.ok(watching)
  })
})

describe('watching a config folder that can’t be watched as a whole', () => {
  let folder: string
  const clock = new FakeClock()
  let heard: (why: string | undefined) => void = () => undefined
  let watching: { close(): Promise<void> } | undefined
  /** The next report. */
  const told = (): Promise<string | undefined> => new Promise(resolve => (heard = resolve))
  const listener = { changed: () => undefined, impaired: (why: string | undefined) => heard(why) }
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'carillon-watch-'))))
  afterEach(async () => {
    await watching?.close()
    rmSync(folder, { recursive: true })
  })

  it('reports links in a circle, goes on, and recovers when they are removed', async () => {
    writeFileSync(join(folder, 'carillon.yaml'), '# one\n')
    watching = await watchConfig(folder, listener, clock)
    const impaired = told()
    symlinkSync('b.yaml', join(folder, 'a.yaml'))
    symlinkSync('a.yaml', join(folder, 'b.yaml'))
    assert.match((await impaired) ?? '', /ELOOP/)
    for (const name of ['a.yaml', 'b.yaml']) rmSync(join(folder, name))
    const whole = told()
    clock.pass(1_000)
    assert.equal(await whole, undefined)
  })

  it('starts although a link in it leads to itself', async () => {
    symlinkSync('loop', join(folder, 'loop'))
    const impaired = told()
    watching = await watchConfig(folder, listener, clock)
    assert.match((await impaired) ?? '', /ELOOP/)
  })

  it('is tried again at growing intervals while it fails', async () => {
    symlinkSync('loop', join(folder, 'loop'))
    const impaired = told()
    watching = await watchConfig(folder, listener, clock)
    await impaired
    assert.equal(clock.size, 1)
    clock.pass(999)
    assert.equal(clock.size, 1)
    clock.pass(1)
    assert.equal(clock.size, 0)
    await eventually('it has failed again', () => clock.size === 1)
    clock.pass(1_999)
    assert.equal(clock.size, 1)
    clock.pass(1)
    assert.equal(clock.size, 0)
  })

  it('starts although its parent folder is missing', async () => {
    const impaired = told()
    watching = await watchConfig(join(folder, 'gone', 'config'), listener, clock)
    assert.match((await impaired) ?? '', /ENOENT/)
  })
})

describe('watching certificates', () => {
  let folder: string
  let watching: { close(): void } | undefined
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'carillon-watch-'))))
  afterEach(() => {
    watching?.close()
    rmSync(folder, { recursive: true })
  })

  it('notices a certificate that is written, and a link that is changed', async () => {
    for (const name of ['one', 'two']) writeFileSync(join(folder, name), name)
    const [file, link] = [join(folder, 'one'), join(folder, 'link')]
    symlinkSync(join(folder, 'one'), link)
    let told = (): void => undefined
    watching = watchFiles([file, link], systemClock, () => told())
    const when = (change: () => void): Promise<void> => {
      const heard = new Promise<void>(resolve => (told = resolve))
      change()
      return heard
    }
    await when(() => writeFileSync(file, 'other'))
    await when(() => {
      symlinkSync(join(folder, 'two'), join(folder, 'new'))
      renameSync(join(folder, 'new'), link)
    })
  })
})
