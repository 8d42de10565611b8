import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { getSound, sendSound, speak } from '../../api/sounds.js'
import { useMessages } from '../../language/language.js'
import { useAction } from '../../ui/action.js'
import { Icon } from '../../ui/icon.js'
import { Refusal } from '../../ui/parts.js'
import { decode, play, record, type Recorder } from './audio.js'
import { TextLine } from './controls.js'
import { blockOf, textOf } from './draft.js'
import { useEditedPlace } from './place.js'
import { evened, levelsOf, loudnessOf, wavOf, type Levels } from './sound.js'
import { useSetupTexts } from './words.js'

interface MessageProps {
  readonly name: string
  readonly hint?: string
  readonly value: unknown
  readonly change: (value: unknown) => void
}

/** A field for a prompt: words to speak, and a sound file. The person hears both before anything is saved. */
export function Message({ name, hint, value, change }: MessageProps): VNode {
  const setup = useSetupTexts()
  const { file, say } = blockOf(value)
  const write = (next: { readonly say?: unknown; readonly file?: unknown }): void => {
    const { say: words = say, file: sound = file } = next
    const whole = { ...(textOf(words) !== '' && { say: words }), ...(textOf(sound) !== '' && { file: sound }) }
    change(Object.keys(whole).length === 0 ? undefined : whole)
  }
  const shown = file === undefined ? hint : setup.soundFile(textOf(file))
  return (
    <div class="form-message">
      <TextLine
        name={name}
        isLong
        value={say}
        change={text => write({ say: text })}
        {...(shown !== undefined && { hint: shown })}
      />
      <SoundTools name={name} words={textOf(say)} file={textOf(file)} take={path => write({ file: path })} />
    </div>
  )
}

interface SoundToolsProps {
  /** The name of the message, for screen readers. */
  readonly name: string
  readonly words: string
  readonly file: string
  readonly take: (file: string) => void
}

/** Buttons that play the words or the file, record, upload, and remove the file. */
function SoundTools({ name, words, file, take }: SoundToolsProps): VNode {
  const setup = useSetupTexts()
  const sounds = useSounds(name, take)
  const { busy, recorder } = sounds
  const isOff = busy || recorder !== undefined
  return (
    <>
      <div class="buttons form-sounds">
        <PlayButtons name={name} words={words} file={file} sounds={sounds} isOff={isOff} />
        <button
          type="button"
          class={recorder ? 'button danger' : 'button'}
          disabled={busy}
          aria-label={recorder ? setup.stopRecordingOf(name) : setup.recordOf(name)}
          onClick={sounds.recordOrStop}
        >
          {recorder ? setup.stopRecording : setup.record}
        </button>
        <label class="button form-upload" title={setup.uploadHint}>
          {setup.upload}
          <input
            type="file"
            accept="audio/*,video/*"
            aria-label={setup.uploadOf(name)}
            disabled={isOff}
            onChange={({ currentTarget }) => {
              sounds.upload(currentTarget.files?.[0])
              currentTarget.value = ''
            }}
          />
        </label>
        {file !== '' && (
          <button type="button" class="button" disabled={isOff} aria-label={setup.removeSoundOf(name)} onClick={() => take('')}>
            {setup.removeSound}
          </button>
        )}
      </div>
      {recorder && <meter class="form-meter" min={0} max={1} value={sounds.level} aria-label={setup.microphone} />}
      <Heard levels={sounds.levels} busy={busy} />
      <Refusal words={sounds.refused} />
    </>
  )
}

interface PlayButtonsProps extends Omit<SoundToolsProps, 'take'> {
  readonly sounds: Sounds
  readonly isOff: boolean
}

function PlayButtons({ name, words, file, sounds, isOff }: PlayButtonsProps): VNode {
  const setup = useSetupTexts()
  if (sounds.isPlaying)
    return (
      <button type="button" class="button" onClick={sounds.stop}>
        <Icon name="cross" />
        {setup.stopSound}
      </button>
    )
  return (
    <>
      <button
        type="button"
        class="button"
        disabled={isOff || words.trim() === ''}
        aria-label={setup.hearWordsOf(name)}
        onClick={() => sounds.hearWords(words)}
      >
        {setup.hearWords}
      </button>
      {file !== '' && (
        <button
          type="button"
          class="button"
          disabled={isOff}
          aria-label={setup.hearFileOf(name)}
          onClick={() => sounds.hearFile(file)}
        >
          {setup.hearFile}
        </button>
      )}
    </>
  )
}

/** How loud the last sound was. */
function Heard({ levels, busy }: { readonly levels: Levels | undefined; readonly busy: boolean }): VNode {
  const setup = useSetupTexts()
  return (
    <div role="status" class="form-levels">
      {busy && <span class="hint">{setup.soundBusy}</span>}
      {levels && (
        <>
          <meter min={-60} max={0} low={-32} high={-6} optimum={-20} value={levels.average} aria-label={setup.level} />
          <span class="hint">
            {setup.loudness[loudnessOf(levels)]} {setup.levels(Math.round(levels.average), Math.round(levels.peak))}
          </span>
        </>
      )}
    </div>
  )
}

interface Sounds {
  readonly busy: boolean
  readonly isPlaying: boolean
  readonly recorder: Recorder | undefined
  /** How loud the microphone is, from 0 to 1. */
  readonly level: number
  readonly levels: Levels | undefined
  readonly refused: string | undefined
  readonly hearWords: (words: string) => void
  readonly hearFile: (file: string) => void
  readonly recordOrStop: () => void
  readonly upload: (file: File | undefined) => void
  readonly stop: () => void
}

function useSounds(label: string, take: (file: string) => void): Sounds {
  const setup = useSetupTexts()
  const { failed } = useMessages()
  const { of, name, language } = useEditedPlace()
  const { busy, run } = useAction()
  const [refused, setRefused] = useState<string>()
  const [levels, setLevels] = useState<Levels>()
  const [recorder, setRecorder] = useState<Recorder>()
  const [level, setLevel] = useState(0)
  const { hear, stop, isPlaying } = usePlaying(setLevels, recorder)
  const start = (work: () => Promise<string | undefined>): void => {
    setRefused(undefined)
    setLevels(undefined)
    run(async () => setRefused(await work()))
  }
  const hearAnswer = async (answer: Awaited<ReturnType<typeof getSound>>): Promise<string | undefined> => {
    if (answer.kind !== 'ok') return answer.kind === 'problem' ? failed.refused(answer.detail) : failed.unreachable
    const sound = await decode(answer.value)
    if (sound.kind !== 'sound') return setup.cantDecode[sound.kind]
    hear(sound.samples)
    return undefined
  }
  const send = async (file: Blob): Promise<string | undefined> => {
    const sound = await decode(file)
    if (sound.kind !== 'sound') return setup.cantDecode[sound.kind]
    const samples = evened(sound.samples)
    if (loudnessOf(levelsOf(samples)) === 'silent') return setup.isSilent
    const answer = await sendSound({ of, name, label }, wavOf(samples))
    if (answer.kind !== 'ok') return answer.kind === 'problem' ? failed.refused(answer.detail) : failed.unreachable
    take(answer.value.file)
    hear(samples)
    return undefined
  }
  const begin = async (): Promise<string | undefined> => {
    try {
      const ended = (sound: Blob | undefined): void => {
        setRecorder(undefined)
        setLevel(0)
        if (sound) start(() => send(sound))
      }
      setRecorder(await record({ heard: setLevel, ended }))
      return undefined
    } catch {
      return setup.noMicrophone // The browser's own message is in the browser's language.
    }
  }
  return {
    ...{ busy, recorder, level, levels, refused, isPlaying, stop },
    hearWords: words => start(async () => hearAnswer(await speak(words, language))),
    hearFile: file => start(async () => hearAnswer(await getSound(file))),
    recordOrStop: () => (recorder ? recorder.stop() : start(begin)),
    upload: file => file && start(() => send(file)),
  }
}

interface Playing {
  readonly isPlaying: boolean
  readonly hear: (samples: Float32Array) => void
  readonly stop: () => void
}

/** Plays one sound. When the form closes, the sound ends, and a recording is discarded. */
function usePlaying(setLevels: (levels: Levels) => void, recorder: Recorder | undefined): Playing {
  const [stopSound, setStopSound] = useState<() => void>()
  const open = useRef<{ stop?: (() => void) | undefined; recorder?: Recorder | undefined }>({})
  open.current = { stop: stopSound, recorder }
  useEffect(
    () => () => {
      open.current.stop?.()
      open.current.recorder?.discard()
    },
    [],
  )
  const hear = (samples: Float32Array): void => {
    setLevels(levelsOf(samples))
    const stop = play(new Float32Array(samples), () => setStopSound(undefined))
    setStopSound(() => stop)
  }
  return { isPlaying: stopSound !== undefined, hear, stop: () => stopSound?.() }
}
