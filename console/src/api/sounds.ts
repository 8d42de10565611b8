import { problemOf, type Answered } from './answered.js'
import type { Recording } from './documents.js'

/** Requests whose body or answer is a sound. */

/** A sound file that the config names, as the server has it. */
export const getSound = (file: string): Promise<Answered<Blob>> =>
  ask(`/api/config/recordings/sound?${new URLSearchParams({ file }).toString()}`, {}, response => response.blob())

/** The words as callers would hear them. */
export const speak = (text: string, language: string): Promise<Answered<Blob>> =>
  ask(
    '/api/config/speech',
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text, language }) },
    response => response.blob(),
  )

interface RecordingPlace {
  readonly of: string
  readonly name: string
  readonly label: string
}

/** Sends a recording, which the server keeps until an edit names it. */
export const sendSound = ({ of, name, label }: RecordingPlace, wav: Uint8Array<ArrayBuffer>): Promise<Answered<Recording>> =>
  ask(
    `/api/config/recordings?${new URLSearchParams({ of, name, label }).toString()}`,
    { method: 'POST', headers: { 'content-type': 'audio/wav' }, body: wav },
    response => response.json() as Promise<Recording>,
  )

async function ask<Value>(
  path: string,
  options: RequestInit,
  read: (response: Response) => Promise<Value>,
): Promise<Answered<Value>> {
  try {
    const response = await fetch(path, options)
    if (response.ok) return { kind: 'ok', value: await read(response) }
    return problemOf(response.status, response.statusText, await response.text())
  } catch {
    return { kind: 'unreachable' } // fetch throws when no response arrives.
  }
}
