import type { Notes } from '../notes.js'
import { flagOf, identityOf, listOf, numberOf, property, textOf, type Tree } from '../tree.js'
import { soundOf } from './flows.js'
import { addressOf, idOf, type TeamsObjects } from './objects.js'
import type { Shaped, Targets } from './targets.js'

/** Teams rings all agents at once with the method that it calls attendant. */
const methodOf = (text: string | undefined): string | undefined => (text?.toLowerCase() === 'attendant' ? 'parallel' : text)

/** The group of a call queue: its agents are its own. */
export function groupOf(queue: Tree, { people }: TeamsObjects): Shaped {
  const listed = listOf(property(queue, 'Agents')).flatMap(agent => idOf(agent) ?? identityOf(agent) ?? [])
  const ids = listed.length > 0 ? listed : listOf(property(queue, 'Users')).flatMap(user => identityOf(user) ?? [])
  return {
    Identity: `group of ${idOf(queue) ?? ''}`,
    Name: textOf(property(queue, 'Name')),
    ParticipationPolicy: 'Informal',
    RoutingMethod: methodOf(textOf(property(queue, 'RoutingMethod'))) ?? null,
    AgentAlertTime: numberOf(property(queue, 'AgentAlertTime')),
    DistributionGroupAddress:
      listOf(property(queue, 'DistributionLists'))
        .flatMap(each => identityOf(each) ?? [])
        .join(', ') || undefined,
    AgentsByUri: [...new Set(ids)].map(id => addressOf(people.get(id)) ?? id),
  }
}

export function queueOf(queue: Tree, targets: Targets): Shaped {
  const noAgent = textOf(property(queue, 'NoAgentAction')) ?? 'Queue'
  return {
    Identity: idOf(queue),
    Name: textOf(property(queue, 'Name')),
    Description: textOf(property(queue, 'Description')),
    AgentGroupIDList: [`group of ${idOf(queue) ?? ''}`],
    OverflowCandidate: 'NewestCall',
    OverflowThreshold: numberOf(property(queue, 'OverflowThreshold')),
    OverflowAction: limitAction(queue, 'Overflow', targets),
    TimeoutThreshold: numberOf(property(queue, 'TimeoutThreshold')),
    TimeoutAction: limitAction(queue, 'Timeout', targets),
    NoAgentAction: /^queue$/i.test(noAgent) ? undefined : limitAction(queue, 'NoAgent', targets),
    ServiceLevel: numberOf(property(queue, 'ServiceLevelThresholdResponseTimeInSecond')),
  }
}

/** The action of a limit, such as `Overflow`, with what callers hear before it. */
function limitAction(queue: Tree, limit: string, targets: Targets): Shaped {
  const action = (textOf(property(queue, `${limit}Action`)) ?? 'Disconnect').toLowerCase()
  const target = property(queue, `${limit}ActionTarget`)
  const [then, heard] = thenOf(action, target, targets)
  const words = textOf(property(queue, `${limit}${heard}TextToSpeechPrompt`))
  const file = textOf(property(queue, `${limit}${heard}AudioFilePromptFileName`))
  return { ...then, Prompt: { TextToSpeechPrompt: words, AudioFilePrompt: soundOf(file) } }
}

/** The action, and the part of the names of its prompts. */
function thenOf(action: string, target: Tree | undefined, targets: Targets): readonly [Shaped, string] {
  if (action === 'forward') {
    const then = targets.actionOf(target)
    if (then['Action'] === 'TransferToPSTN') return [then, 'RedirectPhoneNumber']
    return [then, textOf(property(target, 'Type'))?.toLowerCase() === 'user' ? 'RedirectPerson' : 'RedirectVoiceApp']
  }
  if (action === 'voicemail') return [targets.actionOf(target, true), 'RedirectVoicemail']
  if (action === 'sharedvoicemail') return [targets.actionOf(target, true), 'SharedVoicemail']
  return [{ Action: action.startsWith('disconnect') ? 'Terminate' : action }, 'Disconnect']
}

/** Writes notes about settings that a queue of Carillon does not have. */
export function remarks(queue: Tree, notes: Notes): void {
  const name = textOf(property(queue, 'Name')) ?? ''
  const isOn = (key: string): boolean => flagOf(property(queue, key)) === true
  if (isOn('AllowOptOut'))
    notes.changed(
      'group',
      name,
      'participationPolicy',
      'agents could opt out',
      'they set their presence on the console, or write formal, and they sign in',
    )
  if (flagOf(property(queue, 'PresenceBasedRouting')) === false)
    notes.changed(
      'queue',
      name,
      undefined,
      'presence did not count',
      'Carillon always looks at presence; without a source, an agent counts as available',
    )
  if (isOn('IsCallbackEnabled'))
    notes.lost('queue', name, undefined, 'callers could ask to be called back', 'Carillon does not call back')
  if (property(queue, 'ShiftsTeamId') !== undefined)
    notes.lost('group', name, 'agents', 'its agents come from Shifts', 'add agents, or name a group of the directory')
}
