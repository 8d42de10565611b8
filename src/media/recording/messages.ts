import type { Codec } from '../sdp.js'
import type { RecordedPart, RecordingFault, RecordingFilter, RecordingPage, StoredRecording, Waveform } from '../port.js'

/** The channels of a recording: the caller is left, the partner right. */
export const channels = { caller: 0, partner: 1 } as const
export type Channel = (typeof channels)[keyof typeof channels]

/** G.711 has 8,000 samples a second in each channel, and each sample has one byte. */
export const samplesPerSecond = 8_000

/** What the media thread sends to the recording thread. */
export type TapeMessage =
  /** A part of a recording begins: at the join, at a resume, or with another partner. */
  | { readonly kind: 'part'; readonly part: RecordedPart }
  | TapeSound
  /** The part is over. `isLast`: the call has ended, and so has its recording. */
  | { readonly kind: 'over'; readonly call: string; readonly isLast: boolean }

export interface TapeSound {
  readonly kind: 'sound'
  readonly call: string
  /** The place of the first sample, counted from the start of the part. */
  readonly from: number
  /** Undefined: no sound came yet, so everything is silence. */
  readonly law: Codec | undefined
  /** Both channels, sample by sample: caller, partner, caller, … */
  readonly bytes: Uint8Array
}

/** The limits of the folder, which a reload may change. */
export interface RecordingRules {
  /** In bytes: the most that all recordings may take. */
  readonly quota: number
  /** In ms. Older recordings are deleted. */
  readonly keep: number
  /** What happens at the quota: nothing new is recorded, or the oldest recordings are deleted. */
  readonly whenFull: 'stop' | 'deleteOldest'
}

/** The first message to the recording thread. */
export interface RecorderSetup {
  /** An absolute path. */
  readonly folder: string
  /** The name of the channel between the media thread and the recording thread. */
  readonly channel: string
  /** See `Backlog`. */
  readonly backlog: SharedArrayBuffer
  readonly rules: RecordingRules
}

type Ask =
  | { readonly kind: 'find' | 'waveform' | 'remove'; readonly call: string }
  | { readonly kind: 'list'; readonly filter: RecordingFilter }

export type Question = Ask & { readonly id: number }

export type ToRecorder =
  RecorderSetup | { readonly kind: 'rules'; readonly rules: RecordingRules } | Question | { readonly kind: 'stop' }

export type FromRecorder =
  /** The answer to a question. Undefined: there is no such recording. `fault`: it can't be read. */
  | { readonly kind: 'answer'; readonly id: number; readonly value?: Answer; readonly fault?: string }
  /** Nothing more of this call is recorded, until somebody asks for it again. */
  | { readonly kind: 'failed'; readonly call: string; readonly fault: RecordingFault; readonly why: string }
  /** A recording is complete. */
  | { readonly kind: 'finished'; readonly call: string }
  /** Recordings were deleted by a rule. */
  | { readonly kind: 'expired'; readonly count: number; readonly because: 'keep' | 'quota' }
  | { readonly kind: 'state'; readonly state: FolderState }

export type Answer = StoredRecording | RecordingPage | Waveform | true

/** What the recording thread knows of its folder. */
export interface FolderState {
  /** Recordings that are being written. */
  readonly open: number
  /** All recordings, in bytes. */
  readonly bytes: number
  /** Free space of the disk, in bytes. Undefined: unknown. */
  readonly free?: number
  /** Why nothing can be recorded now. */
  readonly trouble?: { readonly fault: RecordingFault; readonly why: string }
}
