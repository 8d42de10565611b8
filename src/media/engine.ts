import { isIP } from 'node:net'
import type { MediaSettings, PromptSettings, SipSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { BuiltinMedia } from './builtin/builtin-media.js'
import { inspectPrompts } from './builtin/prompts-inspection.js'
import { PromptLibrary, type PromptProblem } from './builtin/prompts.js'
import type { SpeechSettings } from './builtin/speech.js'
import { NoMedia } from './none.js'
import type { Media, MediaStatistics } from './port.js'

export type { PromptProblem }

/** The media of the config with all that belongs to them. */
export interface MediaEngine {
  readonly media: Media
  /** Rejects when no port can be bound. */
  start(): Promise<void>
  /** Makes what this config says; what can't be made is told in the log, and calls go on without it. */
  prepare(prompts: readonly PromptSettings[]): Promise<void>
  /** Undefined: there are none. */
  statistics(): MediaStatistics | undefined
  stop(): Promise<void>
}

export interface MediaEngineOptions {
  readonly settings: MediaSettings
  readonly sip: SipSettings
  readonly clock: Clock
  readonly log: Log
  /** Bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array
}

export function openMedia(options: MediaEngineOptions): MediaEngine {
  return options.settings.engine === 'none' ? none : new Builtin(options)
}

/** The prompts in whose place callers would hear nothing, found without making a sound. */
export async function findSilences(settings: MediaSettings, clock: Clock): Promise<readonly PromptProblem[]> {
  if (settings.engine === 'none') return []
  return (await inspectPrompts(settings.prompts, speechOf(settings), clock)).filter(({ silent }) => silent)
}

const speechOf = ({ tts }: MediaSettings): SpeechSettings => (tts ? { command: tts.command } : {})

const none: MediaEngine = {
  media: new NoMedia(),
  start: () => Promise.resolve(),
  prepare: () => Promise.resolve(),
  statistics: () => undefined,
  stop: () => Promise.resolve(),
}

class Builtin implements MediaEngine {
  readonly media: BuiltinMedia
  readonly #prompts: PromptLibrary

  constructor(private readonly options: MediaEngineOptions) {
    const { settings, sip, clock, log, random } = options
    this.#prompts = new PromptLibrary({ cacheFolder: settings.cacheFolder, speech: speechOf(settings), clock })
    // Media go where SIP does: the host of the first listener, shown as SIP shows it where that is an address.
    const address = sip.listen[0]?.host ?? '0.0.0.0'
    const advertise = sip.advertise !== undefined && isIP(sip.advertise) > 0 ? { advertise: sip.advertise } : {}
    this.media = new BuiltinMedia({ address, ...advertise, ports: settings.ports, sounds: this.#prompts, clock, log, random })
  }

  start(): Promise<void> {
    return this.media.start()
  }

  async prepare(prompts: readonly PromptSettings[]): Promise<void> {
    for (const { where, what, silent } of await this.#prompts.prepare(prompts))
      this.options.log.warn(`${where}: ${what}${silent ? '; callers hear nothing in its place' : ''}`, { event: 'media.prompt' })
  }

  statistics(): MediaStatistics {
    return this.media.statistics()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#prompts.stop(), this.media.stop()])
  }
}
