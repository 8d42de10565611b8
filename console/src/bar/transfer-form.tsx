import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { agentPath, change, type Answered } from '../api/client.js'
import type { Agent } from '../api/documents.js'
import type { Messages } from '../language/en.js'
import { useMessages } from '../language/language.js'
import { world } from '../live/live.js'
import type { Phone } from '../phone/phone.js'
import type { PhoneCall, TransferState } from '../phone/phone-call.js'
import { useStore } from '../store.js'
import { useChange } from '../ui/change.js'
import { Icon } from '../ui/icon.js'
import { PresenceMark, Refusal } from '../ui/parts.js'
import { transferRejectionOf } from './end-note.js'
import { matching, nameOf, targetOf, type TransferTarget } from './transfer-target.js'

interface TransferFormProps {
  readonly phone: Phone
  readonly call: PhoneCall
  /** The server's id of the call. Undefined: not known yet. */
  readonly callId: string | undefined
  /** The agent whose phone it is. */
  readonly agent: string
}

/** A longer list would push the rest of the page out of view. Typing shortens the list. */
const mostListed = 5

/** Where to transfer the call: to a colleague of the list, or to a number or address that is typed. */
export function TransferForm({ phone, call, callId, agent }: TransferFormProps): VNode {
  const { phone: words } = useMessages()
  const live = useStore(world)
  const [typed, setTyped] = useState('')
  const field = useId()
  const colleagues = [...live.agents.values()].filter(({ uri }) => uri !== agent)
  const target = targetOf(typed, colleagues, agent)
  const found = matching(typed, colleagues).slice(0, mostListed)
  const isAsked = call.transfer.kind === 'asked'
  const { asking, refused, ask } = useChange()
  const isReady = call.busy === undefined && !asking && 'uri' in target
  const callFirst = (): void => {
    if ('uri' in target) ask(() => change('POST', agentPath(agent, 'consultation'), { callId, to: target.uri }))
  }
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
      <Colleagues
        found={found}
        chosen={'uri' in target ? target.uri : undefined}
        disabled={isAsked}
        choose={each => setTyped(choiceOf(nameOf(each), each.uri, targetOf(nameOf(each), colleagues, agent)))}
      />
      <p role="status">{statusOf(words, call.transfer, target)}</p>
      <Refusal
        words={
          refused ??
          (call.transfer.kind === 'refused' ? words.transferFailed[transferRejectionOf(call.transfer.status)] : undefined)
        }
      />
      {isAsked ? (
        <TakeBack call={call} agent={agent} done={() => setTyped('')} />
      ) : (
        <Ways ready={isReady} callFirst={callId === undefined ? undefined : callFirst} />
      )}
    </form>
  )
}

interface ColleaguesProps {
  readonly found: readonly Agent[]
  /** The URI of the target that is typed now. */
  readonly chosen: string | undefined
  readonly disabled: boolean
  readonly choose: (colleague: Agent) => void
}

function Colleagues({ found, chosen, disabled, choose }: ColleaguesProps): VNode {
  const { phone: words } = useMessages()
  return (
    <ul class="transfer-list" aria-label={words.colleagues}>
      {found.map(colleague => (
        <li key={colleague.uri}>
          <button
            type="button"
            class="button quiet"
            aria-pressed={chosen === colleague.uri}
            disabled={disabled}
            onClick={() => choose(colleague)}
          >
            {nameOf(colleague)}
            <PresenceMark state={colleague.presence.state} />
          </button>
        </li>
      ))}
    </ul>
  )
}

/** The two ways to transfer: at once, or after a talk with the target. `callFirst` undefined: not possible. */
function Ways({ ready, callFirst }: { readonly ready: boolean; readonly callFirst: (() => void) | undefined }): VNode {
  const { phone: words } = useMessages()
  return (
    <div class="buttons">
      <button type="submit" class="button strong" disabled={!ready}>
        <Icon name="transfer" />
        {words.transferNow}
      </button>
      <button type="button" class="button" disabled={!ready || !callFirst} onClick={() => callFirst?.()}>
        <Icon name="phone" />
        {words.callFirst}
      </button>
    </div>
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
