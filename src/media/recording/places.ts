import { join } from 'node:path'

/** Call ids begin with the time of the call's arrival in ms, in base 36. */
const form = /^([0-9a-z]{6,10})-[0-9a-z]{1,12}$/
const dayLength = '2026-11-30'.length

/** Where the recording of a call is. */
export interface RecordingPlace {
  /** The folder of the day, by UTC. */
  readonly day: string
  readonly sound: string
  /** What is known about the recording, as JSON. */
  readonly note: string
}

/** Undefined: a call can't have this id. So no request can name another file. */
export function placeIn(folder: string, call: string): RecordingPlace | undefined {
  const [, time] = form.exec(call) ?? []
  if (time === undefined) return undefined
  const day = join(folder, new Date(parseInt(time, 36)).toISOString().slice(0, dayLength))
  return { day, sound: join(day, `${call}.wav`), note: join(day, `${call}.json`) }
}

export const isDay = (name: string): boolean => /^\d{4}-\d\d-\d\d$/.test(name)
