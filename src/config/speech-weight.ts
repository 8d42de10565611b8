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

/** The weight of one character. Letters of words that can't be pronounced are spelled, each as a word. */
export function weightAt(text: string, index: number): number {
  const character = text.charAt(index)
  const isCapitalOfWord = /\p{Lu}/u.test(character) && /\p{Ll}/u.test(text.charAt(index + 1))
  if (!isCapitalOfWord && !plain.test(character)) return asWord
  return consonant.test(character) && !hasVowelNear(text, index) ? asWord : 1
}

const plain = /[\p{Ll}\p{Lo}\s.,;:!?'"’“”«»()–—-]/u
const consonant = /[b-df-hj-np-tv-xz]/i
/** In letters. No pronounceable word has more consonants in a row on both sides of one. */
const near = 4

/** Whether one of the nearest letters of the same word is a vowel. */
const hasVowelNear = (text: string, index: number): boolean => hasVowelFrom(text, index, -1) || hasVowelFrom(text, index, 1)

function hasVowelFrom(text: string, index: number, step: 1 | -1): boolean {
  for (let distance = 1; distance <= near; distance += 1) {
    const letter = text.charAt(index + step * distance)
    if (/[aeiouy]/i.test(letter)) return true
    if (!consonant.test(letter)) return false
  }
  return false
}
