import { isUtf8 } from 'node:buffer'

/**
 * Replaces each run of escapes such as `%C3%A9` by its text, after `changed` was applied to it. A run that is not UTF-8 stays. Throws no
 * exceptions inside: each would take 10 µs, and a text from outside may have thousands of such runs.
 */
export const unescapedRuns = (text: string, changed: (run: string) => string = run => run): string =>
  text.includes('%')
    ? text.replace(/(?:%[0-9a-f]{2})+/gi, escapes => {
        const bytes = Buffer.from(escapes.replaceAll('%', ''), 'hex')
        return isUtf8(bytes) ? changed(bytes.toString()) : escapes
      })
    : text
