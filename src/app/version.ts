import { readFileSync } from 'node:fs'

const file = new URL('../../package.json', import.meta.url)

/** Carillon's version, such as `0.2.0`, from package.json. */
export const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }
