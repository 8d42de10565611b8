import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Call } from '../../api/documents.js'
import { now } from '../../clock.js'
import { screenPopInEnglish, type ScreenPopMessages } from '../../language/en-screen-pop.js'
import { screenPopInFrench } from '../../language/fr-screen-pop.js'
import { useLanguage } from '../../language/language.js'
import type { Language } from '../../language/languages.js'
import { Kept, useStore } from '../../store.js'

const texts: Readonly<Record<Language, ScreenPopMessages>> = { en: screenPopInEnglish, fr: screenPopInFrench }

const moments = ['never', 'onRing', 'onAnswer'] as const
type Moment = (typeof moments)[number]

/** When the agent wants the page to open by itself. */
const wanted = new Kept<Moment>('carillon.screenPop', 'never', text => moments.find(each => each === text))
/** The last call whose page was opened, in all windows of this browser. */
const opened = 'carillon.screenPopped'
/** In ms. A page that is loaded again during a call opens nothing. */
const fresh = 15_000

interface ScreenPopProps {
  readonly call: Call
  /** From the config of the server, which takes only http and https. */
  readonly url: string
  readonly moment: Exclude<Moment, 'never'>
}

/** A link to a page about the caller, for example in a CRM, which the agent can have opened by itself. */
export function ScreenPop({ call, url, moment }: ScreenPopProps): VNode {
  const words = texts[useLanguage()]
  const when = useStore(wanted)
  const [isBlocked, setBlocked] = useState(false)
  const { callId, since } = call
  useEffect(() => {
    const isFresh = now() - Date.parse(since) < fresh
    if (when === moment && isFresh && isFirst(callId)) setBlocked(!openApart(url))
  }, [when, moment, callId])
  return (
    <div class="buttons">
      <a class="button" href={url} target="_blank" rel="noopener noreferrer">
        {words.link}
      </a>
      <label class="field">
        <span>{words.open}</span>
        <select value={when} onChange={event => wanted.keep(moments.find(each => each === event.currentTarget.value) ?? 'never')}>
          {moments.map(each => (
            <option key={each} value={each}>
              {words.moments[each]}
            </option>
          ))}
        </select>
      </label>
      <span role="status">{isBlocked ? words.blocked : ''}</span>
    </div>
  )
}

/** False: a window of this browser has opened the page of this call already. */
function isFirst(callId: string): boolean {
  try {
    if (localStorage.getItem(opened) === callId) return false
    localStorage.setItem(opened, callId)
  } catch {
    // The browser forbids storage, so each window opens the page.
  }
  return true
}

/** The new page can't reach this one. False: the browser blocked it. */
function openApart(url: string): boolean {
  const page = open('about:blank', '_blank')
  if (!page) return false
  page.opener = null
  page.location.replace(url)
  return true
}
