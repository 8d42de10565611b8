import load from '@echogarden/espeak-ng-emscripten'
import { text as readText } from 'node:stream/consumers'
import { wavOfPcm } from '../../config/wav-head.js'

/**
 * A program of its own: it speaks standard input in the language of its argument, and writes a WAV to standard output. With `--voices` it
 * prints the languages that it speaks. It is a separate process because the licence of its package is the GPL (docs/decisions/120), and
 * because the package ends a process that speaks several texts: at the fourth text, without a message.
 */
const [argument = ''] = process.argv.slice(2)
const speaker = new (await load()).eSpeakNGWorker()
if (argument === '--voices') {
  const names = speaker.list_voices().flatMap(({ languages }) => languages.map(({ name }) => name))
  process.stdout.write(names.join('\n'))
} else {
  const parts: Int16Array[] = []
  speaker.set_voice(argument)
  speaker.synthesize(await readText(process.stdin), samples => {
    if (samples) parts.push(samples)
    return false
  })
  const sound = Buffer.concat(parts.map(part => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)))
  process.stdout.write(wavOfPcm(sound, speaker.samplerate))
}
