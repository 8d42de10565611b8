import type { Notes } from '../notes.js'
import { flagOf, listOf, property, textOf, type Tree } from '../tree.js'
import { idOf, type TeamsObjects } from './objects.js'
import type { Shaped } from './targets.js'

const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
/** The properties of Lync for the spans of a day. */
const places = (day: string): readonly string[] =>
  [1, 2, 3, 4].flatMap(index => [`${day}Hours${index}`, `${day}TimeRange${index}`])

/** Weekly schedules become hours, and fixed ones become sets of holidays. */
export function shapedSchedules({ schedules }: TeamsObjects, notes: Notes): readonly Shaped[] {
  return [...schedules.values()].map(schedule => (isWeekly(schedule) ? hoursOf(schedule, notes) : holidaysOf(schedule)))
}

const isWeekly = (schedule: Tree): boolean => property(schedule, 'WeeklyRecurrentSchedule') !== undefined

/** Whether the hours of a schedule are those in which it is open. Otherwise they are those in which it is closed. */
export const isOpening = (schedule: Tree | undefined): boolean =>
  schedule !== undefined &&
  isWeekly(schedule) &&
  flagOf(property(property(schedule, 'WeeklyRecurrentSchedule'), 'ComplementEnabled')) !== false

function hoursOf(schedule: Tree, notes: Notes): Shaped {
  const week = property(schedule, 'WeeklyRecurrentSchedule')
  const name = textOf(property(schedule, 'Name')) ?? ''
  // A week without any span is known by its properties, too.
  const spans: Record<string, unknown> = { MondayHours1: null }
  for (const day of days) {
    const own = listOf(property(week, `${day}Hours`))
    const names = places(day)
    if (own.length > names.length)
      notes.lost('hours', name, 'week', `${day} has more than ${names.length} spans`, 'write the others by hand')
    for (const [index, span] of own.slice(0, names.length).entries())
      spans[names[index] ?? ''] = { OpenTime: textOf(property(span, 'Start')), CloseTime: textOf(property(span, 'End')) }
  }
  return { Identity: idOf(schedule), Name: name, ...spans }
}

function holidaysOf(schedule: Tree): Shaped {
  const name = textOf(property(schedule, 'Name'))
  const ranges = listOf(property(property(schedule, 'FixedSchedule'), 'DateTimeRanges'))
  return {
    Identity: idOf(schedule),
    Name: name,
    HolidayList: ranges.map(range => ({
      Name: name,
      StartDate: momentOf(property(range, 'Start')),
      EndDate: momentOf(property(range, 'End')),
    })),
  }
}

/** PowerShell writes a moment as ISO 8601, or as day/month/year. */
function momentOf(tree: Tree | undefined): string | undefined {
  const text = textOf(property(tree, 'DateTime') ?? tree)
  const [, day, month, year, time = '00:00'] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{2}:\d{2}))?/.exec(text ?? '') ?? []
  if (day === undefined || month === undefined || year === undefined) return text
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${time}`
}
