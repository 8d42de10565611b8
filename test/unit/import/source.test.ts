import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { openSource } from '../../../src/import/source.js'
import { zip, type ZipEntry } from '../../fakes/lync-export.js'
import { newFolder, removeFolders } from '../config/folder.js'

describe('what an import reads', () => {
  after(removeFolders)

  function archive(bytes: Buffer): string {
    const file = join(newFolder(), 'export.zip')
    writeFileSync(file, bytes)
    return file
  }

  /** The content of each entry, or why it can't be read. */
  async function contents(path: string): Promise<Record<string, string> | string> {
    const source = await openSource(path)
    if (!source.ok) return source.fault
    const read: Record<string, string> = {}
    for (const name of source.value.names) {
      const bytes = await source.value.read(name)
      read[name] = bytes.ok ? bytes.value.toString() : bytes.fault
    }
    source.value.close()
    return read
  }

  const entry = (name: string, text = 'x', more: Partial<ZipEntry> = {}): ZipEntry => ({
    name,
    bytes: Buffer.from(text),
    ...more,
  })

  it('is the entries of a ZIP, also with the backslashes of Windows', async () => {
    assert.deepEqual(await contents(archive(zip([entry('a/b.xml', 'one'), entry('c\\d.wav', 'two'), entry('a/')]))), {
      'a/b.xml': 'one',
      'c/d.wav': 'two',
    })
  })

  it('is the files of a folder without links, or one file', async () => {
    const folder = newFolder()
    for (const [name, text] of [
      ['a.xml', 'one'],
      ['b/c.json', 'two'],
    ] as const) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    symlinkSync('/etc/hostname', join(folder, 'link.xml'))
    symlinkSync('/etc', join(folder, 'links'))
    assert.deepEqual(await contents(folder), { 'a.xml': 'one', 'b/c.json': 'two' })
    assert.deepEqual(await contents(join(folder, 'b/c.json')), { 'c.json': 'two' })
  })

  for (const [what, entries, why] of [
    ['a name that leads out of the folder', [entry('../evil.xml')], /invalid relative path/],
    ['such a name with backslashes', [entry('a\\..\\..\\evil.xml')], /invalid relative path/],
    ['an absolute name', [entry('/etc/passwd')], /absolute path/],
    ['a name of a drive', [entry('C:\\evil.xml')], /absolute path/],
    ['two entries with one name', [entry('a.xml'), entry('a.xml')], /two entries with the name a\.xml/],
  ] as const)
    it(`refuses a ZIP with ${what}`, async () => {
      const found = await contents(archive(zip(entries)))
      assert.ok(typeof found === 'string', JSON.stringify(found))
      assert.match(found, why)
    })

  it('refuses a ZIP with too many entries', async () => {
    const many = Array.from({ length: 10_001 }, (_, index) => entry(`${index}`, ''))
    assert.match(JSON.stringify(await contents(archive(zip(many)))), /more than 10000 entries/)
  })

  it('does not read an entry that becomes too large, lies about its length, or is encrypted', async () => {
    const found = await contents(
      archive(
        zip([
          { name: 'bomb', bytes: Buffer.alloc(8 * 1_024 * 1_024) },
          { name: 'large', bytes: Buffer.from('x'), claims: 40 * 1_024 * 1_024 },
          { name: 'longer', bytes: Buffer.alloc(100_000, 'ab'), claims: 10 },
          { name: 'shorter', bytes: Buffer.from('abc'), claims: 100 },
          { name: 'secret', bytes: Buffer.from('abc'), isEncrypted: true },
          { name: 'good', bytes: Buffer.from('abc') },
        ]),
      ),
    )
    assert.ok(typeof found === 'object')
    assert.match(found['bomb'] ?? '', /^becomes too large/)
    assert.match(found['large'] ?? '', /too large/)
    assert.match(found['longer'] ?? '', /^can't be read: too many bytes/)
    assert.match(found['shorter'] ?? '', /^can't be read: not enough bytes/)
    assert.equal(found['secret'], 'is encrypted')
    assert.equal(found['good'], 'abc')
  })

  it('is missing or no ZIP: the fault says so', async () => {
    const folder = newFolder()
    assert.equal(await contents(join(folder, 'none.zip')), `there is no ${join(folder, 'none.zip')}`)
    assert.match(JSON.stringify(await contents(archive(Buffer.from('not a zip')))), /export\.zip is not a ZIP file: /)
    assert.match(JSON.stringify(await contents(archive(Buffer.alloc(0)))), /is not a ZIP file: /)
  })

  it('never throws, whatever the bytes of a ZIP are', async () => {
    const valid = zip([entry('a/b.xml', 'one'), entry('c.wav', 'two'.repeat(100))])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }), async changes => {
        const bytes = Buffer.from(valid)
        for (const [at, byte] of changes) bytes[at] = byte
        await contents(archive(bytes))
      }),
      { numRuns: 30 },
    )
  })
})
