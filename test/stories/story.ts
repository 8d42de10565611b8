import { formatDuration, millis } from '../../src/foundation/time.js'
import type { Digit, Effect, Event, Fact, OfferId, PresenceState, PromptId } from '../../src/routing/index.js'
import type { Question } from '../../src/routing/world/settings.js'
import { agentOf, Live, nameOf, start, WorldBuilder } from '../unit/routing/build.js'
import { agentOptions, questionOf, queueOptions, span, splitOnce, workflowOptions } from './settings.js'

/**
 * Runs a `.story`: blocks of commands, `----`, and their expected effects, with a blank line between blocks. Returns the same text
 * with the actual effects. A story passes when both texts are equal. `#` starts a comment before a block.
 */
export function retell(text: string): string {
  const teller = new Teller()
  const blocks = text.trim().split(/\n\n+/)
  return blocks.map(block => retellBlock(teller, block)).join('\n\n') + '\n'
}

function retellBlock(teller: Teller, block: string): string {
  const [told = ''] = block.split(/^----$/m)
  const commands = told.trimEnd().split('\n')
  const lines: string[] = []
  for (const line of commands)
    if (!line.startsWith('#')) for (const command of line.split(' ; ')) lines.push(...teller.tell(command.trim()))
  const isComment = commands.every(line => line.startsWith('#'))
  return isComment ? told.trimEnd() : [...commands, '----', ...(lines.length > 0 ? lines : ['nothing'])].join('\n')
}

type Words = readonly string[]

class Teller {
  #config = new WorldBuilder()
  /** Groups and queues that the config names so far. */
  #groups: string[] = []
  #queues: string[] = []
  #questions = new Map<string, Question>()
  #live: TellingLive | undefined

  tell(command: string): string[] {
    const [verb = '', ...words] = command.split(/\s+/)
    if (verb === 'config') return this.#configure(words)
    if (this.#live?.began !== true) this.#addQueues()
    const live = (this.#live ??= new TellingLive(this.#config))
    return live.obey(verb, words, this.#config)
  }

  /** In a config without queues, each group gets a queue of its name. */
  #addQueues(): void {
    if (this.#queues.length > 0) return
    this.#queues = this.#groups
    for (const group of this.#groups) this.#config.queue(group, [group])
  }

  #configure([what = '', ...words]: Words): string[] {
    // The first config line after the world began starts a new config, which `reload` applies.
    if (this.#live?.began) {
      this.#config = new WorldBuilder()
      this.#groups = []
      this.#queues = []
      this.#questions = new Map()
      this.#live.began = false
    }
    const [kind, name = ''] = what.split('/')
    const options = new Map(words.filter(word => word.includes('=')).map(word => splitOnce(word, '=')))
    const names = words.filter(word => !word.includes('='))
    if (kind === 'agents') this.#config.agent(name, agentOptions(options))
    else if (kind === 'groups') this.#group(name, names, options)
    else if (kind === 'queues') {
      this.#queues.push(name)
      this.#config.queue(name, (options.get('groups') ?? '').split(',').filter(Boolean), queueOptions(options))
    } else if (kind === 'questions') this.#questions.set(name, questionOf(options, this.#questions))
    else if (kind === 'workflows')
      this.#config.workflow(name, options.get('queue') ?? name, {
        active: !names.includes('inactive'),
        ...workflowOptions(options, this.#questions),
      })
    else throw new Error(`a story knows no config '${what}'`)
    return []
  }

  #group(name: string, [method, ...agents]: Words, options: ReadonlyMap<string, string>): void {
    this.#groups.push(name)
    this.#config.group(name, method as never, agents, {
      ...(options.has('policy') ? { participationPolicy: options.get('policy') as never } : {}),
      ...(options.has('agentAlertTime') ? { agentAlertTime: span(options.get('agentAlertTime')) } : {}),
      ...(options.has('wrapUp') ? { wrapUp: span(options.get('wrapUp')) } : {}),
      ...(options.has('attendantOffers') ? { attendantOffers: Number(options.get('attendantOffers')) } : {}),
    })
  }
}

class TellingLive {
  /** Whether the config lines so far belong to a world. The next config line sets it to false. */
  began = true
  readonly #live: Live
  /** The short names of offers, in the order of creation. */
  readonly #names = new Map<OfferId, string>()
  readonly #lines: string[] = []
  #toldAt = 0
  /** The start time of the story. */
  #begin: number = start
  /** The prompt that each caller hears, if it ends by itself. */
  readonly #playing = new Map<string, PromptId>()

  constructor(config: WorldBuilder) {
    const lines = (event: Event, effects: readonly Effect[]): void => this.#tellEffects(event, effects)
    const live = config.live()
    const take = live.take.bind(live)
    live.take = event => {
      const effects = take(event)
      lines(event, effects)
      return effects
    }
    this.#live = live
  }

  obey(verb: string, words: Words, config: WorldBuilder): string[] {
    this.#lines.length = 0
    this.#perform(verb, words, config)
    return this.#lines.slice()
  }

  #perform(verb: string, [a = '', b = '', c = '', d = '', e = '']: Words, config: WorldBuilder): void {
    const live = this.#live
    const verbs: Record<string, () => unknown> = {
      call: () => (d === 'from' ? live.callFrom(e, a, c) : live.call(a, c, d === 'hearing')),
      heard: () => live.heard(a, this.#playing.get(a) ?? ''),
      press: () => live.press(a, b as Digit),
      transfer: () => live.transfer(a, b as 'agent' | 'caller'),
      refer: () => live.refer(a, b as 'agent' | 'caller', c),
      takeover: () => live.refer(a, b as 'agent' | 'caller', c, 'replaces'),
      through: () => live.through(a),
      'transfer-failed': () => live.tell({ kind: 'transferFailed', call: a as never, code: Number(b) }),
      clock: () => this.#moveClock(Date.parse(a)),
      abandon: () => live.abandon(a),
      'no-media': () => live.abandon(a, 'noMedia'),
      'sign-in': () => live.signIn(a, b),
      'sign-out': () => live.signOut(a, b),
      presence: () => live.presence(a, b as PresenceState),
      rings: () => live.tell({ kind: 'offerRinging', offer: this.#offer(a) }),
      accept: () => live.accept(this.#offer(a)),
      refuse: () => live.refuse(this.#offer(a), Number(b)),
      decline: () => live.tell({ kind: 'offerDeclined', offer: this.#offer(a) }),
      pick: () => live.tell({ kind: 'callPicked', call: a as never, agent: agentOf(b) }),
      join: () => live.join(a),
      'join-failed': () => live.tell({ kind: 'joinFailed', call: a as never, code: Number(b) }),
      'forward-failed': () => live.tell({ kind: 'forwardFailed', call: a as never, code: Number(b) }),
      end: () => live.hangUp(a, (b === '' ? 'callerHungUp' : b) as never),
      release: () => live.tell({ kind: 'agentReleased', agent: agentOf(a) }),
      after: () => live.after(span(a)),
      reload: () => {
        config.generation += 1
        live.replace(config.settings())
        this.began = true
      },
    }
    const perform = verbs[verb]
    if (!perform) throw new Error(`a story knows no '${verb}'`)
    perform()
  }

  #moveClock(to: number): void {
    this.#live.after(to - this.#live.now)
    this.#begin = to
  }

  #offer(name: string): OfferId {
    for (const [offer, known] of this.#names) if (known === name) return offer
    throw new Error(`the story has made no offer ${name}`)
  }

  #nameOf(offer: OfferId): string {
    return this.#names.get(offer) ?? offer
  }

  #tellEffects(event: Event, effects: readonly Effect[]): void {
    const at = this.#lines.length
    for (const effect of effects) {
      const line = this.#line(effect, effects)
      if (line !== undefined) this.#lines.push(line)
    }
    if (event.at === this.#toldAt || this.#lines.length === at) return
    this.#toldAt = event.at
    if (event.at > this.#begin) this.#lines.splice(at, 0, `at ${formatDuration(millis(event.at - this.#begin))}`)
  }

  #line(effect: Effect, effects: readonly Effect[]): string | undefined {
    switch (effect.kind) {
      case 'offer':
        this.#names.set(effect.offer, `o${this.#names.size + 1}`)
        return `offer ${this.#nameOf(effect.offer)} ${effect.call} -> ${nameOf(effect.agent)}${this.#reasons(effect.offer, effects)}`
      case 'withdraw':
        return `withdraw ${this.#nameOf(effect.offer)} ${effect.because}`
      case 'connect':
        return `connect ${effect.call} ${this.#nameOf(effect.offer)}`
      case 'wait':
        return `${effect.call} waiting${effect.queue === undefined ? '' : ` in ${effect.queue}`}${effect.music === undefined ? '' : ` with ${effect.music}`}`
      case 'play':
        this.#playing.set(effect.call, effect.prompt)
        return `${effect.call} hears ${effect.prompt}`
      case 'silence':
        return `${effect.call} hears nothing`
      case 'forward':
        return `forward ${effect.call} ${effect.as} ${effect.to}`
      case 'mayRecord':
        return `${effect.call} ${effect.isAtOnce ? 'is recorded' : 'may be recorded'}`
      case 'transfer':
        return `transfer ${effect.call}`
      case 'refuseTransfer':
        return `refuse the transfer of ${effect.call}`
      case 'reject':
        return `reject ${effect.call} ${effect.why}`
      case 'record':
        return this.#fact(effect.fact)
      case 'startTimer':
      case 'cancelTimer':
        return undefined
    }
  }

  #reasons(offer: OfferId, effects: readonly Effect[]): string {
    for (const effect of effects) {
      if (effect.kind !== 'record' || effect.fact.kind !== 'offerMade' || effect.fact.offer !== offer) continue
      const { excluded, passedOver } = effect.fact.decision
      const no = (agents: typeof excluded): string => agents.map(({ agent, why }) => `${nameOf(agent)}: ${why}`).join(', ')
      const passed = passedOver.map(group => `${group.group} passed over (${no(group.excluded)})`).join(', ')
      return `${excluded.length > 0 ? `   (${no(excluded)})` : ''}${passed === '' ? '' : `   ${passed}`}`
    }
    return ''
  }

  #fact(fact: Fact): string | undefined {
    switch (fact.kind) {
      case 'callWaiting':
        return `${fact.call} enters ${fact.queue}`
      case 'waitEnded':
        return `${fact.call} leaves ${fact.queue}: ${fact.outcome} after ${formatDuration(fact.waited)}`
      case 'offerEnded':
        return ['declined', 'unreachable', 'noResponse'].includes(fact.why)
          ? `${this.#nameOf(fact.offer)} ${fact.why}${fact.code === undefined ? '' : ` ${fact.code}`}`
          : undefined
      case 'callConnected':
        return `${fact.call} talks to ${nameOf(fact.agent)}`
      case 'callForwarded':
        return `${fact.call} talks to ${fact.to}`
      case 'answerGiven':
        return `${fact.call} answers ${fact.digit}: ${fact.name}`
      case 'transferBegan':
        return `${fact.call}: the ${fact.by} asks for ${nameOf(fact.to as never)}`
      case 'consultAnswered':
        return `${fact.call}: ${nameOf(fact.to as never)} is consulted`
      case 'transferEnded':
        return `${fact.call}: the transfer is ${fact.outcome}${fact.code === undefined ? '' : ` ${fact.code}`}`
      case 'agentLeg':
        return fact.state === 'rings' || (fact.state === 'talks' && fact.side === 'caller')
          ? `${nameOf(fact.agent)} ${fact.state} in ${fact.call}`
          : undefined
      case 'callTransferred':
        return `${fact.call} transferred by the ${fact.by}`
      case 'callFinished':
        return `${fact.call} over: ${fact.why}`
      case 'pointerMoved':
        return `pointer of ${fact.group}: ${nameOf(fact.agent)}`
      case 'signInChanged':
        return `${nameOf(fact.agent)} signed ${fact.signedIn ? 'in to' : 'out of'} ${fact.group}`
      case 'agentPaused':
        return `${nameOf(fact.agent)} is paused after ${fact.missed} missed calls`
      case 'agentResumed':
        return `${nameOf(fact.agent)} is back: ${fact.because}`
      case 'ignored':
        return `ignored ${fact.event}: ${fact.because}`
      case 'callArrived':
      case 'callRestored':
      case 'offerMade':
      case 'workflowStep':
      case 'agentChanged':
      case 'configReplaced':
      case 'clockStepped':
        return undefined
    }
  }
}
