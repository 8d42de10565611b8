import type { VNode } from 'preact'
import { change } from '../api/client.js'
import { readSession, type Session } from '../api/session.js'
import { useMessages } from '../language/language.js'
import { leavePhone } from '../phone/own-phone.js'

/** Who is logged in, and the button to log out. Shows nothing on a server without users. */
export function Account({ session }: { readonly session: Session }): VNode | null {
  const messages = useMessages()
  const { name, role } = session
  if (name === null || session.open) return null
  return (
    <div class="account">
      <span title={messages.session.who(name)}>
        {name}
        {role !== null && <small>{messages.session.roles[role]}</small>}
      </span>
      <button type="button" class="button quiet" onClick={() => void logOut()}>
        {messages.session.logOut}
      </button>
    </div>
  )
}

async function logOut(): Promise<void> {
  void leavePhone()
  await change('DELETE', '/api/session')
  await readSession()
}
