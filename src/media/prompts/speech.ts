import { createRequire } from 'node:module'
import type { Clock } from '../../foundation/clock.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { formatDuration, seconds, type Millis } from '../../foundation/time.js'
import { programOf } from '../worker/helper.js'
import { speakFlite } from './speech-flite.js'
import { runProgram } from './speech-program.js'

/** Something that speaks a language. */
export interface Voice {
  /** Part of the key under which speech is stored. A voice that sounds different needs another name. */
  readonly name: string
  /** It gets a long text in parts of whole sentences, because it uses our own memory: 30 MB for a minute of speech. */
  readonly bySentence?: true
  /** A WAV, or a fault that follows "the words can't be spoken: ". An abort gives a fault. */
  speak(text: string, abort: AbortSignal): Promise<Result<Uint8Array>>
}

export interface SpeechSettings {
  /**
   * A program with its arguments: text on standard input, a WAV on standard output. `{language}` and `{voice}` (the first part of
   * the language) are filled in.
   */
  readonly command?: readonly string[]
  /** The program for languages that the built-in voice does not speak. Default `espeak-ng` from the PATH. */
  readonly espeak?: string
  /** The npm package that speaks languages for which there is no other program. Default `@echogarden/espeak-ng-emscripten`. */
  readonly espeakPackage?: string
  /** The program that converts WMA files. Default `ffmpeg` from the PATH. */
  readonly ffmpeg?: string
  /** A program that takes longer for one prompt is killed and not used again. Default 30 s. */
  readonly timeout?: Millis
  /** If programs take longer than this, the built-in voice speaks what it can until they are done. Default 3 s. */
  readonly patience?: Millis
}

const defaultTimeout = seconds(30)

/**
 * Selects the voice for a language: the program of the config, the built-in voice for English, or espeak-ng for all others. espeak-ng is a
 * program of the system if there is one, because it is faster, and else the npm package.
 */
export class Voices {
  readonly #timeout: Millis
  readonly #espeak: string
  /** Programs that exceeded the timeout. Each would hold up all later prompts. */
  readonly #hanging = new Set<string>()
  #languages: Promise<readonly string[]> | undefined
  #packaged: Promise<readonly string[]> | undefined

  constructor(
    private readonly settings: SpeechSettings,
    private readonly clock: Clock,
  ) {
    this.#timeout = settings.timeout ?? defaultTimeout
    this.#espeak = settings.espeak ?? 'espeak-ng'
  }

  /** The voice for a BCP 47 tag. A fault says what to do. */
  async find(language: string): Promise<Result<Voice>> {
    const own = this.configured(language) ?? this.builtin(language)
    if (own) return ok(own)
    const spoken = nearest(language, await this.#spokenByEspeak())
    if (spoken !== undefined) return ok(this.#program([this.#espeak, '--stdin', '--stdout', '-v', spoken]))
    const packaged = nearest(language, await this.#spokenByPackage())
    if (packaged !== undefined)
      return ok({ ...this.#program([...packageProgram(), packaged]), name: `espeak-ng package ${packaged}` })
    return fault(`no voice for ${language}: install espeak-ng or set media.tts.command`)
  }

  /** The voice that needs no program, if it speaks this language. */
  builtin(language: string): Voice | undefined {
    return primary(language) === 'en' ? builtin : undefined
  }

  /** The program of the config, for any language. */
  configured(language: string): Voice | undefined {
    return this.settings.command && this.#program(filled(this.settings.command, language))
  }

  #program(command: readonly string[]): Voice {
    return {
      name: JSON.stringify(command),
      speak: async (text, abort) => {
        const made = await this.#run(command, text, abort)
        return made.ok ? made : fault(`'${command[0] ?? ''}' ${made.fault}`)
      },
    }
  }

  async #run(command: readonly string[], text: string, abort: AbortSignal): Promise<Result<Buffer>> {
    const [program = ''] = command
    if (this.#hanging.has(program))
      return fault(`is not asked again: it took longer than ${formatDuration(this.#timeout)} before`)
    const timedOut = (): void => void this.#hanging.add(program)
    return runProgram(command, text, { clock: this.clock, timeout: this.#timeout, abort, timedOut })
  }

  /** The languages that espeak-ng speaks. It is started once. Empty if the program does not exist. */
  #spokenByEspeak(): Promise<readonly string[]> {
    this.#languages ??= this.#askEspeak()
    return this.#languages
  }

  /** The languages that the package speaks. Empty if it is not installed, because it is optional. */
  #spokenByPackage(): Promise<readonly string[]> {
    this.#packaged ??= this.#askPackage()
    return this.#packaged
  }

  async #askPackage(): Promise<readonly string[]> {
    if (!isInstalled(this.settings.espeakPackage ?? '@echogarden/espeak-ng-emscripten')) return []
    const list = await this.#run([...packageProgram(), '--voices'], '', new AbortController().signal)
    return list.ok ? list.value.toString().split('\n') : []
  }

  async #askEspeak(): Promise<readonly string[]> {
    const list = await this.#run([this.#espeak, '--voices'], '', new AbortController().signal)
    // One line per voice: its priority, its language, more, and in brackets the other names of the language.
    const names = list.ok ? list.value.toString().matchAll(/^[ \t]*\d+[ \t]+(\S+)|\(([^\s(]+) \d+\)/gm) : []
    return [...names].map(([, language, other]) => language ?? other ?? '')
  }
}

const packageProgram = (): readonly string[] => programOf(new URL('./espeak-program', import.meta.url))

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false // npm leaves out optional packages with --omit=optional.
  }
}

const builtin: Voice = { name: 'flite slt', bySentence: true, speak: speakFlite }

/** The language itself, or the best one that differs only in its region. */
function nearest(language: string, spoken: readonly string[]): string | undefined {
  const wanted = language.toLowerCase()
  const first = primary(language)
  const near = spoken.filter(other => primary(other) === first)
  return near.find(other => other.toLowerCase() === wanted) ?? near.find(other => isPlain(other, first)) ?? near[0]
}

/** Whether it is a form such as `de` or `fr-fr`, the usual choice for a language without a region. */
const isPlain = (language: string, first: string): boolean => [first, `${first}-${first}`].includes(language.toLowerCase())

const primary = (language: string): string => (language.split('-', 1)[0] ?? '').toLowerCase()

function filled(command: readonly string[], language: string): readonly string[] {
  return command.map(word => word.replaceAll('{language}', language).replaceAll('{voice}', primary(language)))
}
