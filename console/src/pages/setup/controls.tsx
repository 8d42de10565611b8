import type { ComponentChildren, VNode } from 'preact'
import { useId } from 'preact/hooks'
import { Icon } from '../../ui/icon.js'
import { actionKinds, actionWith, blockOf, kindOfAction, textOf, type Draft, type Fault } from './draft.js'
import { useSetupTexts } from './words.js'

/** The controls of the forms. Each shows its faults below it and reports them to screen readers. */

interface LineProps {
  readonly name: string
  readonly hint?: string
  readonly faults?: readonly Fault[]
  /** Renders the control with this id, and with the attributes that mark it as wrong. */
  readonly children: (id: string, marks: Marks) => ComponentChildren
}

interface Marks {
  readonly 'aria-invalid'?: 'true'
  readonly 'aria-describedby'?: string
}

export function Line({ name, hint, faults = [], children }: LineProps): VNode {
  const id = useId()
  const words = `${id}-words`
  const isDescribed = hint !== undefined || faults.length > 0
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {children(id, { ...(faults.length > 0 && { 'aria-invalid': 'true' }), ...(isDescribed && { 'aria-describedby': words }) })}
      {isDescribed && (
        <div id={words}>
          {hint !== undefined && <small class="hint">{hint}</small>}
          <Faults faults={faults} />
        </div>
      )}
    </div>
  )
}

function Faults({ faults }: { readonly faults: readonly Fault[] }): VNode {
  const setup = useSetupTexts()
  return (
    <>
      {faults.map(({ file, line, message }) => (
        <p class="refusal" key={`${file}:${line} ${message}`}>
          <Icon name="alert" />
          {setup.fault(message)}
        </p>
      ))}
    </>
  )
}

interface PartProps {
  readonly name: string
  readonly hint?: string
  readonly faults?: readonly Fault[]
  readonly children: ComponentChildren
}

/** Several controls under one name. */
export function Part({ name, hint, faults = [], children }: PartProps): VNode {
  return (
    <fieldset class="form-part">
      <legend>{name}</legend>
      {hint !== undefined && <small class="hint">{hint}</small>}
      {children}
      <Faults faults={faults} />
    </fieldset>
  )
}

interface TextProps {
  readonly name: string
  readonly hint?: string
  readonly value: unknown
  readonly faults?: readonly Fault[]
  readonly isLong?: boolean
  readonly placeholder?: string
  readonly change: (text: string) => void
}

export function TextLine({ name, hint, value, faults, isLong = false, placeholder, change }: TextProps): VNode {
  return (
    <Line name={name} {...(hint !== undefined && { hint })} {...(faults && { faults })}>
      {(id, marks) =>
        isLong ? (
          <textarea id={id} rows={3} value={textOf(value)} onInput={event => change(event.currentTarget.value)} {...marks} />
        ) : (
          <input
            id={id}
            value={textOf(value)}
            placeholder={placeholder ?? ''}
            onInput={event => change(event.currentTarget.value)}
            {...marks}
          />
        )
      }
    </Line>
  )
}

interface PickProps {
  readonly name: string
  readonly hint?: string
  readonly chosen: string
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly faults?: readonly Fault[]
  readonly change: (value: string) => void
}

export function Pick({ name, hint, chosen, options, faults, change }: PickProps): VNode {
  return (
    <Line name={name} {...(hint !== undefined && { hint })} {...(faults && { faults })}>
      {(id, marks) => (
        <select id={id} value={chosen} onChange={event => change(event.currentTarget.value)} {...marks}>
          {options.map(([value, text]) => (
            <option key={value} value={value} selected={value === chosen}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Line>
  )
}

interface CheckProps {
  readonly name: string
  readonly on: boolean
  readonly change: (on: boolean) => void
}

export function Check({ name, on, change }: CheckProps): VNode {
  const id = useId()
  return (
    <div class="form-check">
      <input type="checkbox" id={id} checked={on} onChange={event => change(event.currentTarget.checked)} />
      <label for={id}>{name}</label>
    </div>
  )
}

interface ActionProps {
  readonly name: string
  readonly value: unknown
  readonly queues: readonly string[]
  readonly change: (action: Draft) => void
}

/** A field for an action: the call is disconnected or goes to a target. */
export function Action({ name, value, queues, change }: ActionProps): VNode {
  const setup = useSetupTexts()
  const action = blockOf(value)
  const kind = kindOfAction(action)
  const target = textOf(action[kind])
  const choose = (chosen: string): void => {
    const next = actionKinds.find(each => each === chosen) ?? 'disconnect'
    change(actionWith(action, next, next === 'queue' ? (queues[0] ?? '') : ''))
  }
  return (
    <>
      <Pick name={name} chosen={kind} options={actionKinds.map(each => [each, setup.actions[each]])} change={choose} />
      {kind === 'queue' && (
        <Pick
          name={setup.queue}
          chosen={target}
          options={[...new Set([target, ...queues])].map(each => [each, each])}
          change={to => change(actionWith(action, kind, to))}
        />
      )}
      {kind !== 'queue' && kind !== 'disconnect' && (
        <TextLine
          name={setup.targets[kind]}
          value={target}
          placeholder={setup.examples[kind]}
          change={to => change(actionWith(action, kind, to))}
        />
      )}
    </>
  )
}
