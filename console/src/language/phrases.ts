/** A phrase, and what it is in another language: `$1` is what the server filled in, `{1}` is a phrase itself. */
export type Phrases = readonly (readonly [RegExp, string])[]

/** Puts the server's words into another language by the first phrase that they are; what no phrase is stays as it is. */
export function translator(phrases: Phrases): (words: string) => string {
  const translate = (words: string): string => {
    for (const [phrase, other] of phrases) {
      const parts = phrase.exec(words)
      if (parts)
        return other.replaceAll(/\$(\d)|\{(\d)\}/g, (_, filled?: string, inside?: string) =>
          filled === undefined ? translate(parts[Number(inside)] ?? '') : (parts[Number(filled)] ?? ''),
        )
    }
    return words
  }
  return translate
}
