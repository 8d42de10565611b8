import { styleText } from 'node:util'

/** What a part of the output means to its reader. */
export type Tone = 'head' | 'good' | 'fair' | 'bad' | 'faint'

/** Adds the colour of a tone to a text. */
export type Paint = (tone: Tone, text: string) => string

const styles = { head: 'bold', good: 'green', fair: 'yellow', bad: 'red', faint: 'dim' } as const

export const colours: Paint = (tone, text) => styleText(styles[tone], text, { validateStream: false })
export const noColours: Paint = (_tone, text) => text

/** Whether this is a terminal with colours. Node reads the environment variables NO_COLOR, FORCE_COLOR and TERM. */
export const hasColours = (screen: NodeJS.WriteStream): boolean => screen.isTTY && screen.hasColors()

/** The words of the API that a table shows in a colour. Other words have none. */
const tones: Readonly<Record<string, Tone>> = {
  ...{ available: 'good', inactive: 'fair', away: 'fair', busy: 'bad', doNotDisturb: 'bad', offline: 'faint' },
  ...{ talking: 'good', ringing: 'fair', wrappingUp: 'fair' },
  ...{ connected: 'good', answered: 'good', waiting: 'fair', abandoned: 'bad', failed: 'bad' },
}
export const toneOf = (word: string): Tone | undefined => (Object.hasOwn(tones, word) ? tones[word] : undefined)
