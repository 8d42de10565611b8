import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { PresenceState } from '../api/documents.js'
import { useMessages } from '../language/language.js'
import { Icon, type IconName } from './icon.js'

interface CardProps {
  readonly title: string
  readonly icon?: IconName
  /** Shown at the right end of the title. */
  readonly aside?: ComponentChildren
  readonly kind?: 'ringing' | 'talking' | 'plain'
  readonly children: ComponentChildren
}

/** A part of a page with a title. Screen readers can jump to it because it is a region. */
export function Card({ title, icon, aside, kind = 'plain', children }: CardProps): VNode {
  const id = useId()
  return (
    <section class={`card card-${kind}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>
          {icon && <Icon name={icon} />}
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  )
}

interface SwitchProps {
  readonly label: string
  readonly on: boolean
  /** The switch stands for several things, and only some of them are on. */
  readonly mixed?: boolean
  readonly disabled?: boolean
  readonly change: (on: boolean) => void
}

export function Switch({ label, on, mixed = false, disabled = false, change }: SwitchProps): VNode {
  return (
    <button
      type="button"
      class={mixed ? 'switch switch-mixed' : 'switch'}
      role="switch"
      aria-checked={on}
      aria-label={label}
      disabled={disabled}
      onClick={() => change(!on)}
    >
      <span class="switch-knob" aria-hidden="true" />
    </button>
  )
}

/** How a presence looks. Each has its own shape, so that colour is never the only difference. */
const presenceLooks: Readonly<Record<PresenceState, { readonly tone: string; readonly icon: IconName }>> = {
  available: { tone: 'good', icon: 'check' },
  inactive: { tone: 'good', icon: 'clock' },
  busy: { tone: 'talk', icon: 'phone' },
  beRightBack: { tone: 'ring', icon: 'clock' },
  away: { tone: 'ring', icon: 'clock' },
  offWork: { tone: 'quiet', icon: 'moon' },
  doNotDisturb: { tone: 'bad', icon: 'forbidden' },
  offline: { tone: 'quiet', icon: 'cross' },
}

export function PresenceMark({ state }: { readonly state: PresenceState }): VNode {
  const { presence } = useMessages()
  const { tone, icon } = presenceLooks[state]
  return (
    <span class={`mark mark-${tone}`}>
      <Icon name={icon} />
      {presence.states[state]}
    </span>
  )
}

export function Mark({
  tone,
  icon,
  children,
}: {
  readonly tone: string
  readonly icon: IconName
  readonly children: ComponentChildren
}): VNode {
  return (
    <span class={`mark mark-${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  )
}

/** A name above its value. */
export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }): VNode {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** The head of a table: text columns first, then columns of numbers, which are right-aligned. */
export function Heads({
  words,
  numbers = [],
}: {
  readonly words: readonly string[]
  readonly numbers?: readonly string[]
}): VNode {
  return (
    <thead>
      <tr>
        {words.map(word => (
          <th scope="col" key={word}>
            {word}
          </th>
        ))}
        {numbers.map(word => (
          <th scope="col" class="right" key={word}>
            {word}
          </th>
        ))}
      </tr>
    </thead>
  )
}

interface MenuItem {
  readonly key: string
  readonly text: ComponentChildren
  readonly chosen: boolean
  readonly choose: () => void
}

interface MenuProps {
  readonly label: string
  /** The content of the button. */
  readonly children: ComponentChildren
  readonly items: readonly MenuItem[]
  readonly disabled?: boolean
}

/** A button that opens a list of choices. The keys follow the ARIA pattern for menus: arrows move, Escape closes. */
export function Menu({ label, children, items, disabled = false }: MenuProps): VNode {
  const [open, setOpen] = useState(false)
  const whole = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return undefined
    whole.current?.querySelector<HTMLElement>('[aria-checked="true"], [role="menuitemradio"]')?.focus()
    const outside = (event: Event): void => {
      if (event.target instanceof Node && whole.current?.contains(event.target) !== true) setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])
  const close = (): void => {
    setOpen(false)
    whole.current?.querySelector('button')?.focus()
  }
  return (
    <div class="menu" ref={whole} onKeyDown={event => open && menuKey(event, close)}>
      <button
        type="button"
        class="button"
        disabled={disabled}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        onClick={() => setOpen(!open)}
      >
        {children}
        <Icon name="down" />
      </button>
      {open && (
        <div class="menu-list" role="menu" aria-label={label}>
          {items.map(({ key, text, chosen, choose }) => (
            <button
              type="button"
              key={key}
              role="menuitemradio"
              aria-checked={chosen}
              tabIndex={-1}
              onClick={() => {
                close()
                choose()
              }}
            >
              {text}
              {chosen && <Icon name="check" />}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }

function menuKey(event: KeyboardEvent & { readonly currentTarget: Element }, close: () => void): void {
  if (event.key === 'Escape' || event.key === 'Tab') return close()
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitemradio"]')]
  const at = items.findIndex(item => item === document.activeElement)
  const step = steps[event.key]
  const next = step === undefined ? edge(event.key, items) : items.at((at + step) % items.length)
  if (!next) return
  event.preventDefault()
  next.focus()
}

function edge(key: string, items: readonly HTMLElement[]): HTMLElement | undefined {
  if (key === 'Home') return items.at(0)
  return key === 'End' ? items.at(-1) : undefined
}

/** Why a change was refused. Screen readers read it once, and it stays visible until the next attempt. */
export function Refusal({ words }: { readonly words: string | undefined }): VNode {
  return (
    <div role="alert">
      {words !== undefined && (
        <p class="refusal">
          <Icon name="alert" />
          {words}
        </p>
      )}
    </div>
  )
}

export const Empty = ({ children }: { readonly children: ComponentChildren }): VNode => <p class="empty">{children}</p>
