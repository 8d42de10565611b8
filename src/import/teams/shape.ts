import type { Notes } from '../notes.js'
import { flagOf, identityOf, listOf, property, textOf, type Tree } from '../tree.js'
import { Flows, soundOf } from './flows.js'
import { idOf, type TeamsObjects } from './objects.js'
import { groupOf, queueOf, remarks } from './queues.js'
import { isOpening, shapedSchedules } from './schedules.js'
import { Targets, type Shaped } from './targets.js'

/** The objects of a tenant in the shape of an export of Lync. */
export function shapedOf(objects: TeamsObjects, notes: Notes): readonly Shaped[] {
  const targets = new Targets(objects)
  for (const queue of objects.queues) remarks(queue, notes)
  const attendants = objects.attendants.map(each => attendantOf(each, objects, targets, notes))
  const queues = objects.queues.map(queue => queueOf(queue, targets))
  const led = new Set([...JSON.stringify([attendants, queues]).matchAll(/"QueueID":"([^"]{1,200})"/g)].map(([, id]) => id))
  const isDialled = (queue: Tree): boolean => targets.lineOf(queue).line !== undefined || !led.has(idOf(queue))
  for (const queue of objects.queues) if (!isDialled(queue)) unheard(queue, notes)
  return [
    ...objects.queues.map(queue => groupOf(queue, objects)),
    ...queues,
    ...shapedSchedules(objects, notes),
    ...attendants,
    ...objects.queues.filter(isDialled).map(queue => dialledQueue(queue, targets)),
  ]
}

/** A call queue with a number, or to which no auto attendant leads, is a workflow of its own. */
function dialledQueue(queue: Tree, targets: Targets): Shaped {
  const { uri, line } = targets.lineOf(queue)
  const words = textOf(property(queue, 'WelcomeTextToSpeechPrompt'))
  return {
    Identity: `workflow of ${idOf(queue) ?? ''}`,
    Name: textOf(property(queue, 'Name')),
    PrimaryUri: uri,
    LineUri: line,
    Language: textOf(property(queue, 'LanguageId')),
    DefaultAction: {
      Action: 'TransferToQueue',
      QueueID: idOf(queue),
      Prompt: { TextToSpeechPrompt: words, AudioFilePrompt: soundOf(textOf(property(queue, 'WelcomeMusicFileName'))) },
    },
    CustomMusicOnHoldFile: soundOf(textOf(property(queue, 'MusicOnHoldFileName'))),
  }
}

/** Only a workflow has a welcome and music. */
function unheard(queue: Tree, notes: Notes): void {
  const name = textOf(property(queue, 'Name')) ?? ''
  for (const key of ['WelcomeTextToSpeechPrompt', 'WelcomeMusicFileName', 'MusicOnHoldFileName']) {
    const text = textOf(property(queue, key))
    if (text !== undefined)
      notes.lost(
        'queue',
        name,
        undefined,
        `${key} is left out: '${text}'`,
        'write it as welcome or musicOnHold of the workflow that leads here',
      )
  }
}

function attendantOf(attendant: Tree, objects: TeamsObjects, targets: Targets, notes: Notes): Shaped {
  const name = textOf(property(attendant, 'Name')) ?? ''
  const flows = new Flows(attendant, name, targets, notes)
  const { uri, line } = targets.lineOf(attendant)
  return {
    Identity: idOf(attendant),
    Name: name,
    PrimaryUri: uri,
    LineUri: line,
    Language: textOf(property(attendant, 'LanguageId')),
    TimeZone: textOf(property(attendant, 'TimeZoneId')),
    DefaultAction: flows.actionOf(property(attendant, 'DefaultCallFlow')),
    ...timesOf(attendant, name, objects, flows, notes),
  }
}

/** The hours and holidays of an auto attendant, and what happens then. */
function timesOf(attendant: Tree, name: string, { schedules }: TeamsObjects, flows: Flows, notes: Notes): Shaped {
  const callFlows = new Map(listOf(property(attendant, 'CallFlows')).map(flow => [idOf(flow), flow]))
  const enabled = listOf(property(attendant, 'CallHandlingAssociations'))
    .filter(each => flagOf(property(each, 'Enabled')) !== false)
    .map(each => ({
      type: textOf(property(each, 'Type'))?.toLowerCase(),
      schedule: identityOf(property(each, 'ScheduleId')),
      flow: callFlows.get(identityOf(property(each, 'CallFlowId'))),
    }))
  const after = enabled.find(({ type }) => type === 'afterhours')
  const holidays = enabled.filter(({ type }) => type === 'holiday')
  const isOpen = after?.schedule !== undefined && isOpening(schedules.get(after.schedule))
  if (after && !isOpen)
    notes.lost(
      ...(['workflow', name, 'hours', 'its schedule is not in the export, or says when it is closed'] as const),
      'write hours; until then it is always open',
    )
  const [first, ...others] = holidays.map(({ flow }) => flows.actionOf(flow))
  if (others.some(each => JSON.stringify(each) !== JSON.stringify(first)))
    notes.lost(
      ...(['workflow', name, 'holiday', 'its holidays have different call flows'] as const),
      'a workflow does the same on all holidays, that of the first; change the words, or make another workflow',
    )
  return {
    ...(isOpen && { BusinessHoursID: after.schedule, NonBusinessHoursAction: flows.actionOf(after.flow) }),
    HolidaySetIDList: holidays.flatMap(({ schedule }) => schedule ?? []),
    HolidayAction: first,
  }
}
