import type { PromptSettings } from '../../config/settings.js'
import type { PromptId } from '../../routing/world/ids.js'
import type { Made } from './prompts-maker.js'
import type { SpeechSettings } from './speech.js'

/** What the prompts' thread is given when it begins. */
export interface PromptWork {
  readonly cacheFolder: string
  readonly speech: SpeechSettings
  readonly prompts: readonly PromptSettings[]
}

/** What it tells; it ends with the last prompt. */
export type PromptNews =
  /** Once for each prompt; of one that a program is to speak, once more before with `isStandIn`. */
  | { readonly kind: 'made'; readonly id: PromptId; readonly made: Made }
  /** Once: all that needs no program is made. */
  | { readonly kind: 'atHand' }

/** The only thing that it is told: end, and with it the programs that speak. */
export const endWork = 'end'
