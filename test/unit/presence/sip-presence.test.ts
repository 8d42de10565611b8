import assert from 'node:assert/strict'
import type { PresenceSettings } from '../../../src/config/settings.js'
import { later, millis, seconds } from '../../../src/foundation/time.js'
import { PresenceBoard } from '../../../src/presence/board.js'
import { SipPresence } from '../../../src/presence/sources/sip-presence.js'
import { outcomeOf } from '../../../src/calls/step.js'
import type { Effect } from '../../../src/routing/world/effects.js'
import type { AgentUri } from '../../../src/routing/world/ids.js'
import type { WatchEvent } from '../../../src/signaling/port.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakePresenceSignaling, presenceSettings as settingsOf, type FakeSubscription } from '../../fakes/presence-signaling.js'

const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri

/** Presence over SIP as a whole, between fakes. */
class Stand {
  readonly clock = new FakeClock()
  readonly signaling = new FakePresenceSignaling(this.clock)
  readonly unreadable: string[] = []
  readonly told: string[] = []
  readonly board: PresenceBoard
  readonly presence: SipPresence

  constructor(settings: PresenceSettings = settingsOf(new Map([[alice, ['subscribe', 'publish']]]))) {
    const { clock, signaling } = this
    this.board = new PresenceBoard({
      settings,
      clock,
      changed: (agent, { state }) => this.told.push(`${agent} ${state}`),
      counted: () => undefined,
    })
    this.presence = new SipPresence({
      ...{ settings, board: this.board, signaling, clock },
      unreadable: (_agent, why) => this.unreadable.push(why),
    })
    this.presence.start()
    clock.pass(200)
  }

  /** The latest subscription of this package. */
  subscription(event: WatchEvent, agent = alice): FakeSubscription {
    const found = this.signaling.subscriptions.findLast(each => each.event === event && each.target.uri === agent)
    return found ?? assert.fail(`${event} of ${agent} is not watched`)
  }

  get alice(): string {
    const { state, because } = this.board.shown(alice) ?? assert.fail('alice is unknown')
    return `${state} (${because})`
  }

  step(...effects: readonly unknown[]): void {
    const event = { kind: 'nothing' } as never
    this.presence.reader({ at: this.clock.now(), event, ...outcomeOf(effects as Effect[]), tookMs: 0, doneMs: 0 })
  }

  offer(offer = 'o1'): void {
    this.step({ kind: 'offer', offer, call: 'c1', agent: alice, group: 'support' })
  }

  ended(offer: string, why = 'missed'): void {
    this.step({ kind: 'record', fact: { kind: 'offerEnded', offer, call: 'c1', agent: alice, why } })
  }

  publish(key: string, event: WatchEvent, document: string): boolean {
    const until = later(this.clock.now(), seconds(60))
    return this.signaling.taker?.published({ key, entity: alice, event, document, until }).ok ?? false
  }
}

const pidf = (basic: string, activity?: string): string =>
  `<presence><tuple id="t"><status><basic>${basic}</basic></status></tuple>${activity === undefined ? '' : `<person><activities><${activity}/></activities></person>`}</presence>`
let version = 0
const dialogs = (...phases: readonly string[]): string => {
  version += 1
  const each = phases.map((phase, at) => {
    const [state = '', direction = 'recipient'] = phase.split(' ')
    return `<dialog id="d${at}" direction="${direction}"><state>${state}</state></dialog>`
  })
  return `<dialog-info version="${version}" state="full">${each.join('')}</dialog-info>`
}
const partial = (gap: number): string =>
  `<dialog-info version="${(version += gap)}" state="partial"><dialog id="x"><state>confirmed</state></dialog></dialog-info>`

describe('presence over SIP', () => {
  describe('subscriptions', () => {
    it('are made for both packages of each agent with this source, through the outbound proxy', () => {
      const { signaling } = new Stand(settingsOf(new Map<AgentUri, 'always' | ['subscribe']>([[alice, ['subscribe']], [bob, 'always']]))) // prettier-ignore
      assert.deepEqual(
        signaling.subscriptions.map(({ target, event, options }) => [target, event, options.from.uri]),
        (['presence', 'dialog'] as const).map(event => [
          { uri: alice, route: 'sip:pbx.example.com' },
          event,
          'sip:carillon@example.com',
        ]),
      )
    })

    it('are made for thousands at the pace of the config', () => {
      const agents = new Map([...Array(1_000).keys()].map(n => [`sip:a${n}@example.com` as AgentUri, ['subscribe'] as const]))
      const { signaling, clock, presence } = new Stand(settingsOf(agents, { perSecond: 100, events: ['dialog'] }))
      const heard = (ms: number): void => {
        for (let past = 0; past < ms; past += 100) {
          clock.pass(100)
          for (const each of signaling.subscriptions) if (each.state === 'pending') Object.assign(each, { state: 'active' })
        }
      }
      heard(1_800)
      assert.ok(signaling.subscriptions.length >= 190 && signaling.subscriptions.length <= 210)
      assert.equal(presence.subscriptions().waiting, 1_000 - signaling.subscriptions.length)
      heard(10_000)
      assert.deepEqual(presence.subscriptions(), { pending: 0, active: 1_000, waiting: 0 })
    })

    it('are made no faster than a PBX answers, and a PBX that never answers delays no other', () => {
      const agents = new Map([...Array(1_000).keys()].map(n => [`sip:a${n}@example.com` as AgentUri, ['subscribe'] as const]))
      const { signaling, clock } = new Stand(settingsOf(agents, { perSecond: 100, events: ['dialog'] }))
      clock.pass(4_000)
      assert.equal(signaling.subscriptions.length, 200)
      for (const each of signaling.subscriptions.slice(0, 50)) each.tell(dialogs())
      clock.pass(800)
      assert.equal(signaling.subscriptions.length, 250)
      clock.pass(2_500)
      assert.equal(signaling.subscriptions.length, 400)
    })

    it('with changed settings are ended at the pace of the config after a reload', () => {
      const agents = new Map([...Array(300).keys()].map(n => [`sip:a${n}@example.com` as AgentUri, ['subscribe'] as const]))
      const settings = settingsOf(agents, { perSecond: 100, events: ['dialog'] })
      const { signaling, clock, presence } = new Stand(settings)
      for (let at = 0; at < 400; at += 1) {
        clock.pass(100)
        for (const each of signaling.subscriptions) if (each.state === 'pending') each.state = 'active'
      }
      const first = signaling.subscriptions.slice()
      presence.replaceSettings({ ...settings, subscribe: { ...settings.subscribe, expires: seconds(600) } })
      const ended = (): number => first.filter(({ state }) => state === 'stopped').length
      assert.ok(ended() <= 20, `${ended()} at once`)
      clock.pass(3_500)
      assert.equal(ended(), 300)
    })

    it('are ended for agents who left and begun for new ones after a reload; the others continue', () => {
      const stand = new Stand(settingsOf(new Map([[alice, ['subscribe']]])))
      stand.subscription('dialog').tell(dialogs())
      const next = settingsOf(new Map([[alice, ['http', 'subscribe']], [bob, ['subscribe']]])) // prettier-ignore
      stand.board.replaceSettings(next)
      stand.presence.replaceSettings(next)
      stand.clock.pass(200)
      assert.equal(stand.signaling.subscriptions.length, 4)
      assert.equal(stand.alice, 'available (subscribe: not on the phone (dialog))')
      const last = settingsOf(new Map([[alice, ['http']], [bob, ['subscribe']]])) // prettier-ignore
      stand.board.replaceSettings(last)
      stand.presence.replaceSettings(last)
      assert.deepEqual(
        stand.signaling.subscriptions.map(({ state }) => state),
        ['stopped', 'stopped', 'pending', 'pending'],
      )
      assert.match(stand.alice, /^offline/)
    })

    it('move to another proxy after a reload, and nobody is unknown meanwhile', () => {
      const stand = new Stand()
      stand.subscription('dialog').tell(dialogs())
      stand.presence.replaceSettings(settingsOf(new Map([[alice, ['subscribe']]]), { outboundProxy: 'sip:other.example.com' }))
      stand.clock.pass(200)
      assert.equal(stand.subscription('dialog').target.route, 'sip:other.example.com')
      assert.equal(stand.alice, 'available (subscribe: not on the phone (dialog))')
    })

    it('are all ended at the stop', () => {
      const stand = new Stand()
      stand.subscription('dialog').tell(dialogs())
      stand.offer()
      stand.ended('o1')
      stand.presence.stop()
      stand.board.close()
      assert.deepEqual(new Set(stand.signaling.subscriptions.map(({ state }) => state)), new Set(['stopped']))
      assert.equal(stand.clock.size, 0)
    })
  })

  describe('notifications', () => {
    let stand: Stand
    beforeEach(() => (stand = new Stand()))

    it('about a call in a dialog document outrank the presence document, which counts again after the call', () => {
      stand.subscription('presence').tell(pidf('open', 'away'))
      assert.equal(stand.alice, 'away (subscribe: away (presence))')
      stand.subscription('dialog').tell(dialogs('confirmed'))
      assert.equal(stand.alice, 'busy (subscribe: on the phone (dialog))')
      stand.subscription('dialog').tell(dialogs())
      assert.equal(stand.alice, 'away (subscribe: away (presence))')
    })

    it('with do not disturb keep that state during a call', () => {
      stand.subscription('presence').tell(pidf('open', 'dnd'))
      stand.subscription('dialog').tell(dialogs('confirmed'))
      assert.match(stand.alice, /^doNotDisturb/)
    })

    for (const [phase, meaning] of [
      ['early', 'busy (subscribe: the phone rings (dialog))'],
      ['early initiator', 'busy (subscribe: dials (dialog))'],
      ['trying initiator', 'busy (subscribe: dials (dialog))'],
      ['trying', 'available (subscribe: not on the phone (dialog))'],
      ['terminated', 'available (subscribe: not on the phone (dialog))'],
    ] as const) {
      it(`about a dialog in state ${phase} mean ${meaning}`, () => {
        stand.subscription('dialog').tell(dialogs(phase))
        assert.equal(stand.alice, meaning)
      })
    }

    it('last as long as the subscription, are renewed by each NOTIFY, and then become unknown', () => {
      const subscription = stand.subscription('dialog')
      subscription.tell(dialogs(), 60)
      stand.clock.pass(50_000)
      subscription.tell(dialogs(), 60)
      stand.clock.pass(59_999)
      assert.match(stand.alice, /^available/)
      stand.clock.pass(1)
      assert.match(stand.alice, /^offline \(unknown/)
      subscription.tell(dialogs('confirmed'), 60)
      assert.match(stand.alice, /^busy/)
    })

    it('of one package still count when those of the other expire', () => {
      stand.subscription('presence').tell(pidf('open', 'meeting'), 60)
      stand.subscription('dialog').tell(dialogs(), 120)
      stand.clock.pass(60_000)
      assert.equal(stand.alice, 'available (subscribe: not on the phone (dialog))')
    })

    it('with a gap cause a request for the full state', () => {
      const subscription = stand.subscription('dialog')
      subscription.tell(dialogs())
      subscription.tell(partial(1))
      assert.equal(subscription.refreshes, 0)
      subscription.tell(partial(2))
      assert.equal(subscription.refreshes, 1)
      assert.match(stand.alice, /^busy/)
    })

    it('with an older document only renew the time; a new subscription starts its versions again', () => {
      const subscription = stand.subscription('dialog')
      const old = dialogs()
      subscription.tell(dialogs('confirmed'), 60)
      stand.clock.pass(30_000)
      subscription.tell(old, 60)
      stand.clock.pass(45_000)
      assert.match(stand.alice, /^busy/)
      subscription.listener.begun()
      subscription.tell(old)
      assert.match(stand.alice, /^available/)
    })

    it('without content, or while permission is pending, say nothing about the agent', () => {
      stand.subscription('presence').tell(pidf('open'), 60, true)
      assert.match(stand.alice, /^offline/)
      stand.subscription('presence').tell(pidf('open'))
      assert.match(stand.alice, /^available/)
      stand.subscription('presence').tell(undefined)
      assert.match(stand.alice, /^offline/)
    })

    it('are void after a denial', () => {
      stand.subscription('presence').tell(pidf('open'))
      stand.subscription('presence').listener.denied()
      assert.match(stand.alice, /^offline/)
    })

    it('that can’t be read change nothing and are reported', () => {
      stand.subscription('presence').tell(pidf('open'))
      stand.subscription('presence').tell('<presence')
      stand.subscription('dialog').tell('<dialog-info/>')
      assert.match(stand.alice, /^available/)
      assert.equal(stand.unreadable.length, 2)
    })
  })

  describe('our own offers and calls', () => {
    let stand: Stand
    beforeEach(() => {
      stand = new Stand()
      stand.subscription('dialog').tell(dialogs())
      stand.subscription('presence').tell(pidf('open'))
      stand.told.length = 0
    })

    it('make nobody busy while the phone rings for us and answers us', () => {
      stand.offer()
      stand.subscription('dialog').tell(dialogs('early'))
      stand.subscription('dialog').tell(dialogs('confirmed'))
      stand.subscription('presence').tell(pidf('open', 'on-the-phone'))
      assert.deepEqual(new Set(stand.told), new Set([`${alice} available`]))
      assert.equal(stand.alice, 'available (subscribe: on the phone with us (presence))')
    })

    it('do not hide a second call', () => {
      stand.offer()
      stand.subscription('dialog').tell(dialogs('early'))
      stand.subscription('dialog').tell(dialogs('early', 'confirmed'))
      assert.deepEqual(stand.told, [`${alice} busy`])
    })

    it('do not hide a call from before our offer, nor one that the agent dials', () => {
      stand.subscription('dialog').tell(dialogs('confirmed'))
      stand.offer()
      stand.subscription('dialog').tell(dialogs('confirmed'))
      assert.match(stand.alice, /^busy/)
      stand.subscription('dialog').tell(dialogs())
      stand.subscription('dialog').tell(dialogs('early initiator'))
      assert.match(stand.alice, /^busy \(subscribe: dials/)
    })

    it('do not hide a call that is still there 2 s after ours is over', () => {
      stand.offer()
      stand.subscription('dialog').tell(dialogs('confirmed'))
      stand.ended('o1', 'answered')
      stand.step({ kind: 'record', fact: { kind: 'agentLeg', call: 'c1', agent: alice, side: 'agent', state: 'talks' } })
      stand.clock.pass(60_000)
      assert.match(stand.alice, /^available/)
      stand.step({ kind: 'record', fact: { kind: 'agentLeg', call: 'c1', agent: alice, side: 'agent', state: 'over' } })
      stand.clock.pass(1_900)
      assert.match(stand.alice, /^available/)
      stand.clock.pass(200)
      assert.match(stand.alice, /^busy/)
    })

    it('do not hide another call that begins right after ours', () => {
      stand.offer()
      stand.subscription('dialog').tell(dialogs('confirmed'))
      stand.step({ kind: 'record', fact: { kind: 'agentLeg', call: 'c1', agent: alice, side: 'agent', state: 'talks' } })
      stand.ended('o1', 'answered')
      stand.step({ kind: 'record', fact: { kind: 'agentLeg', call: 'c1', agent: alice, side: 'agent', state: 'over' } })
      stand.subscription('dialog').tell(dialogs())
      stand.subscription('dialog').tell(dialogs('confirmed'))
      assert.match(stand.alice, /^busy/)
    })

    it('do not hide the next call of an agent who left by a transfer', () => {
      stand.step({ kind: 'record', fact: { kind: 'agentLeg', call: 'c1', agent: alice, side: 'agent', state: 'talks' } })
      stand.clock.pass(31_000)
      stand.step({ kind: 'record', fact: { kind: 'agentLeg', call: 'c1', agent: alice, side: 'agent', state: 'over' } })
      stand.clock.pass(2_000)
      stand.subscription('dialog').tell(dialogs('confirmed'))
      assert.match(stand.alice, /^busy/)
    })

    it('that ended do not hide the agent’s next call: at once when the end was reported, otherwise after a delay', () => {
      stand.offer()
      stand.subscription('dialog').tell(dialogs('early'))
      stand.ended('o1')
      stand.subscription('dialog').tell(dialogs())
      stand.subscription('dialog').tell(dialogs('early'))
      assert.match(stand.alice, /^busy/)
      stand = new Stand()
      stand.subscription('dialog').tell(dialogs())
      stand.offer()
      stand.ended('o1')
      stand.clock.pass(10_000)
      stand.subscription('dialog').tell(dialogs('early'))
      assert.match(stand.alice, /^busy/)
    })

    it('make nobody busy when a slow PBX reports an ended offer, and its end comes as late', () => {
      stand.offer()
      stand.clock.pass(6_000)
      stand.ended('o1')
      stand.clock.pass(2_000)
      stand.subscription('dialog').tell(dialogs('early'))
      stand.clock.pass(6_000)
      assert.match(stand.alice, /^available/)
      stand.subscription('dialog').tell(dialogs())
      stand.subscription('dialog').tell(dialogs('early'))
      assert.match(stand.alice, /^busy/)
    })

    it('wait as long for a PBX that was late before', () => {
      stand.offer()
      stand.clock.pass(12_000)
      stand.subscription('dialog').tell(dialogs('early'))
      stand.ended('o1')
      stand.clock.pass(12_000)
      stand.subscription('dialog').tell(dialogs())
      stand.clock.pass(60_000)
      stand.step({ kind: 'offer', offer: 'o2', call: 'c2', agent: alice, group: 'support' })
      stand.step({ kind: 'record', fact: { kind: 'offerEnded', offer: 'o2', call: 'c2', agent: alice, why: 'declined' } })
      stand.clock.pass(12_000)
      stand.subscription('dialog').tell(dialogs('early'))
      assert.match(stand.alice, /^available/)
    })

    it('include all phones that one INVITE rings, in one document or in several', () => {
      stand.offer()
      stand.subscription('dialog').tell(dialogs('early', 'early', 'early'))
      for (const phone of ['p1', 'p2']) stand.publish(phone, 'dialog', dialogs('early'))
      assert.match(stand.alice, /^available/)
      stand.subscription('dialog').tell(dialogs('early', 'confirmed'))
      assert.match(stand.alice, /^available/)
    })

    it('may have the ringing of the next offer beside the end of the previous one', () => {
      stand.offer()
      stand.subscription('dialog').tell(dialogs('early'))
      stand.ended('o1', 'withdrawn')
      stand.step({ kind: 'offer', offer: 'o2', call: 'c2', agent: alice, group: 'support' })
      stand.subscription('dialog').tell(dialogs('early', 'early'))
      assert.match(stand.alice, /^available/)
    })

    it('do not take over a call from before our offer when ours is over', () => {
      stand.subscription('presence').tell(pidf('open', 'busy'))
      stand.subscription('dialog').tell(dialogs('confirmed'))
      stand.offer()
      stand.subscription('dialog').tell(dialogs('confirmed', 'early'))
      stand.ended('o1')
      stand.subscription('dialog').tell(dialogs('confirmed'))
      stand.clock.pass(60_000)
      assert.match(stand.alice, /^busy/)
    })

    it('do not hide a call that began beside ours when the time of ours is over', () => {
      stand.offer()
      stand.subscription('presence').tell(pidf('open', 'busy'))
      stand.ended('o1')
      stand.clock.pass(1_999)
      assert.match(stand.alice, /^available/)
      stand.clock.pass(1)
      assert.match(stand.alice, /^busy/)
    })

    it('make nobody busy by a Lync activity number for busy; but away counts', () => {
      stand.offer()
      stand.subscription('presence').tell('<state><availability>6500</availability></state>')
      assert.match(stand.alice, /^available/)
      stand.subscription('presence').tell('<state><availability>15500</availability></state>')
      assert.match(stand.alice, /^away/)
    })
  })

  describe('publications', () => {
    let stand: Stand
    beforeEach(() => (stand = new Stand(settingsOf(new Map([[alice, ['publish']], [bob, ['subscribe']]]))))) // prettier-ignore

    it('are accepted for agents with this source', () => {
      assert.deepEqual([alice, bob, 'sip:nobody@example.com', 'nonsense'].map(entity => stand.signaling.taker?.knows(entity)), [true, false, false, false]) // prettier-ignore
    })

    it('of several phones are combined: busy if one talks, available if one is open', () => {
      assert.equal(stand.publish('p1', 'presence', pidf('closed')), true)
      assert.equal(stand.alice, 'offline (publish: closed (presence))')
      stand.publish('p2', 'presence', pidf('open'))
      assert.equal(stand.alice, 'available (publish: open (presence))')
      stand.publish('p3', 'dialog', dialogs('confirmed'))
      assert.equal(stand.alice, 'busy (publish: on the phone (dialog))')
      stand.signaling.taker?.withdrawn('p3')
      assert.equal(stand.alice, 'available (publish: open (presence))')
    })

    it('last as long as the publication, and a refresh keeps them', () => {
      stand.publish('p1', 'presence', pidf('open'))
      stand.clock.pass(50_000)
      stand.signaling.taker?.refreshed('p1', later(stand.clock.now(), millis(60_000)))
      stand.clock.pass(59_000)
      assert.match(stand.alice, /^available/)
      stand.signaling.taker?.withdrawn('p1')
      assert.match(stand.alice, /^offline/)
    })

    it('that can’t be read are refused and change nothing', () => {
      stand.publish('p1', 'presence', pidf('open'))
      assert.equal(stand.publish('p1', 'presence', '<x/>'), false)
      assert.equal(stand.publish('p2', 'dialog', pidf('open')), false)
      assert.match(stand.alice, /^available/)
    })
  })
})
