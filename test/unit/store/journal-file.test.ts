import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../../src/foundation/log.js'
import { wallTime, millis } from '../../../src/foundation/time.js'
import { JournalFile, type JournalFileOptions } from '../../../src/store/journal-file.js'
import { journalMoment, journalName } from '../../../src/store/journal-folder.js'
import { FakeClock } from '../../fakes/clock.js'

const start = Date.UTC(2026, 0, 31, 23, 59, 59, 42)
const day = 86_400_000

describe('journal file', () => {
  let folder: string
  let clock: FakeClock
  let journal: JournalFile
  let lines: string[]
  const log = {
    ...silentLog,
    error: (message: string) => void lines.push(`error ${message}`),
    info: (message: string) => void lines.push(`info ${message}`),
  }
  const open = (more: Partial<JournalFileOptions> = {}) => {
    journal = new JournalFile({ folder, maxFileBytes: 1_000_000, keep: millis(14 * day), clock, log, ...more })
    return journal
  }
  const files = async () => (await readdir(folder)).sort()
  /** Each entry of these tests is a list with one text. The result has the text. */
  const readFrom = async (path: string) => (await readFile(path, 'utf8')).replaceAll(/^\["(.*)"\]$/gm, '$1')
  const read = async (name: string) => readFrom(join(folder, name))

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-journal-'))
    clock = new FakeClock(start)
    lines = []
  })
  afterEach(async () => {
    await journal.close()
    await rm(folder, { recursive: true })
  })

  it('names a file by the time of its first line in UTC', () => {
    assert.equal(journalName(wallTime(start)), 'journal-20260131-235959-042.jsonl')
    assert.equal(journalMoment('journal-20260131-235959-042.jsonl'), start)
    assert.equal(journalMoment('notes.txt'), undefined)
    open()
  })

  it('starts each file with the header and keeps the order of lines', async () => {
    open().onNewFile(() => 'header')
    for (const line of ['one', 'two', 'three']) journal.append([line])
    await journal.flush()
    assert.deepEqual(await files(), ['journal-20260131-235959-042.jsonl'])
    assert.equal(await read('journal-20260131-235959-042.jsonl'), 'header\none\ntwo\nthree\n')
  })

  it('starts a new file when the current one is deleted, counts the lost lines, and logs it', async () => {
    open().onNewFile(() => 'header')
    journal.append(['one'])
    await journal.flush()
    await rm(join(folder, 'journal-20260131-235959-042.jsonl'))
    journal.append(['two'])
    await journal.flush()
    assert.equal(journal.dropped, 1)
    clock.pass(1_000)
    journal.append(['three'])
    await journal.flush()
    assert.deepEqual(await files(), ['journal-20260201-000000-042.jsonl'])
    assert.equal(await read('journal-20260201-000000-042.jsonl'), 'header\nthree\n')
    assert.match(lines.join('\n'), /^error journal in .*its file was deleted\)\ninfo journal in .* is written again/)
  })

  it('creates no file, and asks for no header, before the first line', async () => {
    open().onNewFile(() => assert.fail('no file may be started'))
    await journal.flush()
    assert.deepEqual(await files(), [])
  })

  it('writes nothing during append, and everything 50 ms later', async () => {
    open()
    journal.append(['one'])
    journal.append(['two'])
    assert.deepEqual(await files(), [])
    assert.equal(clock.size, 1)
    clock.pass(100)
    await journal.flush()
    assert.equal(await read('journal-20260131-235959-042.jsonl'), 'one\ntwo\n')
  })

  it('writes in the next turn of the event loop when a batch is full', async () => {
    open()
    for (let i = 0; i < 30; i++) journal.append(['x'.repeat(10_000)])
    clock.pass(0)
    await journal.flush()
    assert.equal((await read('journal-20260131-235959-042.jsonl')).length, 30 * 10_001)
  })

  it('starts a new file when the size is reached, with a header for its first line', async () => {
    let appended = 0
    open({ maxFileBytes: 20 }).onNewFile(() => `world after ${appended}`)
    for (const line of ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc']) {
      journal.append([line])
      appended += 1
      clock.pass(1)
    }
    await journal.flush()
    assert.deepEqual(await Promise.all((await files()).map(read)), [
      'world after 0\naaaaaaaaaa\n',
      'world after 1\nbbbbbbbbbb\n',
      'world after 2\ncccccccccc\n',
    ])
  })

  it('starts a new file after a day even if the old one is small', async () => {
    open()
    journal.append(['monday'])
    clock.pass(day)
    journal.append(['tuesday'])
    await journal.flush()
    assert.deepEqual(await files(), ['journal-20260131-235959-042.jsonl', 'journal-20260201-235959-042.jsonl'])
  })

  it('never writes into a file that already exists', async () => {
    await writeFile(join(folder, 'journal-20260131-235959-042.jsonl'), 'of another process\n')
    open().append(['ours'])
    await journal.flush()
    assert.equal(await read('journal-20260131-235959-042.jsonl'), 'of another process\n')
    assert.equal(await read('journal-20260131-235959-043.jsonl'), 'ours\n')
  })

  it('deletes a file only when all of it is older than the time to keep', async () => {
    const dated = (days: number) => journalName(wallTime(start - days * day))
    for (const name of [dated(30), dated(20), dated(10), 'notes.txt']) await writeFile(join(folder, name), 'x\n')
    open().append(['now'])
    await journal.flush()
    // The file from 20 days ago contains lines up to the start of the next one, 10 days ago.
    assert.deepEqual(await files(), [dated(20), dated(10), dated(0), 'notes.txt'].sort())
  })

  it('drops and counts lines when its buffer is full, and starts a new file after the gap', async () => {
    let headers = 0
    open({ maxWaiting: 100 }).onNewFile(() => `header ${++headers}`)
    for (let i = 0; i < 20; i++) journal.append([`line ${i} ${'x'.repeat(20)}`])
    assert.ok(journal.dropped > 10, `${journal.dropped}`)
    await journal.flush()
    clock.pass(1)
    journal.append(['after the gap'])
    await journal.flush()
    const [first = '', second = ''] = await Promise.all((await files()).map(read))
    assert.match(first, /^header 1\nline 0 /)
    assert.equal(second, 'header 2\nafter the gap\n')
    assert.equal(first.split('\n').length - 2 + journal.dropped, 20, 'each line is written or counted')
  })

  it('loses lines while the folder can’t be written, logs it once, and recovers with a new file', async () => {
    const blocked = join(folder, 'journal')
    await writeFile(blocked, 'a file where the folder should be')
    open({ folder: blocked }).onNewFile(() => 'header')
    journal.append(['lost'])
    await journal.flush()
    journal.append(['lost too'])
    await journal.flush()
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /^error journal in .* is not written/)
    await rm(blocked)
    journal.append(['kept'])
    await journal.flush()
    const [name = ''] = await readdir(blocked)
    assert.equal(await readFrom(join(blocked, name)), 'header\nkept\n')
    assert.match(lines[1] ?? '', /^info journal in .* is written again/)
  })

  it('writes lines that are appended during a write after it, and loses none', async () => {
    open()
    const all: string[] = []
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 50; i++) {
        all.push(`${round}.${i}`)
        journal.append([`${round}.${i}`])
      }
      clock.pass(100)
      await new Promise(resolve => setImmediate(resolve))
    }
    await journal.flush()
    assert.equal(await read('journal-20260131-235959-042.jsonl'), `${all.join('\n')}\n`)
    assert.equal(journal.dropped, 0)
  })

  it('leaves no timer behind when it closes', async () => {
    open().append(['one'])
    await journal.close()
    assert.equal(clock.size, 0)
    journal.append(['too late'])
    assert.equal(journal.dropped, 1)
  })
})
