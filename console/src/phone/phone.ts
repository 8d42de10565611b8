import type { Store } from '../store.js'
import type { PhoneCall } from './phone-call.js'

/** A phone in the browser. Pages use this interface, not the SIP library behind it. */
export interface Phone {
  readonly owner: PhoneOwner
  readonly view: Store<PhoneView>
  /** Connects. An agent's phone also registers, a guest's does not. */
  start(): Promise<void>
  stop(): Promise<void>
  /** `name` is shown until the other side sends its own. `as`: the URI of the workflow on whose behalf the agent calls (RFC 3325 §9.2). */
  call(uri: string, name: string, as?: string): Promise<void>
  answer(id: string): Promise<void>
  /** Declines, cancels or hangs up, depending on the state of the call. */
  end(id: string): Promise<void>
  mute(id: string, on: boolean): void
  hold(id: string, on: boolean): Promise<void>
  key(id: string, key: string): void
  /** A blind transfer: REFER with the URI (RFC 3515). */
  transfer(id: string, uri: string): Promise<void>
  /** Removes the note that says how the last call ended. */
  forgetEnd(): void
}

/** An agent's phone takes calls. A guest's phone only makes them. */
export type PhoneOwner = { readonly agent: string } | { readonly guest: true }

export interface PhoneView {
  readonly status: PhoneStatus
  readonly calls: readonly PhoneCall[]
  /** Why the phone can't be used. */
  readonly failure?: PhoneFailure
  /** How the person's last call ended. Absent when the next call begins. */
  readonly ended?: CallEnd
}

export type PhoneStatus = 'off' | 'connecting' | 'ready' | 'lost'

export type PhoneFailure = 'noServer' | 'refused' | 'unreachable' | 'microphone'

/**
 * `hungUp`: this person hung up. `over`: the other side hung up. `lost`: the connection to the server broke off. `silent`: no sound passed
 * any more. `microphone`: the browser gave no access to a microphone. `failed`: the call could not be set up.
 */
export type CallEnd =
  | { readonly how: 'hungUp' | 'over' | 'lost' | 'silent' | 'microphone' | 'failed' }
  | { readonly how: 'rejected'; readonly status: number }
