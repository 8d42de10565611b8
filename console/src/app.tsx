import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { CallBar } from './bar/call-bar.js'
import { RingingElsewhere } from './bar/ringing.js'
import { Shortcuts } from './bar/shortcut-help.js'
import { mustLogIn, seesOverview, session, sessionAway, type Session } from './api/session.js'
import { useLanguage, useMessages } from './language/language.js'
import { connection, follow } from './live/live.js'
import { CallsPage } from './pages/calls/calls.js'
import { DeskPage } from './pages/desk/desk.js'
import { GroupsPage } from './pages/groups/groups.js'
import { LoginPage } from './pages/login.js'
import { TryPage } from './pages/try/try.js'
import { WallboardPage } from './pages/wallboard/wallboard.js'
import { leavePhonesAfterCalls } from './phone/own-phone.js'
import { place, type Place } from './router.js'
import { useStore } from './store.js'
import { later } from './ui/later.js'
import { Icon, type IconName } from './ui/icon.js'
import { DisplaySettings } from './ui/display.js'
import { Account } from './ui/account.js'
import { QuestionDialog } from './ui/question.js'
import type { Messages } from './language/en.js'

const CallPage = later(async () => (await import('./pages/calls/call.js')).CallPage)

const pages = [
  { key: 'desk', path: '/desk', icon: 'desk' },
  { key: 'wallboard', path: '/wallboard', icon: 'board' },
  { key: 'calls', path: '/calls', icon: 'calls' },
  { key: 'groups', path: '/groups', icon: 'groups' },
  { key: 'try', path: '/try', icon: 'try' },
] as const satisfies readonly { readonly key: keyof Messages['pages']; readonly path: string; readonly icon: IconName }[]

type PageKey = (typeof pages)[number]['key']

/** The frame around each page: navigation, display settings and account. */
export function App(): VNode {
  const messages = useMessages()
  const language = useLanguage()
  const who = useStore(session)
  const at = useStore(place)
  const away = useStore(sessionAway)
  const key = keyOf(at, who)
  const closed = who === undefined || mustLogIn(who)
  const title = `${key === undefined ? '' : `${messages.pages[key]} · `}Carillon`
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const person = closed ? undefined : [who.name, who.role, who.agent, ...who.workflows].join()
  // If the person or their rights change, everything is read again, because the server may show more or less.
  useEffect(() => (person === undefined ? undefined : follow()), [person])
  useEffect(() => (closed ? leavePhonesAfterCalls() : undefined), [closed])
  if (who === undefined)
    return (
      <div class="frame">
        <header class="bar">
          <Brand />
        </header>
        <main id="main" aria-busy="true" aria-label={messages.loading}>
          {away && <p role="status">{messages.failed.trying}</p>}
        </main>
      </div>
    )
  if (closed)
    return (
      <>
        <RingingElsewhere title={title} />
        <CallBar page={undefined} />
        <LoginPage session={who} />
        <QuestionDialog />
      </>
    )
  return (
    <div class="frame">
      <a class="skip" href="#main">
        {messages.skip}
      </a>
      <header class="bar">
        <Brand />
        <Navigation current={key} who={who} />
        <div class="bar-end">
          <Shortcuts />
          <DisplaySettings />
          <Account session={who} />
        </div>
      </header>
      <RingingElsewhere title={title} />
      <CallBar page={key} />
      <Lost />
      {who.open && <p class="banner">{messages.session.open}</p>}
      <main id="main" tabIndex={-1}>
        <Page at={at} page={key} />
      </main>
      <QuestionDialog />
    </div>
  )
}

const Brand = (): VNode => (
  <a class="brand" href="/">
    <Icon name="bell" />
    Carillon
  </a>
)

function Navigation({ current, who }: { readonly current: PageKey | undefined; readonly who: Session }): VNode {
  const messages = useMessages()
  return (
    <nav aria-label={messages.navigation}>
      {pagesFor(who).map(({ key, path, icon }) => (
        <a key={key} href={path} aria-current={key === current ? 'page' : undefined}>
          <Icon name={icon} />
          <span>{messages.pages[key]}</span>
        </a>
      ))}
    </nav>
  )
}

function Lost(): VNode {
  const messages = useMessages()
  const state = useStore(connection)
  return (
    <div role="status">
      {state === 'lost' && (
        <p class="banner banner-bad">
          <Icon name="alert" />
          {messages.connection.lost}
        </p>
      )}
    </div>
  )
}

function Page({ at, page }: { readonly at: Place; readonly page: PageKey | undefined }): VNode {
  const messages = useMessages()
  const [, below] = at.parts
  switch (page) {
    case 'desk':
      return <DeskPage />
    case 'wallboard':
      return <WallboardPage at={at} />
    case 'calls':
      return below === undefined ? <CallsPage at={at} /> : <CallPage callId={below} />
    case 'groups':
      return <GroupsPage at={at} />
    case 'try':
      return <TryPage />
    case undefined:
      return <h1>{at.parts[0] === 'try' && at.parts.length === 1 ? messages.notForRole : messages.notFound}</h1>
  }
}

/** The first page. Only agents have a desk, but while no user is configured, everybody may choose to be an agent. */
const home = (who: Session | undefined): PageKey => (who && !who.open && who.agent === null ? 'wallboard' : 'desk')

/** The pages for a person. Agents don't get the page `try`, because its list of numbers comes from the config, which they may not read. */
const pagesFor = (who: Session | undefined) => pages.filter(({ key }) => key !== 'try' || seesOverview(who))

function keyOf({ parts }: Place, who: Session | undefined): PageKey | undefined {
  const [first = home(who), ...below] = parts
  // Only the page `calls` has pages below it, one for each call.
  if (below.length > (first === 'calls' ? 1 : 0)) return undefined
  return pagesFor(who).find(({ key }) => key === (first === 'login' ? home(who) : first))?.key
}
