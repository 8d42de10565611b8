import { agentUri, type Setup } from '../../test/wire/harness/config.js'
import { Sipp } from '../../test/wire/harness/sipp.js'
import { accept, ackComes, answerLast, answersAndHangsUp, hungUpOn, rings } from '../../test/wire/phones/agents.js'
import { ack, answered, bye, invite, ok } from '../../test/wire/phones/callers.js'
import { goTo, label, receive, scenario, sdp } from '../../test/wire/phones/steps.js'
import { virtualAddress } from './machine.js'
import { hubAddress } from './namespaces.js'

/** What callers dial, and what becomes of them until their server dies. */
export type Fate = 'talks' | 'waits' | 'rings'

/** In ms: how long agents of `rings` let it ring, which is longer than a take-over takes. */
const ringsFor = 12_000
/** How many agents answer the callers who wait, once they have signed in. */
export const lateAgents = 20

const namesOf = (group: Fate, count: number): string[] => Array.from({ length: count }, (_, index) => `${group}${index}`)

/** The agents of the callers who wait. They sign in after the take-over. */
export const signingIn = namesOf('waits', lateAgents).map(agentUri)

export type Numbers = Readonly<Record<Fate, number>>

const heardAt = (port: number): string[] => sdp('caller').map(line => line.replace('40000', String(port)))

/** Takes re-INVITEs and questions, until the server hangs up, or for this many ms. `port`: where the caller hears. */
const caller = (talksFor: number, port: number): string =>
  scenario('caller', [
    invite(heardAt(port)),
    ...answered(),
    ack(),
    label('next'),
    // SIPp takes the time-out of the first step.
    receive('INVITE', { optional: true, next: 'joined', within: talksFor, otherwise: 'hangUp' }),
    receive('BYE'),
    ok,
    goTo('over'),
    label('joined'),
    answerLast(200, 'OK', heardAt(port), { retransmit: 500 }),
    receive('ACK'),
    goTo('next'),
    label('hangUp'),
    bye(),
    receive(200),
    label('over'),
  ])

const phones: Readonly<Record<Fate, string>> = {
  talks: scenario('talks', [...rings(20), accept('agent'), ackComes, ...hungUpOn, label('over')]),
  waits: answersAndHangsUp(20, 300),
  rings: answersAndHangsUp(ringsFor, 300),
}

/** Callers and phones, all in the hub. */
export class Load {
  readonly #sipps: Sipp[] = []

  constructor(private readonly folder: string) {}

  /** Starts the phones. Returns the config that knows them. */
  async answer(numbers: Numbers): Promise<Pick<Setup, 'agents' | 'groups' | 'trustedPeers'>> {
    const agents = []
    for (const fate of ['talks', 'waits', 'rings'] as const) {
      const sipp = await this.#start(`phones-${fate}`, phones[fate], {})
      const count = fate === 'waits' ? lateAgents : numbers[fate]
      agents.push(...namesOf(fate, count).map(name => ({ name, contact: `sip:${name}@${hubAddress}:${sipp.port}` })))
    }
    const group = (name: Fate, count: number) => ({ name, method: 'longestIdle', agents: namesOf(name, count) }) as const
    return {
      agents,
      trustedPeers: [hubAddress],
      groups: [
        group('talks', numbers.talks),
        { ...group('waits', lateAgents), participationPolicy: 'formal' },
        { ...group('rings', numbers.rings), agentAlertTime: '60s' },
      ],
    }
  }

  /** Callers of one kind. `talksFor` in ms. */
  call(fate: Fate, calls: number, rate: number, talksFor: number, name = `callers-${fate}`, port = 40_000): Promise<Sipp> {
    return this.#start(name, caller(talksFor, port), { to: `${virtualAddress}:5060`, service: fate, calls, rate })
  }

  async stop(): Promise<void> {
    for (const sipp of this.#sipps) await sipp.kill()
  }

  async #start(
    name: string,
    steps: string,
    more: { readonly to?: string; readonly service?: string; readonly calls?: number; readonly rate?: number },
  ): Promise<Sipp> {
    const extra = ['-l', '2000', '-recv_timeout', '60000']
    const own = { name, folder: this.folder, scenario: steps, host: hubAddress, timeout: 300, trace: false, extra }
    const sipp = await Sipp.start({ ...own, ...more })
    this.#sipps.push(sipp)
    return sipp
  }
}
