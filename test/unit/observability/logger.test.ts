import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import type { LogFields, LogLevel } from '../../../src/foundation/log.js'
import { createLogger } from '../../../src/observability/logger.js'
import { FakeClock } from '../../fakes/clock.js'

const start = Date.UTC(2026, 0, 31, 23, 59, 59, 7)

/** Accepts what is written when the test allows it. */
class Reader extends Writable {
  text = ''
  stalled: (() => void)[] | undefined
  failing = false
  constructor() {
    super({ decodeStrings: false })
  }
  override _write(chunk: string, _encoding: string, done: (error?: Error) => void): void {
    if (this.failing) return done(new Error('EPIPE'))
    this.text += chunk
    if (this.stalled) this.stalled.push(done)
    else done()
  }
  get lines(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Record<string, unknown>)
  }
}

describe('the logger (docs/style.md §4, Logging)', () => {
  let clock: FakeClock
  let out: Reader
  beforeEach(() => {
    clock = new FakeClock(start)
    out = new Reader()
  })
  const open = (level: LogLevel = 'info', maxWaiting?: number) =>
    createLogger({ level, clock, out, ...(maxWaiting !== undefined && { maxWaiting }) })

  it('writes one JSON object per line with time, level, fields and message', async () => {
    const logger = open()
    logger.log.info?.('offered to bob', { event: 'offer.made', candidates: 3, formal: true, why: undefined })
    clock.pass(1)
    logger.log.warn('later')
    await logger.flush()
    assert.deepEqual(out.lines, [
      { at: '2026-01-31T23:59:59.007Z', level: 'info', event: 'offer.made', candidates: 3, formal: true, msg: 'offered to bob' },
      { at: '2026-01-31T23:59:59.008Z', level: 'warn', msg: 'later' },
    ])
  })

  it('writes text for people if asked: time, level, message and fields, and nothing that a terminal would obey', async () => {
    const logger = createLogger({ level: 'info', clock, out, pretty: { coloured: false } })
    logger.log.info?.('offered to bob\u001b[2J', {
      event: 'offer.made',
      candidates: 3,
      agent: 'sip:bob\u2028hidden',
      caller: 'a state=free',
    })
    logger.log.warn('later')
    await logger.flush()
    assert.match(
      out.text,
      /^\d\d:\d\d:59\.007 info {2}offered to bob\\u001b\[2J candidates=3 agent="sip:bob\\u2028hidden" caller="a state=free"\n\d\d:\d\d:59\.007 warn {2}later\n$/,
    )
  })

  it('masks each line as long as a mask is set, also in logs that exist', async () => {
    const logger = open()
    const { log } = logger
    logger.setMask(line => line.replaceAll('+1425', '…'))
    log.info?.('sip:+1425 calls', { caller: 'sip:+1425' })
    logger.setMask(undefined)
    log.info?.('sip:+1425 calls')
    await logger.flush()
    assert.deepEqual(
      out.lines.map(({ caller, msg }) => [caller, msg]),
      [
        ['sip:…', 'sip:… calls'],
        [undefined, 'sip:+1425 calls'],
      ],
    )
  })

  it('colours the level on a terminal', async () => {
    const logger = createLogger({ level: 'info', clock, out, pretty: { coloured: true } })
    logger.log.error('the store is full')
    await logger.flush()
    assert.ok(out.text.includes('\u001b[31merror\u001b[39m the store is full'), out.text)
  })

  it('has no method for a level that is off, nor have its children', () => {
    const has = (level: LogLevel) => {
      const { log } = open(level)
      const child = log.child({ callId: 'c1' })
      return [log.info !== undefined, log.debug !== undefined, child.info !== undefined, child.debug !== undefined]
    }
    assert.deepEqual(has('error'), [false, false, false, false])
    assert.deepEqual(has('warn'), [false, false, false, false])
    assert.deepEqual(has('info'), [true, false, true, false])
    assert.deepEqual(has('debug'), [true, true, true, true])
  })

  it('has a level for each area that can change at run time, also for existing logs', async () => {
    const logger = open('info')
    const [sip, calls] = [logger.area('sip'), logger.area('calls').child({ callId: 'c1' })]
    logger.setLevel('sip', 'debug')
    logger.setLevel('calls', 'error')
    assert.deepEqual([logger.levels.sip, logger.levels.calls, logger.levels.http], ['debug', 'error', 'info'])
    sip.debug?.('a detail')
    calls.info?.('nothing of this')
    calls.warn('nor of this')
    logger.log.debug?.('nor of this')
    logger.setLevel('calls', 'info')
    calls.info?.('again')
    await logger.flush()
    assert.deepEqual(
      out.lines.map(({ msg }) => msg),
      ['a detail', 'again'],
    )
  })

  it('writes 100 warnings of one event in a minute, and then the number of further ones', async () => {
    const logger = open()
    const warn = (times: number) => {
      for (let index = 0; index < times; index += 1) logger.log.warn(`call ${index} was lost`, { event: 'call.lost' })
    }
    warn(350)
    logger.log.warn('of another kind', { event: 'store.slow' })
    for (let index = 0; index < 200; index += 1) logger.log.error('somebody must act', { event: 'store.degraded' })
    clock.pass(60_000)
    const sampled = { event: 'log.sampled', of: 'call.lost', more: 250 }
    await logger.flush()
    const lines = out.lines.map(({ at: _, level: __, msg: ___, ...fields }) => fields)
    assert.equal(lines.filter(({ event }) => event === 'call.lost').length, 100)
    assert.equal(lines.filter(({ event }) => event === 'store.degraded').length, 200)
    assert.deepEqual(
      lines.filter(({ event }) => event === 'log.sampled'),
      [sampled],
    )
    out.text = ''
    warn(101)
    await logger.flush()
    assert.equal(out.lines.filter(({ event }) => event === 'call.lost').length, 100)
    assert.equal(out.lines.at(-1)?.['more'], 1)
  })

  it('writes only errors at level error', async () => {
    const logger = open('error')
    logger.log.warn('not this')
    logger.log.child({}).warn('nor this')
    logger.log.child({ part: 'store' }).error('this')
    await logger.flush()
    assert.deepEqual(
      out.lines.map(({ msg }) => msg),
      ['this'],
    )
  })

  it('adds the fields of all ancestors to every line of a child, and the latest value wins', async () => {
    const logger = open('debug')
    const call = logger.log.child({ callId: 'c1', workflow: 'support' })
    call.child({ offerId: 'c1.1' }).debug?.('ringing', { workflow: 'sales' })
    call.info?.('ended')
    await logger.flush()
    assert.deepEqual(
      out.lines.map(({ at: _, ...line }) => line),
      [
        { level: 'debug', callId: 'c1', workflow: 'sales', offerId: 'c1.1', msg: 'ringing' },
        { level: 'info', callId: 'c1', workflow: 'support', msg: 'ended' },
      ],
    )
    assert.equal(out.text.match(/workflow/g)?.length, 2, 'no key appears twice in a line')
  })

  it('keeps any text, in fields and messages, as JSON', async () => {
    const logger = open()
    const texts = [
      '"quoted"',
      'back\\slash',
      'two\nlines',
      '\u0000\u001b[31m',
      'é日本😀',
      'é日本😀'.repeat(20_000),
      '\ud800 alone',
      '',
    ]
    for (const text of texts) logger.log.info?.(text, { text, ['odd "key"\n']: 1 })
    logger.log.info?.('numbers', { a: Number.NaN, b: Infinity, c: -1.5 })
    await logger.flush()
    assert.deepEqual(
      out.lines.slice(0, texts.length).map(({ text, msg }) => [text, msg]),
      texts.map(text => [text, text]),
    )
    assert.equal(out.text.split('\n').length, texts.length + 2, 'no text contains a line break')
    assert.deepEqual([out.lines.at(-1)?.a, out.lines.at(-1)?.b, out.lines.at(-1)?.c], [null, null, -1.5])
  })

  it('never writes passwords, nonces, credentials or keys, however they are spelled', async () => {
    const logger = open()
    const fields: LogFields = {
      password: 's3cret',
      agentPassword: 's3cret',
      nonce: 's3cret',
      cnonce: 's3cret',
      Authorization: 's3cret',
      'proxy-authorization': 's3cret',
      proxyAuthorization: 's3cret',
      'www-authenticate': 's3cret',
      ha1: 's3cret',
      crypto: 's3cret',
      client_secret: 's3cret',
      apiToken: 's3cret',
    }
    logger.log.child(fields).info?.('child', fields)
    await logger.flush()
    assert.ok(!out.text.includes('s3cret'), out.text)
    assert.equal(out.lines[0]?.password, '[redacted]')
  })

  it('writes the lines of 20 ms at once', async () => {
    const logger = open()
    let writes = 0
    const write = out._write.bind(out)
    out._write = (chunk: string, encoding: string, done: (error?: Error) => void) => {
      writes += 1
      write(chunk, encoding, done)
    }
    for (let i = 0; i < 50; i++) logger.log.info?.(`line ${i}`)
    assert.equal(out.text, '', 'a call of the log does not write')
    clock.pass(50)
    await logger.flush()
    assert.equal(writes, 1)
    assert.deepEqual(
      out.lines.map(({ msg }) => msg),
      Array.from({ length: 50 }, (_, i) => `line ${i}`),
    )
  })

  it('drops and counts lines when its buffer is full, and goes on when the reader does', async () => {
    const logger = open('info', 10_000)
    out.stalled = []
    for (let i = 0; i < 1_000; i++) {
      logger.log.info?.(`line ${i} ${'x'.repeat(50)}`)
      clock.pass(50)
    }
    assert.ok(logger.dropped() > 800, `${logger.dropped()}`)
    const flushed = logger.flush()
    const held = out.stalled
    out.stalled = undefined
    for (const done of held) done()
    await flushed
    assert.equal(out.lines.length + logger.dropped(), 1_000, 'each line is written or counted')
    const before = logger.dropped()
    logger.log.info?.('heard again')
    await logger.flush()
    assert.equal(out.lines.at(-1)?.msg, 'heard again')
    assert.equal(logger.dropped(), before)
  })

  it('counts the lines and goes on when the reader has gone', async () => {
    const logger = open()
    out.failing = true
    logger.log.info?.('one')
    logger.log.info?.('two')
    await logger.flush()
    logger.log.info?.('three')
    await logger.flush()
    assert.equal(logger.dropped(), 3)
  })

  it('finishes a flush at once when there is nothing to write', async () => {
    await open().flush()
  })

  it('loses no line on a pipe that takes less than one write', async () => {
    const writer = new URL('pipe-writer.ts', import.meta.url).pathname
    const child = spawn(process.execPath, ['--import', 'tsx', writer], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
    const [code] = (await once(child, 'close')) as [number]
    assert.equal(code, 0, 'nothing was dropped')
    assert.equal(text.split('\n').length, 2_001)
  })
})
