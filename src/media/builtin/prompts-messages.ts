import type { PromptSettings } from '../../config/settings.js'
import type { PromptId } from '../../routing/ids.js'
import type { Made } from './prompts-maker.js'
import type { SpeechSettings } from './speech.js'

/** What the prompts' thread is given when it begins. */
export interface PromptWork {
  readonly cacheFolder: string
  readonly speech: SpeechSettings
  readonly prompts: readonly PromptSettings[]
}

/** What it tells, once for each prompt; it ends with the last. */
export interface PromptDone {
  readonly id: PromptId
  readonly made: Made
}

/** The only thing that it is told: end, and with it the programs that speak. */
export const endWork = 'end'
