import type { ComponentChildren, VNode } from 'preact'
import type { Report } from '../../api/documents.js'
import { seesOverview, session } from '../../api/session.js'
import { useMidnight, useNow } from '../../clock.js'
import { clockSpan, nextMidnight, percent } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { endedCalls, world } from '../../live/live.js'
import { emptyWorld, standings, type AgentStanding, type LiveQueue, type LiveWorld } from '../../live/world.js'
import { useStore } from '../../store.js'
import { standingLooks } from '../../ui/activity.js'
import { Icon, type IconName } from '../../ui/icon.js'
import { NoneLive, NotRead } from '../../ui/not-read.js'
import { Mark } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'
import { useSettled } from '../../ui/settled.js'
import { Charts } from './charts.js'
import { sumOf, talkingIn, type QueueDay } from './day.js'

/** All queues on one page, large enough to be read from across the room. */
export function WallboardPage(): VNode {
  const { wallboard } = useMessages()
  const live = useStore(world)
  const again = useSettled(endedCalls, 5_000)
  const overview = seesOverview(useStore(session))
  const midnight = useMidnight()
  const asked = new URLSearchParams({ from: midnight, to: nextMidnight(midnight), by: 'queue', interval: 'hour', zone: zone() })
  const answer = useReading<Report>(overview ? `/api/report?${asked.toString()}` : undefined, again)
  const rows = answer?.kind === 'ok' ? answer.value.rows : undefined
  // The content below the tiles is shown after them, so that it does not move.
  const isRead = live !== emptyWorld
  return (
    <div class="wallboard">
      <header class="page-head">
        <h1>{wallboard.title}</h1>
        <Clock />
        <button type="button" class="button quiet" onClick={() => void document.getElementById('main')?.requestFullscreen()}>
          <Icon name="full" />
          {wallboard.full}
        </button>
      </header>
      {live.queues.size === 0 ? (
        <NoneLive>{wallboard.noQueues}</NoneLive>
      ) : (
        <section class="tiles" aria-label={wallboard.queues}>
          {[...live.queues.values()].map(queue => (
            <QueueTile key={queue.name} queue={queue} live={live}>
              {overview && (
                <Day
                  queue={queue}
                  day={rows && sumOf(rows.filter(row => row.name === queue.name))}
                  talking={talkingIn(queue.name, live.queues.values(), live.calls.values())}
                />
              )}
            </QueueTile>
          ))}
        </section>
      )}
      {isRead && rows && <Charts rows={rows} midnight={midnight} next={nextMidnight(midnight)} />}
      {isRead && overview && answer?.kind !== 'ok' && <NotRead answer={answer} />}
    </div>
  )
}

const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

function Clock(): VNode {
  const locale = useLocale()
  const at = useNow()
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at)
  return <span class="wall-clock number">{time}</span>
}

/** The state of a queue, shown as a word, a shape and a colour. */
type Mood = 'calm' | 'waits' | 'late' | 'unstaffed'

const moods: Readonly<Record<Mood, { readonly tone: string; readonly icon: IconName }>> = {
  calm: { tone: 'good', icon: 'check' },
  waits: { tone: 'ring', icon: 'clock' },
  late: { tone: 'bad', icon: 'alert' },
  unstaffed: { tone: 'bad', icon: 'alert' },
}

/** A wait counts as too long after this many times the queue's service level threshold. */
const lateAfter = 3

function moodOf(
  { waitingCalls, serviceLevel }: LiveQueue,
  longest: number,
  agents: Readonly<Record<AgentStanding, number>>,
): Mood {
  if (waitingCalls === 0) return 'calm'
  if (agents.free + agents.ringing + agents.talking + agents.wrappingUp === 0) return 'unstaffed'
  return longest > lateAfter * serviceLevel.within ? 'late' : 'waits'
}

interface QueueTileProps {
  readonly queue: LiveQueue
  readonly live: LiveWorld
  /** The day's figures, if the person may see them. */
  readonly children: ComponentChildren
}

function QueueTile({ queue, live, children }: QueueTileProps): VNode {
  const { wallboard } = useMessages()
  const at = useNow()
  const agents = standings(queue, live)
  const longest = queue.oldestSince === undefined ? 0 : (at - queue.oldestSince) / 1_000
  const mood = moodOf(queue, longest, agents)
  const { tone, icon } = moods[mood]
  return (
    <article class={`tile tile-${tone}`} aria-label={queue.name} data-queue={queue.name}>
      <header>
        <h2>{queue.name}</h2>
        <Mark tone={tone} icon={icon}>
          {wallboard[mood]}
        </Mark>
      </header>
      <div class="tile-main">
        <p class="tile-waiting">
          <b class="number">{queue.waitingCalls}</b>
          <span>{wallboard.waiting}</span>
        </p>
        <dl class="tile-waits">
          <dt>{wallboard.longest}</dt>
          <dd class="number">{queue.waitingCalls === 0 ? '–' : clockSpan(longest)}</dd>
          <dt>{wallboard.estimate}</dt>
          <dd class="number">{queue.estimatedWait === null ? '–' : clockSpan(queue.estimatedWait)}</dd>
        </dl>
      </div>
      {children}
      <ul class="tile-agents" aria-label={wallboard.agents}>
        {order.map(standing => (
          <Standing key={standing} standing={standing} count={agents[standing]} />
        ))}
      </ul>
    </article>
  )
}

const order = ['free', 'ringing', 'talking', 'wrappingUp', 'notAvailable', 'signedOut'] as const satisfies AgentStanding[]

function Standing({ standing, count }: { readonly standing: AgentStanding; readonly count: number }): VNode {
  const words = useMessages()
  const { tone, icon } = standingLooks[standing]
  return (
    <li class={count === 0 ? 'nobody' : `tone-${tone}`}>
      <Icon name={icon} />
      <b class="number">{count}</b>
      <span>{words.standings[standing]}</span>
    </li>
  )
}

interface DayProps {
  readonly queue: LiveQueue
  /** Undefined until it is known. */
  readonly day: QueueDay | undefined
  /** How many calls an agent has answered that are not over. */
  readonly talking: number
}

function Day({ queue, day, talking }: DayProps): VNode {
  const { wallboard } = useMessages()
  const locale = useLocale()
  const { within, target } = queue.serviceLevel
  const hint = wallboard.serviceLevelHint(clockSpan(within), percent(target, locale))
  return (
    <dl class="tile-day">
      <div>
        <dt title={hint}>{wallboard.serviceLevel}</dt>
        <dd class="number">
          {day?.serviceLevel == null ? '–' : percent(day.serviceLevel, locale)}
          <meter min={0} max={1} low={target * 0.75} high={target} optimum={1} value={day?.serviceLevel ?? 0} aria-label={hint} />
        </dd>
      </div>
      <div>
        <dt>{wallboard.answered}</dt>
        <dd class="number">{day ? day.answered + talking : '–'}</dd>
      </div>
      <div>
        <dt>{wallboard.abandoned}</dt>
        <dd class="number">{day?.abandoned ?? '–'}</dd>
      </div>
    </dl>
  )
}
