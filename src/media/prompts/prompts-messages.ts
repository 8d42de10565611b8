import type { PromptSettings } from '../../config/settings.js'
import type { PromptId } from '../../routing/world/ids.js'
import type { Made } from './prompts-maker.js'
import type { SpeechSettings } from './speech.js'

/** The input of the prompts' thread. */
export interface PromptWork {
  readonly cacheFolder: string
  readonly speech: SpeechSettings
  readonly prompts: readonly PromptSettings[]
}

/** What the thread reports. It ends after the last prompt. */
export type PromptNews =
  /** Sent once for each prompt. If its program is slow, it may also be sent once before, with `isStandIn`. */
  | { readonly kind: 'made'; readonly id: PromptId; readonly made: Made }
  /** Sent once: everything that needs no program is made. */
  | { readonly kind: 'atHand' }

/** The only message to the thread. The thread then ends, together with the programs that speak. */
export const endWork = 'end'
