import type { ComponentChildren, VNode } from 'preact'
import type { Answered } from '../../api/client.js'
import type { Report } from '../../api/documents.js'
import { seesOverview, session } from '../../api/session.js'
import { useMidnight, useNow } from '../../clock.js'
import { clockSpan, nextMidnight, percent } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { endedCalls, world } from '../../live/live.js'
import { emptyWorld, standings, type AgentStanding, type LiveQueue, type LiveWorld } from '../../live/world.js'
import type { Place } from '../../router.js'
import { useStore } from '../../store.js'
import { standingLooks } from '../../ui/activity.js'
import { Icon } from '../../ui/icon.js'
import { NoneLive, NotRead } from '../../ui/not-read.js'
import { Mark } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'
import { useSettled } from '../../ui/settled.js'
import { Alarm } from './alarm.js'
import { BoardForm } from './board-form.js'
import { Charts } from './charts.js'
import { sumOf, talkingIn, type QueueDay } from './day.js'
import { longestWait, moodOf, moods } from './mood.js'
import { settingsIn, shownQueues, type BoardSettings } from './settings.js'

/** All queues on one page, large enough to be read from across the room. */
export function WallboardPage({ at }: { readonly at: Place }): VNode {
  const settings = settingsIn(at.query)
  const { wallboard } = useMessages()
  const live = useStore(world)
  const again = useSettled(endedCalls, 5_000)
  const overview = seesOverview(useStore(session))
  const midnight = useMidnight()
  const asked = new URLSearchParams({ from: midnight, to: nextMidnight(midnight), by: 'queue', interval: 'hour', zone: zone() })
  const answer = useReading<Report>(overview ? `/api/report?${asked.toString()}` : undefined, again)
  const rows = answer?.kind === 'ok' ? answer.value.rows : undefined
  const shown = shownQueues(live.queues, settings)
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
          {shown.map(queue => (
            <QueueTile key={queue.name} queue={queue} live={live} settings={settings}>
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
      {settings.sound && <Alarm queues={shown} live={live} settings={settings} />}
      {isRead && overview && <Today answer={answer} queues={shown} midnight={midnight} />}
      {live.queues.size > 0 && <BoardForm all={live.queues} settings={settings} />}
    </div>
  )
}

interface TodayProps {
  readonly answer: Answered<Report> | undefined
  readonly queues: readonly LiveQueue[]
  readonly midnight: string
}

/** The day's charts of the shown queues. */
function Today({ answer, queues, midnight }: TodayProps): VNode {
  if (answer?.kind !== 'ok') return <NotRead answer={answer} />
  const names = new Set(queues.map(({ name }) => name))
  const rows = answer.value.rows.filter(({ name }) => names.has(name))
  return <Charts rows={rows} midnight={midnight} next={nextMidnight(midnight)} />
}

const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

function Clock(): VNode {
  const locale = useLocale()
  const at = useNow()
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at)
  return <span class="wall-clock number">{time}</span>
}

interface QueueTileProps {
  readonly queue: LiveQueue
  readonly live: LiveWorld
  readonly settings: BoardSettings
  /** The day's figures, if the person may see them. */
  readonly children: ComponentChildren
}

function QueueTile({ queue, live, settings, children }: QueueTileProps): VNode {
  const { wallboard, board } = useMessages()
  const at = useNow()
  const agents = standings(queue, live)
  const longest = longestWait(queue, at)
  const mood = moodOf(queue, live, settings, at)
  const { tone, icon } = moods[mood]
  return (
    <article class={`tile tile-${tone}`} aria-label={queue.name} data-queue={queue.name}>
      <header>
        <h2>{queue.name}</h2>
        <Mark tone={tone} icon={icon}>
          {mood === 'many' ? board.tooMany : wallboard[mood]}
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
