import { useEffect, useState } from 'preact/hooks'
import type { Agent } from '../api/documents.js'
import { callerLabel } from '../format.js'
import type { Messages } from '../language/en.js'
import { useMessages } from '../language/language.js'
import { world } from '../live/live.js'
import { ringingAt, type LiveWorld } from '../live/world.js'
import { phonesInUse } from '../phone/leaving.js'
import type { PhoneCall } from '../phone/phone-call.js'
import { Kept, useStore } from '../store.js'
import { chosenAgent, deskAgent } from './desk-agent.js'
import { RingNotes, type Ringing } from './ring-notes.js'

/** Whether the person wants a notification of the system when a call rings. */
export const notify = new Kept<'on' | 'off'>('carillon.notify', 'off', text => (text === 'on' ? 'on' : 'off'))

/** Whether the browser has notifications. Old browsers have none, and neither have pages from another machine without TLS. */
export const canNotify = (): boolean => 'Notification' in globalThis

/** Shows ringing calls in the title of the tab, and in a notification while the person looks at something else. */
export function RingingElsewhere({ title }: { readonly title: string }): null {
  const { desk } = useMessages()
  const live = useStore(world)
  const phones = useStore(phonesInUse)
  useStore(chosenAgent)
  const ringing = ringingNow(live.agents.get(deskAgent()), live, [...phones.values()].flat(), desk.anonymousCaller)
  const [first] = ringing
  const shown = first ? `${words(desk, first)} · Carillon` : title
  useEffect(() => {
    document.title = shown
  }, [shown])
  const [notes] = useState(() => new RingNotes(call => noteOf(words(desk, call), call.key)))
  const keys = ringing.map(({ key }) => key).join(' ')
  useEffect(() => notes.now(ringing), [notes, keys])
  return null
}

const words = (desk: Messages['desk'], { caller, workflow }: Ringing): string =>
  workflow === undefined ? `${desk.incoming}: ${caller}` : desk.announce(caller, workflow)

/** Calls that ring at the agent, on any phone, and those that ring in this browser. */
function ringingNow(agent: Agent | undefined, live: LiveWorld, calls: readonly PhoneCall[], anonymous: string): Ringing[] {
  const offered = agent ? ringingAt(agent, live).map(({ call }) => call) : []
  const here = calls.filter(
    ({ direction, state, callId }) =>
      direction === 'incoming' && state === 'ringing' && !offered.some(call => call.callId === callId),
  )
  return [
    ...offered.map(({ callId, caller, callerName, workflow }) => ({
      key: callId,
      caller: callerLabel(caller, callerName) || anonymous,
      workflow,
    })),
    ...here.map(({ id, callId, peer }) => ({ key: callId ?? id, caller: peer || anonymous, workflow: undefined })),
  ]
}

function noteOf(title: string, tag: string): Notification | undefined {
  const looks = document.visibilityState === 'visible' && document.hasFocus()
  if (notify.state === 'off' || looks || !canNotify() || Notification.permission !== 'granted') return undefined
  // Several tabs with the same tag show only one notification.
  const note = new Notification(title, { tag, requireInteraction: true, icon: '/favicon.svg' })
  note.addEventListener('click', () => {
    window.focus()
    note.close()
  })
  return note
}
