import { formatDuration } from '../foundation/time.js'
import type { PromptId, WorkflowName } from '../routing/world/ids.js'
import type {
  Action,
  Announcements,
  GroupSettings,
  Question,
  QueueSettings,
  WorkflowSettings,
} from '../routing/world/settings.js'
import { formatWeek } from './hours.js'
import type { PlanView } from './plan-view.js'
import type { DialledWorkflow } from './call-settings.js'
import type { PromptSettings } from './settings.js'

/** The value of a field in words: one text, or a list whose entries are compared one by one. Undefined: the field is not set. */
export type FieldWords = string | readonly string[] | undefined

/** Something with a name that a config may add, remove or change. */
export interface Thing {
  readonly kind: 'agent' | 'group' | 'queue' | 'workflow' | 'prompt' | 'server'
  readonly name: string
  readonly fields: Readonly<Record<string, FieldWords>>
}

/** All things of a config, with each field in words. */
export function thingsOf(view: PlanView): Thing[] {
  const words = new Words(view)
  const { routing, server } = view
  return [
    { kind: 'server', name: 'server', fields: { ...server, ...agentRules(routing) } },
    ...words.agents(),
    ...routing.groups.map(group => words.group(group)),
    ...routing.queues.map(queue => words.queue(queue)),
    ...routing.workflows.map(workflow => words.workflow(workflow)),
    ...words.prompts(),
  ]
}

const agentRules = ({ ringbackGracePeriod, pauseAfterMisses }: PlanView['routing']): Thing['fields'] => ({
  ringbackGracePeriod: formatDuration(ringbackGracePeriod),
  pauseAfterMisses: pauseAfterMisses === undefined ? undefined : String(pauseAfterMisses),
})

/** What an action does, without its prompt. */
function actionWords(action: Action): string {
  switch (action.kind) {
    case 'disconnect':
      return 'disconnect'
    case 'forward':
      return `${action.as} ${action.to}`
    case 'queue':
      return `queue '${action.queue}'`
  }
}

class Words {
  readonly #prompts: ReadonlyMap<PromptId, PromptSettings>

  constructor(private readonly view: PlanView) {
    this.#prompts = new Map(view.prompts.map(prompt => [prompt.id, prompt]))
  }

  agents(): Thing[] {
    const contacts = new Map(this.view.agents.map(agent => [agent.uri, agent]))
    const presence = new Map(this.view.presence.map(({ agent, sources }) => [agent, sources]))
    return this.view.routing.agents.map(({ uri, name, homed, wrapUp }) => ({
      kind: 'agent',
      name: uri,
      fields: {
        name,
        homed,
        contact: contacts.get(uri)?.contact,
        password: contacts.get(uri)?.password,
        contactNetworks: contacts.get(uri)?.contactNetworks,
        presence: presence.get(uri),
        wrapUp: formatDuration(wrapUp),
      },
    }))
  }

  group(group: GroupSettings): Thing {
    const { name, participationPolicy, agentAlertTime, routingMethod, agents, wrapUp, attendantOffers } = group
    return {
      kind: 'group',
      name,
      fields: {
        description: this.view.groups.find(each => each.name === name)?.description,
        participationPolicy,
        agentAlertTime: formatDuration(agentAlertTime),
        routingMethod,
        agents,
        wrapUp: wrapUp && formatDuration(wrapUp),
        attendantOffers: routingMethod === 'attendant' ? `${attendantOffers}` : undefined,
        signInCode: this.view.groups.find(each => each.name === name)?.signInCode,
      },
    }
  }

  queue({ name, groups, timeout, overflow, noAgents, announce, serviceLevel, record }: QueueSettings): Thing {
    return {
      kind: 'queue',
      name,
      fields: {
        groups,
        timeout: timeout && `after ${formatDuration(timeout.after)}: ${this.#action(timeout.action)}`,
        overflow:
          overflow && `more than ${overflow.waitingCalls} calls, the ${overflow.candidate}: ${this.#action(overflow.action)}`,
        noAgents: `${noAgents.when}: ${this.#action(noAgents.action)}`,
        announce: announce && this.#announce(announce),
        record,
        supervised: (this.view.supervisedQueues?.includes(name) === true).toString(),
        serviceLevel: serviceLevel && `${serviceLevel.target} % within ${formatDuration(serviceLevel.within)}`,
      },
    }
  }

  workflow(workflow: WorkflowSettings): Thing {
    const { name, active, timeZone, hours, closed, holidays, holiday, welcome, musicOnHold, entry, record } = workflow
    const { recordingNotice: notice } = workflow
    const dialled: Partial<DialledWorkflow> = this.view.workflows.find(each => each.name === name) ?? {}
    return {
      kind: 'workflow',
      name,
      fields: {
        uri: dialled.uri,
        number: dialled.number,
        displayNumber: dialled.displayNumber,
        displayName: dialled.displayName,
        active: `${active}`,
        anonymous: dialled.anonymous?.toString(),
        anchored: (dialled.anchored === true).toString(),
        callerDisplay: dialled.callerDisplay,
        screenPop: dialled.screenPop ?? 'none',
        callContext: (dialled.callContext === true).toString(),
        callersFrom: dialled.callersFrom?.join(', '),
        outbound: this.#outbound(name),
        answer: dialled.answer,
        timeZone,
        hours: hours && formatWeek(hours),
        closed: closed && this.#action(closed),
        holidays: holidays?.map(day => `${day.name} ${day.from} to ${day.to}`),
        holiday: holiday && this.#action(holiday),
        welcome: this.#prompt(welcome),
        record,
        supervised: (dialled.supervised === true).toString(),
        recordingNotice: this.#prompt(notice?.prompt),
        'recordingNotice consent': notice?.consent,
        musicOnHold: this.#prompt(musicOnHold),
        ...(entry.kind === 'question' ? this.#question(entry.question, '') : { 'leads to': this.#action(entry) }),
      },
    }
  }

  #outbound(workflow: WorkflowName): FieldWords {
    const outbound = this.view.outbound?.find(each => each.workflow === workflow)
    if (!outbound) return undefined
    const { prefix, numbers, groups } = outbound
    return [...(prefix === undefined ? [] : [`prefix ${prefix}`]), ...numbers, ...groups.map(group => `agents of ${group}`)]
  }

  /**
   * The prompts, without the sentences of announcements, which belong to the field of their queue. A changed file appears as another sound
   * of the same prompt.
   */
  prompts(): Thing[] {
    const announced = new Set(
      this.view.routing.queues.flatMap(({ announce }) => (announce ? [...announce.positions, ...announce.waits] : [])),
    )
    return this.view.prompts
      .filter(({ id, sound }) => !announced.has(id) && sound.kind !== 'builtin')
      .map(prompt => ({ kind: 'prompt', name: soundWords(prompt), fields: { sound: prompt.id.slice(0, digestShown) } }))
  }

  /** The fields of a question: one for each key of the telephone, at any depth, such as `key 2, key 1`. */
  #question({ prompt, invalid, noAnswer, answers }: Question, under: string): Record<string, FieldWords> {
    const fields: Record<string, FieldWords> = {
      [`${under}question`]: this.#prompt(prompt),
      [`${under}invalid`]: this.#prompt(invalid),
      [`${under}noAnswer`]: this.#prompt(noAnswer),
    }
    for (const { digit, name, then } of answers) {
      const key = `${under}key ${digit}`
      if (then.kind !== 'question') fields[key] = `${this.#action(then)} (${name})`
      else Object.assign(fields, { [key]: `a question (${name})` }, this.#question(then.question, `${key}, `))
    }
    return fields
  }

  #action(action: Action): string {
    const prompt = this.#prompt(action.prompt)
    return prompt === undefined ? actionWords(action) : `${prompt}, then ${actionWords(action)}`
  }

  #announce({ every, positions, waits }: Announcements): string {
    const [first] = [...positions, ...waits]
    const sound = first === undefined ? undefined : this.#prompts.get(first)?.sound
    const language = sound?.kind === 'say' ? ` in ${sound.language}` : ''
    const told = [...(positions.length > 0 ? ['place in line'] : []), ...(waits.length > 0 ? ['estimated wait'] : [])]
    return `${told.join(' and ')}${language}, every ${formatDuration(every)}`
  }

  #prompt(id: PromptId | undefined): string | undefined {
    const prompt = id === undefined ? undefined : this.#prompts.get(id)
    if (!prompt) return id
    return prompt.sound.kind === 'file' ? `${soundWords(prompt)} (sound ${prompt.id.slice(0, digestShown)})` : soundWords(prompt)
  }
}

/** In hexadecimal digits of the id of a prompt: enough to tell two sounds apart. */
const digestShown = 8

function soundWords({ sound }: PromptSettings): string {
  switch (sound.kind) {
    case 'say':
      return `"${sound.text}" in ${sound.language}`
    case 'file':
      return sound.instead ? `${sound.file}, else "${sound.instead.text}" in ${sound.instead.language}` : sound.file
    case 'builtin':
      return `builtin:${sound.name}`
  }
}
