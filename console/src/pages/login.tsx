import type { VNode } from 'preact'
import { useId } from 'preact/hooks'
import { post } from '../api/client.js'
import { closed, readSession, type Session } from '../api/session.js'
import { useMessages } from '../language/language.js'
import { useStore } from '../store.js'
import { DisplaySettings } from '../ui/display.js'
import { Icon } from '../ui/icon.js'
import { Refusal } from '../ui/parts.js'
import { useChange } from '../ui/change.js'

/** The page where a person logs in. */
export function LoginPage({ session }: { readonly session: Session }): VNode {
  const { session: words } = useMessages()
  const { password, oidc } = session.login
  const why = useStore(closed)
  return (
    <main id="main" class="alone">
      <div class="alone-card">
        <p class="brand">
          <Icon name="bell" />
          Carillon
        </p>
        <h1>{words.title}</h1>
        {why && <p role="status">{words.closed[why]}</p>}
        {password && <PasswordForm />}
        {oidc !== null && (
          <a class="button wide" href={oidc} target="_self">
            {words.byProvider}
          </a>
        )}
        {!password && oidc === null && <p>{words.noWay}</p>}
        <DisplaySettings />
      </div>
    </main>
  )
}

function PasswordForm(): VNode {
  const { session: words } = useMessages()
  const { asking, refused, ask } = useChange()
  const [name, secret] = [useId(), useId()]
  const logIn = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): void => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    ask(async () => {
      const answer = await post('/api/session', { name: fields.get('name'), password: fields.get('password') })
      if (answer.kind === 'ok') await readSession()
      return answer
    })
  }
  return (
    <form class="stack" onSubmit={logIn}>
      <label for={name}>{words.user}</label>
      <input id={name} name="name" autocomplete="username" required autofocus />
      <label for={secret}>{words.password}</label>
      <input id={secret} name="password" type="password" autocomplete="current-password" required />
      <Refusal words={refused} />
      <button type="submit" class="button strong wide" disabled={asking}>
        {words.logIn}
      </button>
    </form>
  )
}
