import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { agentPath, change, type Answered } from '../api/client.js'
import type { Messages } from '../language/en.js'
import { useMessages } from '../language/language.js'
import { world } from '../live/live.js'
import type { Phone, PhoneCall, TransferState } from '../phone/phone.js'
import { useStore } from '../store.js'
import { useChange } from '../ui/change.js'
import { Icon } from '../ui/icon.js'
import { PresenceMark, Refusal } from '../ui/parts.js'
import { transferRejectionOf } from './end-note.js'
import { matching, nameOf, targetOf, type TransferTarget } from './transfer-target.js'

interface TransferFormProps {
  readonly phone: Phone
  readonly call: PhoneCall
  /** The agent whose phone it is. */
  readonly agent: string
}

/** A longer list would push the rest of the page out of view. Typing shortens the list. */
const mostListed = 5

/** Where to transfer the call: to a colleague of the list, or to a number or address that is typed. */
export function TransferForm({ phone, call, agent }: TransferFormProps): VNode {
  const { phone: words } = useMessages()
  const live = useStore(world)
  const [typed, setTyped] = useState('')
  const field = useId()
  const colleagues = [...live.agents.values()].filter(({ uri }) => uri !== agent)
  const target = targetOf(typed, colleagues, agent)
  const found = matching(typed, colleagues).slice(0, mostListed)
  const isAsked = call.transfer.kind === 'asked'
  const send = (event: SubmitEvent): void => {
    event.preventDefault()
    if ('uri' in target) void phone.transfer(call.id, target.uri)
  }
  return (
    <form class="stack transfer" onSubmit={send}>
      <label for={field}>{words.transferTo}</label>
      <input
        id={field}
        autocomplete="off"
        placeholder={words.transferHint}
        value={typed}
        required
        disabled={isAsked}
        onInput={event => setTyped(event.currentTarget.value)}
      />
      <ul class="transfer-list" aria-label={words.colleagues}>
        {found.map(colleague => (
          <li key={colleague.uri}>
            <button
              type="button"
              class="button quiet"
              aria-pressed={'uri' in target && target.uri === colleague.uri}
              disabled={isAsked}
              onClick={() => setTyped(choiceOf(nameOf(colleague), colleague.uri, targetOf(nameOf(colleague), colleagues, agent)))}
            >
              {nameOf(colleague)}
              <PresenceMark state={colleague.presence.state} />
            </button>
          </li>
        ))}
      </ul>
      <p role="status">{statusOf(words, call.transfer, target)}</p>
      <Refusal
        words={call.transfer.kind === 'refused' ? words.transferFailed[transferRejectionOf(call.transfer.status)] : undefined}
      />
      {isAsked ? (
        <TakeBack call={call} agent={agent} done={() => setTyped('')} />
      ) : (
        <button type="submit" class="button strong" disabled={call.busy !== undefined || !('uri' in target)}>
          <Icon name="transfer" />
          {words.transferNow}
        </button>
      )}
    </form>
  )
}

function statusOf(words: Messages['phone'], { kind }: TransferState, target: TransferTarget): string | undefined {
  if (kind === 'asked') return words.transferring
  if (target.kind !== 'none') return words.transferTargets[target.kind]
  return kind === 'takenBack' ? words.transferTakenBack : undefined
}

/** The button that stops the transfer while its target rings. To the phone it looks like a failed transfer. */
function TakeBack({ call, agent, done }: Pick<TransferFormProps, 'call' | 'agent'> & { readonly done: () => void }): VNode {
  const { phone: words } = useMessages()
  const { asking, refused, ask } = useChange()
  const only = call.callId === undefined ? '' : `?callId=${encodeURIComponent(call.callId)}`
  const takeBack = async (): Promise<Answered<unknown>> => {
    const answer = await change('DELETE', `${agentPath(agent, 'transfer')}${only}`)
    if (answer.kind === 'ok') done()
    return answer
  }
  return (
    <>
      <Refusal words={refused} />
      <button type="button" class="button strong" disabled={asking} onClick={() => ask(takeBack)}>
        <Icon name="phone" />
        {words.takeBack}
      </button>
    </>
  )
}

/** The name, or the URI if others have the same name. */
const choiceOf = (name: string, uri: string, { kind }: TransferTarget): string => (kind === 'several' ? uri : name)
