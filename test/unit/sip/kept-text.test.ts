import assert from 'node:assert/strict'
import { createStubInstance } from 'sinon'
import { cut, shownUri } from '../../../src/calls/shown-uri.js'
import { silentLog } from '../../../src/foundation/log.js'
import { ok } from '../../../src/foundation/result.js'
import { DialogStates } from '../../../src/presence/documents/dialog-info.js'
import { Fleet } from '../../../src/sip/drachtio/fleet.js'
import { PhoneConnections } from '../../../src/sip/drachtio/phone-connections.js'
import { DrachtioServer } from '../../../src/sip/drachtio/server.js'
import { HeaderTable } from '../../../src/sip/message/headers.js'
import { Nonces } from '../../../src/sip/message/digest.js'
import { Guesses } from '../../../src/sip/registrar/guesses.js'
import { Origins } from '../../../src/sip/registrar/origins.js'
import { Publications } from '../../../src/sip/subscription/publications.js'
import { Locator } from '../../../src/sip/transport/locate.js'
import type { ServerTransaction } from '../../../src/sip/transaction/user.js'
import { FakeClock } from '../../fakes/clock.js'
import { memoryInUse } from '../../fakes/memory.js'
import { seededBytes } from './transaction/pair.js'

/** In characters. As long as a datagram. */
const longMessage = 60_000
const names = 200

/** A piece of a long message, as the parser gives it. */
const pieceOf = (text: string): string =>
  Buffer.from(text + 'y'.repeat(longMessage), 'latin1')
    .toString('latin1')
    .slice(0, text.length)

const clock = new FakeClock()
const [phone, connection] = ['198.51.100.7', { transport: 'tcp', host: '198.51.100.7', port: 5060 }] as const

const nothing = (): void => undefined

/** A first PUBLISH of this state. */
const publishing = (uri: string): ServerTransaction => {
  const headers = HeaderTable.of([
    ['Event', 'presence'],
    ['Content-Type', 'application/pidf+xml'],
    ['Via', 'SIP/2.0/UDP 192.0.2.2'],
  ])
  return {
    ...{
      request: { kind: 'request', method: 'PUBLISH', uri, headers, body: 'a document' },
      source: connection,
      finalStatus: undefined,
    },
    ...{ listen: nothing, respond: nothing, respondReliably: nothing, provisionalAcknowledged: nothing, acknowledged: nothing },
  }
}

/** Each part that remembers something of a message: a function that gives it a message with this name. */
const parts: Readonly<Record<string, () => (name: string) => unknown>> = {
  'names and URIs for people': () => {
    const shown: string[] = []
    return name => shown.push(cut(pieceOf(name.padEnd(300, 'z'))), shownUri(pieceOf(`sip:${name.padEnd(300, 'z')}@example.com`)))
  },
  'nonces that were used': () => {
    const nonces = new Nonces({ random: seededBytes(1), monotonic: () => 0 })
    return name => nonces.use(pieceOf(name), 1)
  },
  'wrong passwords': () => {
    const guesses = new Guesses(clock)
    return name => guesses.failed(phone, pieceOf(name))
  },
  'right passwords': () => {
    const guesses = new Guesses(clock)
    return name => guesses.succeeded(phone, pieceOf(name))
  },
  'addresses of agents': () => {
    const origins = new Origins()
    return name => origins.add(pieceOf(name), pieceOf(name))
  },
  'places of URIs': () => {
    const resolver = { addresses: () => assert.fail(), services: () => assert.fail(), pointers: () => assert.fail() }
    const locator = new Locator({ resolver, clock, log: silentLog, random: () => 0, families: [4] })
    return name => locator.locate(pieceOf(`sip:${name}@192.0.2.1`), () => undefined)
  },
  publications: () => {
    let tags = 0
    const publications = new Publications({
      clock,
      packages: new Map([['presence', 'application/pidf+xml']]),
      taker: { knows: () => true, published: () => ok(undefined), refreshed: () => undefined, withdrawn: () => undefined },
      tag: () => `tag-${(tags += 1)}`,
    })
    return name => publications.onRequest(publishing(pieceOf(`sip:${name}@example.com`)))
  },
  'calls of presence documents': () => {
    const states = new DialogStates()
    let version = 0
    return name => {
      const dialog = `<dialog id="${name}" call-id="${name}"><state>terminated</state></dialog>`
      version += 1
      states.take(pieceOf(`<dialog-info version="${version}" state="partial">${dialog}</dialog-info>`))
    }
  },
  'connections of phones behind a drachtio-server': () => {
    const connections = new PhoneConnections(clock)
    return name => {
      const aor = pieceOf(`<sip:${name}@example.com>`)
      const headers = HeaderTable.of([
        ['To', aor],
        ['Contact', aor],
      ])
      const granted = HeaderTable.of([['Contact', `<sip:a@b>;expires=60`]])
      connections.answered(
        { kind: 'request', method: 'REGISTER', uri: 'sip:example.com', headers, body: '' },
        { kind: 'response', status: 200, reasonPhrase: 'OK', headers: granted, body: '' },
        connection,
      )
    }
  },
  'drachtio-servers by call': () => {
    const [fleet, server] = [new Fleet(clock, silentLog), createStubInstance(DrachtioServer)]
    fleet.hold([server, createStubInstance(DrachtioServer)])
    return name => fleet.remember(pieceOf(name), server)
  },
}

describe('what outlives a message', () => {
  for (const [what, make] of Object.entries(parts))
    it(`keeps the names in it, but not the message: ${what}`, () => {
      const remember = make()
      const take = (index: number): unknown => remember(`a-name-with-many-characters-${index}`)
      take(0)
      const before = memoryInUse()
      for (let index = 1; index <= names; index += 1) take(index)
      const kept = memoryInUse() - before
      assert(kept < (names * longMessage) / 10, `${kept} bytes are kept for ${names} names`)
      // The part is still in use, so that its memory counts.
      take(0)
    })
})
