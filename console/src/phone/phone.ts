import type { Store } from '../store.js'

/** A phone in the browser. Pages use this interface, not the SIP library behind it. */
export interface Phone {
  readonly view: Store<PhoneView>
  /** Connects. An agent's phone also registers, a guest's does not. */
  start(): Promise<void>
  stop(): Promise<void>
  call(uri: string): Promise<void>
  answer(id: string): Promise<void>
  /** Declines, cancels or hangs up, depending on the state of the call. */
  end(id: string): Promise<void>
  mute(id: string, on: boolean): void
  hold(id: string, on: boolean): Promise<void>
  key(id: string, key: string): void
  /** A blind transfer: REFER with the URI (RFC 3515). */
  transfer(id: string, uri: string): Promise<void>
}

export interface PhoneView {
  readonly status: PhoneStatus
  readonly calls: readonly PhoneCall[]
  /** Why the last action failed. */
  readonly failure?: PhoneFailure
}

export type PhoneStatus = 'off' | 'connecting' | 'ready' | 'lost'

export type PhoneFailure =
  | { readonly why: 'noServer' | 'refused' | 'unreachable' | 'microphone' | 'failed' }
  | { readonly why: 'rejected'; readonly status: number }

export interface PhoneCall {
  readonly id: string
  readonly direction: 'incoming' | 'outgoing'
  /** The display name that the other side sent, otherwise its number. */
  readonly peer: string
  /** The server's id of the call, if the INVITE had a Call-Info header with the call's page. */
  readonly callId?: string
  readonly state: 'ringing' | 'talking'
  /** When this state began, in milliseconds since the epoch. */
  readonly since: number
  readonly muted: boolean
  readonly onHold: boolean
  readonly transfer: 'none' | 'asked' | 'refused'
}

/** Whether the person takes part: they dialled the call or answered it. An incoming call that only rings does not count. */
export const inProgress = ({ direction, state }: PhoneCall): boolean => direction === 'outgoing' || state === 'talking'
