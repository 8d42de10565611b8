import assert from 'node:assert/strict'
import type { Log, LogFields } from '../../../src/foundation/log.js'
import type { CallId } from '../../../src/routing/index.js'
import { createLogReader } from '../../../src/observability/log-reader.js'
import { agentOf, seconds, start, world } from '../routing/build.js'
import { Watched } from './watched.js'

type Line = { readonly level: string; readonly message: string } & LogFields

/** Keeps its lines. */
function listLog(lines: Line[], context: LogFields = {}): Required<Log> {
  const write = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push({ ...context, ...fields, level, message })
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: fields => listLog(lines, { ...context, ...fields }),
  }
}

describe('the log reader (docs/style.md §4, Logging)', () => {
  let lines: Line[]
  beforeEach(() => (lines = []))
  const read = () => createLogReader(listLog(lines))
  const events = () => lines.filter(({ level }) => level !== 'debug').map(({ level, event }) => `${level} ${event}`)

  it('tells the whole story of a call in five to eight lines, each with callId and workflow', () => {
    const live = new Watched(world().group('support', 'serial', ['alice', 'bob']).queue('support', ['support']), [read()])
    live.call('c1', 'support')
    live.refuse('c1.1', 486)
    live.after(2_000)
    live.answer('c1.2')
    live.after(30_000)
    live.hangUp('c1')
    assert.deepEqual(events(), [
      'info call.arrived',
      'info call.waiting',
      'info offer.made',
      'info offer.ended',
      'info offer.made',
      'info offer.ended',
      'info call.connected',
      'info call.ended',
    ])
    for (const line of lines) {
      assert.equal(line.callId, 'c1')
      assert.equal(line.workflow, 'support')
    }
    const [declined, answered] = lines.filter(({ event }) => event === 'offer.ended')
    assert.deepEqual(
      [declined?.why, declined?.code, declined?.agent, declined?.offerId],
      ['declined', 486, agentOf('alice'), 'c1.1'],
    )
    assert.deepEqual([answered?.why, answered?.tookMs], ['answered', 2_000])
    assert.deepEqual([lines.at(-1)?.why, lines.at(-1)?.cause, lines.at(-1)?.tookMs], ['answered', 'callerHungUp', 30_000])
  })

  it('says that a call came outside the hours and where it went, and warns of a target that does not take it', () => {
    const closed = { kind: 'forward' as const, as: 'voicemail' as const, to: 'sip:vm@example.com' }
    const builder = world().group('support', 'serial', ['alice']).queue('support', ['support'])
    const live = new Watched(builder.workflow('night', 'support', { hours: [], timeZone: 'Europe/Paris', closed }), [read()])
    live.call('c1', 'night')
    live.tell({ kind: 'forwardFailed', call: 'c1' as CallId, code: 404 })
    assert.deepEqual(events(), [
      'info call.arrived',
      'info call.gaveUp',
      'info call.forwarding',
      'warn call.forwardFailed',
      'warn call.ended',
    ])
    assert.deepEqual(
      lines.slice(1, 4).map(({ message }) => message),
      [
        'outside the opening hours: goes to voicemail sip:vm@example.com',
        'calls sip:vm@example.com',
        'sip:vm@example.com did not take the call (404)',
      ],
    )
    assert.deepEqual([lines[1]?.why, lines[3]?.code, lines[3]?.workflow], ['closed', 404, 'night'])
  })

  it('warns of an agent who can’t be reached, with the status code', () => {
    const live = new Watched(world().group('support', 'serial', ['alice', 'bob']).queue('support', ['support']), [read()])
    live.call('c1', 'support')
    live.refuse('c1.1', 503)
    const warning = lines.find(({ level }) => level === 'warn')
    assert.match(warning?.message ?? '', /^agent sip:alice@example\.com unreachable \(503\)/)
    assert.deepEqual([warning?.why, warning?.code, warning?.callId], ['unreachable', 503, 'c1'])
  })

  it('distinguishes a phone that sent nothing from one that refused', () => {
    const live = new Watched(world().group('support', 'serial', ['alice', 'bob']).queue('support', ['support']), [read()])
    live.call('c1', 'support')
    live.refuse('c1.1', 408, true)
    const warning = lines.find(({ level }) => level === 'warn')
    assert.match(warning?.message ?? '', /^the phone of sip:alice@example\.com did not answer at all/)
    assert.deepEqual([warning?.why, warning?.code, warning?.callId], ['noResponse', 408, 'c1'])
  })

  it('warns of a call that was served worse than it should be, with the reason', () => {
    const queue = { timeout: { after: seconds(10), action: { kind: 'disconnect' as const } } }
    const live = new Watched(world().group('support', 'serial', ['alice']).queue('support', ['support'], queue), [read()])
    live.presence('alice', 'away')
    live.call('c1', 'support')
    live.after(10_000)
    assert.equal(events().at(-1), 'warn call.ended')
    assert.deepEqual([lines.at(-1)?.why, lines.at(-1)?.waitedMs], ['timedOut', 10_000])
    assert.match(lines.at(-1)?.message ?? '', /^ended after 10\.0 s without an agent: its queue's time-out passed$/)
  })

  it('does not warn of a caller who hung up', () => {
    const live = new Watched(world().group('support', 'serial', ['alice']).queue('support', ['support']), [read()])
    live.presence('alice', 'away')
    live.call('c1', 'support')
    live.abandon('c1')
    assert.equal(events().at(-1), 'info call.ended')
    assert.equal(lines.at(-1)?.why, 'abandoned')
  })

  it('logs sign-in, sign-out and a new config', () => {
    const builder = world().group('support', 'serial', ['alice'], { participationPolicy: 'formal' }).queue('support', ['support'])
    const live = new Watched(builder, [read()])
    live.signIn('alice', 'support')
    live.signOut('alice', 'support')
    live.replace({ ...builder.settings(), generation: 2 })
    assert.deepEqual(events(), ['info agent.signedIn', 'info agent.signedOut', 'info config.loaded'])
    assert.deepEqual([lines[0]?.agent, lines[0]?.group], [agentOf('alice'), 'support'])
    assert.equal(lines.at(-1)?.generation, 2)
  })

  it('logs a change of presence at level debug, with the reason', () => {
    const live = new Watched(world().group('support', 'serial', ['alice']).queue('support', ['support']), [read()])
    live.presence('alice', 'away')
    assert.deepEqual(
      lines.map(({ level, event, agent, state, why }) => ({ level, event, agent, state, why })),
      [{ level: 'debug', event: 'presence.changed', agent: agentOf('alice'), state: 'away', why: 'test' }],
    )
  })

  it('logs a late event at level debug, with its call', () => {
    const live = new Watched(world().group('support', 'serial', ['alice']).queue('support', ['support']), [read()])
    live.call('c1', 'support')
    live.abandon('c1')
    live.tell({ kind: 'offerAccepted', offer: 'c1.1' as never })
    const late = lines.find(({ event }) => event === 'event.ignored')
    assert.equal(late?.level, 'debug')
  })

  it('builds no line for a level that is off', () => {
    const { error, warn } = listLog(lines)
    const quiet: Log = { error, warn, child: () => quiet }
    const live = new Watched(world().group('support', 'serial', ['alice']).queue('support', ['support']), [
      createLogReader(quiet),
    ])
    live.call('c1', 'support')
    live.answer('c1.1')
    live.hangUp('c1')
    assert.deepEqual(lines, [])
    assert.equal(live.now, start)
  })
})
