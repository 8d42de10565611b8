import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wallTime } from '../../../../src/foundation/time.js'
import type { RecordedPart } from '../../../../src/media/port.js'
import { Backlog } from '../../../../src/media/recording/backlog.js'
import type { FromRecorder, RecordingRules } from '../../../../src/media/recording/messages.js'
import { Recorder } from '../../../../src/media/recording/recorder.js'

const arrival = Date.parse('2026-11-30T12:00:00Z')
/** A call that arrived this many minutes after noon. */
const callAt = (minutes: number): string => `${(arrival + minutes * 60_000).toString(36)}-1a2b3c`
const day = 24 * 3_600_000
const rules: RecordingRules = { quota: 2 ** 30, keep: 30 * day, whenFull: 'stop' }

class Bench {
  readonly told: FromRecorder[] = []
  readonly backlog = new Backlog()
  now = arrival
  recorder: Recorder

  constructor(
    more: Partial<RecordingRules> = {},
    readonly folder = join(mkdtempSync(join(tmpdir(), 'carillon-recordings-')), 'recordings'),
  ) {
    const setup = { folder, backlog: this.backlog.shared, rules: { ...rules, ...more } }
    this.recorder = new Recorder(
      setup,
      () => this.now,
      message => this.told.push(message),
    )
    this.recorder.start()
  }

  begin(call: string, more: Partial<RecordedPart> = {}): void {
    const caller = 'sip:+15550100@example.com'
    this.recorder.take({ kind: 'part', part: { call, workflow: 'support', caller, from: wallTime(this.now), ...more } })
  }

  /** A second of sound, from this second of the part on. */
  sound(call: string, second: number, value = 1): void {
    const bytes = new Uint8Array(16_000).fill(value)
    this.backlog.takes(bytes.length)
    this.recorder.take({ kind: 'sound', call, from: second * 8_000, law: 'pcmu', bytes })
  }

  over(call: string, isLast = true): void {
    this.recorder.take({ kind: 'over', call, isLast })
  }

  /** A whole recording of this many seconds. */
  record(call: string, seconds: number, more: Partial<RecordedPart> = {}): void {
    this.begin(call, more)
    for (let second = 0; second < seconds; second += 1) this.sound(call, second)
    this.over(call)
  }

  file(call: string, end = 'wav'): string {
    return join(this.folder, '2026-11-30', `${call}.${end}`)
  }

  kinds(): string[] {
    return this.told.flatMap(each =>
      each.kind === 'failed' ? [`failed ${each.fault}`] : each.kind === 'state' ? [] : [each.kind],
    )
  }

  async ask<T>(
    question:
      | { kind: 'find' | 'waveform' | 'remove'; call: string }
      | { kind: 'list'; filter: { limit: number; after?: string; caller?: string } },
  ): Promise<T | undefined> {
    await this.recorder.answer({ ...question, id: 1 })
    const answer = this.told.at(-1)
    assert(answer?.kind === 'answer' && answer.fault === undefined, JSON.stringify(answer))
    return answer.value as T | undefined
  }

  clean(): void {
    chmodSync(join(this.folder, '..'), 0o700)
    rmSync(join(this.folder, '..'), { recursive: true, force: true })
  }
}

/** The sound of a WAV, checked against its head. */
function soundOf(file: string): Buffer {
  const wav = readFileSync(file)
  const bytes = wav.readUInt32LE(54)
  assert.deepEqual(
    [wav.toString('latin1', 0, 4), wav.readUInt32LE(4), wav.readUInt16LE(20), wav.readUInt16LE(22)],
    ['RIFF', wav.length - 8, 7, 2],
  )
  assert.equal(wav.length, 58 + bytes)
  return wav.subarray(58)
}

interface Note {
  readonly parts: readonly { readonly at: number; readonly from: number; readonly to?: number; readonly agent?: string }[]
  readonly seconds: number
  readonly isFinished: boolean
}

describe('the recorder', () => {
  let bench: Bench
  const begin = (more: Partial<RecordingRules> = {}): Bench => (bench = new Bench(more))
  const [call, other] = [callAt(0), callAt(1)]

  afterEach(() => bench.clean())

  it('writes a WAV that only this user may read, in the folder of the day', () => {
    begin().record(call, 2)
    assert.equal(soundOf(bench.file(call)).length, 32_000)
    assert.deepEqual(readdirSync(join(bench.folder, '2026-11-30')), [`${call}.json`, `${call}.wav`])
    const modes = [bench.folder, join(bench.folder, '2026-11-30'), bench.file(call), bench.file(call, 'json')].map(
      path => statSync(path).mode & 0o777,
    )
    assert.deepEqual(modes, [0o700, 0o700, 0o600, 0o600])
    assert.deepEqual(bench.kinds(), ['finished'])
  })

  it('cuts pauses, and notes the parts with their agents', async () => {
    begin().begin(call, { agent: 'sip:alice@example.com' })
    bench.sound(call, 0, 1)
    bench.over(call, false)
    bench.now += 60_000
    bench.begin(call, { agent: 'sip:bob@example.com' })
    bench.sound(call, 0, 2)
    bench.over(call)
    const sound = soundOf(bench.file(call))
    assert.deepEqual([sound[0], sound[15_999], sound[16_000], sound.length], [1, 1, 2, 32_000])
    const note = await bench.ask<Note>({ kind: 'find', call })
    assert.deepEqual(note?.parts, [
      { at: 0, from: arrival, to: arrival + 1_000, agent: 'sip:alice@example.com' },
      { at: 1, from: arrival + 60_000, to: arrival + 61_000, agent: 'sip:bob@example.com' },
    ])
    assert.deepEqual([note?.seconds, note?.isFinished], [2, true])
  })

  it('fills pieces that never came with silence', () => {
    begin().begin(call)
    bench.sound(call, 0, 1)
    bench.sound(call, 2, 3)
    bench.over(call)
    const sound = soundOf(bench.file(call))
    assert.deepEqual([sound[0], sound[16_000], sound[31_999], sound[32_000]], [1, 0xff, 0xff, 3])
  })

  it('leaves a file after a crash that can be played, and the next start completes it', async () => {
    begin().begin(call)
    bench.sound(call, 0)
    bench.sound(call, 1)
    assert.equal(soundOf(bench.file(call, 'wav.part')).length, 32_000)
    // The power fails while the third piece is written.
    truncateSync(bench.file(call, 'wav.part'), 58 + 40_001)
    const next = (bench = new Bench({}, bench.folder))
    assert.equal(soundOf(next.file(call)).length % 2, 0)
    const note = await next.ask<Note>({ kind: 'find', call })
    assert.deepEqual([note?.isFinished, note?.seconds], [true, 2.5])
    assert.equal(note?.parts[0]?.to, arrival + 2_500)
  })

  it('goes on with the same file when the call goes on after a restart', () => {
    begin().begin(call)
    bench.sound(call, 0, 1)
    bench = new Bench({}, bench.folder)
    bench.begin(call)
    bench.sound(call, 0, 2)
    bench.over(call)
    const sound = soundOf(bench.file(call))
    assert.deepEqual([sound[0], sound[16_000], sound.length], [1, 2, 32_000])
  })

  it('goes on with the file when the thread is replaced within a part', () => {
    begin().begin(call)
    bench.sound(call, 0, 1)
    bench = new Bench({}, bench.folder)
    bench.sound(call, 1, 2)
    bench.over(call)
    assert.equal(soundOf(bench.file(call)).length, 32_000)
  })

  it('completes a recording of which nothing is heard for half a minute', () => {
    begin().begin(call)
    bench.sound(call, 0)
    bench.now += 31_000
    bench.recorder.look()
    assert.equal(soundOf(bench.file(call)).length, 16_000)
  })

  it('gives up a recording whose folder is gone, tells it, and records again when the folder is back', () => {
    begin().begin(call)
    bench.sound(call, 0)
    renameSync(bench.folder, `${bench.folder}-away`)
    bench.recorder.look()
    bench.sound(call, 1)
    bench.begin(other)
    assert.deepEqual(bench.kinds(), ['failed gone', 'failed gone'])
    assert(!existsSync(bench.folder), 'the recordings must not go to another disk')
    renameSync(`${bench.folder}-away`, bench.folder)
    bench.recorder.look()
    bench.record(callAt(2), 1)
    assert.equal(bench.kinds().at(-1), 'finished')
  })

  it('records nothing when the quota is reached, and tells it', () => {
    begin({ quota: 30_000 }).record(call, 2)
    bench.recorder.look()
    bench.record(other, 1)
    assert.deepEqual(bench.kinds(), ['finished', 'failed full'])
    const state = bench.told.findLast(({ kind }) => kind === 'state')
    assert(state?.kind === 'state' && state.state.trouble?.fault === 'full')
  })

  it('counts the recordings that are being written towards the quota', () => {
    begin({ quota: 30_000 }).begin(call)
    bench.sound(call, 0)
    bench.recorder.look()
    bench.sound(call, 1)
    bench.recorder.look()
    assert.deepEqual(bench.kinds(), ['failed full'])
  })

  it('deletes the oldest recordings at the quota, if the config says so', () => {
    begin({ quota: 50_000, whenFull: 'deleteOldest' })
    for (const [index, each] of [call, other, callAt(2)].entries()) {
      bench.record(each, 2)
      utimesSync(bench.file(each), arrival / 1000 + index, arrival / 1000 + index)
    }
    bench.recorder.look()
    assert.deepEqual(
      [call, other, callAt(2)].map(each => existsSync(bench.file(each))),
      [false, false, true],
    )
    bench.record(callAt(3), 1)
    assert.equal(bench.kinds().at(-1), 'finished')
  })

  it('deletes recordings that are too old', () => {
    begin().record(call, 1)
    utimesSync(bench.file(call), (arrival - 31 * day) / 1000, (arrival - 31 * day) / 1000)
    bench.recorder.replaceRules(rules)
    assert(!existsSync(join(bench.folder, '2026-11-30')))
    assert.equal(bench.kinds().at(-1), 'expired')
  })

  it('says how loud each side is', async () => {
    begin().begin(call)
    const bytes = Uint8Array.from({ length: 16_000 }, (_, index) => (index % 2 === 0 && index < 8_000 ? 0x00 : 0xff))
    bench.recorder.take({ kind: 'sound', call, from: 0, law: 'pcmu', bytes })
    bench.over(call)
    const waveform = await bench.ask<{ caller: number[]; agent: number[] }>({ kind: 'waveform', call })
    assert.equal(waveform?.caller.length, 600)
    assert((waveform.caller[0] ?? 0) > 0.9 && waveform.caller[599] === 0)
    assert(waveform.agent.every(peak => peak === 0))
  })

  it('finds recordings by a part of the caller’s number, page by page, the latest first', async () => {
    begin().record(call, 1)
    bench.record(other, 1, { caller: 'sip:+44 20 7946@example.com', callerName: 'Zoë' })
    bench.record(callAt(2), 1)
    type Page = { recordings: { call: string }[]; more: boolean }
    const list = async (filter: { limit: number; after?: string; caller?: string }) => {
      const page = await bench.ask<Page>({ kind: 'list', filter })
      return [page?.recordings.map(each => each.call), page?.more]
    }
    assert.deepEqual(await list({ limit: 2 }), [[callAt(2), other], true])
    assert.deepEqual(await list({ limit: 2, after: other }), [[call], false])
    assert.deepEqual(await list({ limit: 9, caller: '555-01' }), [[callAt(2), call], false])
    assert.deepEqual(await list({ limit: 9, caller: 'zoë' }), [[other], false])
  })

  it('deletes a recording by hand, but not one that is being written', async () => {
    begin().record(call, 1)
    bench.begin(other)
    assert.equal(await bench.ask({ kind: 'remove', call: other }), undefined)
    assert.equal(await bench.ask({ kind: 'remove', call }), true)
    assert.deepEqual([existsSync(bench.file(call)), existsSync(bench.file(call, 'json'))], [false, false])
  })

  it('reads no other file, whatever call is asked for', async () => {
    begin()
    writeFileSync(join(bench.folder, 'secret.json'), JSON.stringify({ version: 1, parts: [] }))
    for (const name of ['../secret', 'secret', '', `${call}/../../secret`])
      assert.equal(await bench.ask({ kind: 'find', call: name }), undefined)
  })

  it('counts what waits, so that a disk that hangs can’t fill the memory', () => {
    begin()
    while (bench.backlog.takes(16_000)) bench.told.length = 0
    assert.equal(bench.backlog.dropped, 1)
    bench.backlog.clear()
    assert(bench.backlog.takes(16_000))
  })
})
