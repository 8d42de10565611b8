import type { ButtonHTMLAttributes, VNode } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import type { Ladder } from '../../api/documents.js'
import { exactTime, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { Card, Empty } from '../../ui/parts.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'

type Message = Ladder['messages'][number]

/** The SIP messages of a call as a ladder diagram. It is read again when `again` changes. */
export function LadderCard({ callId, again }: { readonly callId: string; readonly again: unknown }): VNode {
  const { calls: words } = useMessages()
  const [asked, setAsked] = useState(0)
  const answer = useReading<Ladder>(`/api/calls/${encodeURIComponent(callId)}/ladder`, [again, asked].join())
  const readAgain = (
    <button type="button" class="button quiet" onClick={() => setAsked(asked + 1)}>
      {words.readAgain}
    </button>
  )
  return (
    <Card title={words.ladder} icon="transfer" aside={readAgain}>
      {answer?.kind === 'ok' ? (
        <>
          <Drawn ladder={answer.value} />
          {answer.value.messages.length > 0 && <SaveLinks callId={callId} />}
        </>
      ) : (
        <NotRead answer={answer} unknown={<Empty>{words.ladderGone}</Empty>} />
      )}
    </Card>
  )
}

function SaveLinks({ callId }: { readonly callId: string }): VNode {
  const { calls: words } = useMessages()
  const path = `/api/calls/${encodeURIComponent(callId)}/ladder?form=`
  return (
    <div class="buttons">
      <a class="button" href={`${path}pcap`} download>
        {words.ladderPcap}
      </a>
      <a class="button" href={`${path}text`} download>
        {words.ladderText}
      </a>
    </div>
  )
}

function Drawn({ ladder }: { readonly ladder: Ladder }): VNode {
  const { calls: words } = useMessages()
  const agents = useStore(world).agents
  const { captured, complete, peers, messages } = ladder
  if (!captured) return <Empty>{words.ladderOff}</Empty>
  if (messages.length === 0) return <Empty>{words.ladderGone}</Empty>
  const callers = peers.filter(({ side }) => side === 'caller').length
  const lanes = peers.map(({ uri, address }) => ({ name: agents.get(uri)?.name ?? userOf(uri), address }))
  lanes.splice(callers, 0, { name: 'Carillon', address: '' })
  return (
    <>
      <p class="hint">
        {!complete && `${words.ladderCut} `}
        {words.ladderHint}
      </p>
      <Rungs lanes={lanes} ours={callers} messages={messages} />
    </>
  )
}

interface RungsProps {
  readonly lanes: readonly Lane[]
  /** The index of Carillon's lane. */
  readonly ours: number
  readonly messages: readonly Message[]
}

interface Lane {
  readonly name: string
  readonly address: string
}

/** Shows the selected message beside the ladder on a wide page, and below its arrow on a narrow one. */
function Rungs({ lanes, ours, messages }: RungsProps): VNode {
  const id = useId()
  const isWide = useMedia('(min-width: 75rem)')
  const [chosen, setChosen] = useState(isWide ? 0 : -1)
  const wayOf = ({ peer, direction }: Message): Way => {
    const lane = peer < ours ? peer : peer + 1
    return direction === 'in' ? { from: lane, to: ours } : { from: ours, to: lane }
  }
  const text = (message: Message): VNode => {
    const { from, to } = wayOf(message)
    return <MessageText id={id} message={message} from={lanes[from]} to={lanes[to]} />
  }
  const beside = isWide ? messages[chosen] : undefined
  return (
    <div class={beside ? 'ladder-parts' : undefined}>
      <div class="ladder" style={{ '--lanes': lanes.length }}>
        <div class="ladder-row ladder-heads" aria-hidden="true">
          {lanes.map(({ name, address }, lane) => (
            <div key={lane} class="ladder-head" style={{ gridColumn: lane + 2 }}>
              <b>{name}</b>
              <small>{address}</small>
            </div>
          ))}
        </div>
        <ol onKeyDown={event => moveByKey(event, place => isWide && setChosen(place))}>
          {messages.map((message, place) => (
            <li key={place} class="ladder-row">
              <time dateTime={message.at}>{secondsBetween(messages[0], message)}</time>
              <Rung
                message={message}
                way={wayOf(message)}
                lanes={lanes}
                aria-expanded={chosen === place}
                aria-controls={chosen === place ? id : undefined}
                onClick={() => setChosen(chosen === place && !isWide ? -1 : place)}
              />
              {!isWide && chosen === place && text(message)}
            </li>
          ))}
        </ol>
      </div>
      {beside && text(beside)}
    </div>
  )
}

const secondsBetween = (first: Message | undefined, { at }: Message): string =>
  ((Date.parse(at) - Date.parse(first?.at ?? at)) / 1_000).toFixed(3)

/** The lanes of an arrow's start and end, as indices. */
interface Way {
  readonly from: number
  readonly to: number
}

interface RungProps extends Pick<ButtonHTMLAttributes, 'aria-expanded' | 'aria-controls' | 'onClick'> {
  readonly message: Message
  readonly way: Way
  readonly lanes: readonly Lane[]
}

/** The arrow of one message. */
function Rung({ message, way: { from, to }, lanes, ...button }: RungProps): VNode {
  const { calls: words } = useMessages()
  const [left, right] = [Math.min(from, to), Math.max(from, to)]
  const looks = [`rung-${from < to ? 'right' : 'left'}`, `rung-${toneOf(message)}`, ...(message.repeated ? ['rung-again'] : [])]
  return (
    <button
      type="button"
      class={`rung ${looks.join(' ')}`}
      style={{ gridColumn: `${left + 2} / ${right + 3}`, '--span': right - left + 1 }}
      {...button}
    >
      <span class="unseen">{words.fromTo(lanes[from]?.name ?? '', lanes[to]?.name ?? '')}: </span>
      <MessageWords message={message} />
    </button>
  )
}

interface MessageTextProps {
  readonly id: string
  readonly message: Message
  readonly from: Lane | undefined
  readonly to: Lane | undefined
}

function MessageText({ id, message, from, to }: MessageTextProps): VNode {
  const { calls: words } = useMessages()
  const locale = useLocale()
  const { at, transport, address, text } = message
  const between = words.fromTo(from?.name ?? '', to?.name ?? '')
  return (
    <div id={id} class="ladder-text" role="region" aria-label={between} tabIndex={0}>
      <p>
        {between} · {exactTime(at, locale)} · {transport.toUpperCase()} {address}
      </p>
      <pre>{text.trimEnd()}</pre>
    </div>
  )
}

/** `INVITE SDP`, `200 OK BYE`, `180 Ringing retransmission`. */
function MessageWords({ message }: { readonly message: Message }): VNode {
  const { calls: words } = useMessages()
  const { method, status, reasonPhrase, contentType, repeated } = message
  const about = [
    ...(status !== null && method !== 'INVITE' ? [method] : []),
    ...(contentType === null ? [] : [contentType === 'application/sdp' ? 'SDP' : contentType.replace(/^.*\//, '')]),
    ...(repeated ? [words.again] : []),
  ]
  return (
    <span class="rung-words">
      {status === null ? method : `${status} ${reasonPhrase ?? ''}`}
      {about.length > 0 && <small> {about.join(', ')}</small>}
    </span>
  )
}

function toneOf({ status }: Message): string {
  if (status === null) return 'request'
  if (status < 200) return 'quiet'
  return status < 300 ? 'good' : 'bad'
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }

/** The arrow keys move the focus between messages, as in other ladder tools. */
function moveByKey(event: KeyboardEvent & { readonly currentTarget: Element }, moved: (place: number) => void): void {
  const rungs = [...event.currentTarget.querySelectorAll<HTMLElement>('.rung')]
  const at = rungs.findIndex(rung => rung === document.activeElement)
  const place = at < 0 ? -1 : at + (steps[event.key] ?? 0)
  if (place === at || !rungs[place]) return
  event.preventDefault()
  rungs[place].focus()
  moved(place)
}

/** Whether a CSS media query matches now. */
function useMedia(query: string): boolean {
  const [fits, setFits] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const changed = (): void => setFits(media.matches)
    media.addEventListener('change', changed)
    return () => media.removeEventListener('change', changed)
  }, [query])
  return fits
}
