import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** Images and fonts of these types are compressed already. */
const isCompressed = /\.(png|ico|woff2|br|gz)$/

const copies = [
  { ending: '.br', compress: brotli },
  { ending: '.gz', compress: (bytes: Buffer) => gzipSync(bytes, { level: 9 }) },
] as const

/**
 * Writes compressed copies beside the built files (`index.js.br`, `index.js.gz`), where that makes them smaller: the server sends them
 * as they are, so that no request costs the time of a compression.
 */
export const compressed = (): Plugin => ({
  name: 'carillon-compressed',
  apply: 'build',
  writeBundle({ dir = '' }) {
    for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      const file = join(dir, name)
      if (isCompressed.test(name) || !statSync(file).isFile()) continue
      const bytes = readFileSync(file)
      for (const { ending, compress } of copies) {
        const smaller = compress(bytes)
        if (smaller.length < bytes.length) writeFileSync(`${file}${ending}`, smaller)
      }
    }
  },
})

function brotli(bytes: Buffer): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
}
