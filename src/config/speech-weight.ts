/** In small letters: a character that becomes a word of its own, such as a digit, a single capital letter or a symbol. */
const asWord = 8

/** The weight of the longest text that a manager may set, or that anybody may hear before it is saved. */
export const longestSpeech = 2_500

/**
 * How long a text is for the built-in voice, in small letters. Some characters stand for many: `㎯` becomes "rad s2". So the text is weighed in
 * its plain form.
 */
export function speechWeight(text: string): number {
  const spoken = plainForm(text)
  let weight = 0
  for (let index = 0; index < spoken.length; index += 1) weight += weightAt(spoken, index)
  return weight
}

/** The text with the letters that its composed characters and symbols stand for (Unicode NFKD), without accents. */
export const plainForm = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '')

/** The weight of one character. A capital letter that begins a word is a letter of the word. */
export function weightAt(text: string, index: number): number {
  const isLetter =
    plain.test(text.charAt(index)) || (/\p{Lu}/u.test(text.charAt(index)) && /\p{Ll}/u.test(text.charAt(index + 1)))
  return isLetter ? 1 : asWord
}

const plain = /[\p{Ll}\p{Lo}\s.,;:!?'"’“”«»()–—-]/u
