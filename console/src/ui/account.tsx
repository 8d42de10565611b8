import type { VNode } from 'preact'
import { change } from '../api/client.js'
import { readSession, type Session } from '../api/session.js'
import { useMessages } from '../language/language.js'
import { mayEndCalls } from './ending.js'
import type { Messages } from '../language/en.js'
import { leavePhones } from '../phone/own-phone.js'
import { useAction } from './action.js'

/** Who is logged in, and the button to log out. Shows nothing on a server without users. */
export function Account({ session }: { readonly session: Session }): VNode | null {
  const messages = useMessages()
  const { busy, run } = useAction()
  const { name, role } = session
  if (name === null || session.open) return null
  return (
    <div class="account">
      <span title={messages.session.who(name)}>
        {name}
        {role !== null && <small>{messages.session.roles[role]}</small>}
      </span>
      <button type="button" class="button quiet" disabled={busy} onClick={() => run(() => logOut(messages))}>
        {messages.session.logOut}
      </button>
    </div>
  )
}

async function logOut(messages: Messages): Promise<void> {
  if (!(await mayEndCalls(messages))) return
  await leavePhones()
  await change('DELETE', '/api/session')
  await readSession(true)
}
