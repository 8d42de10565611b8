import load from '@echogarden/espeak-ng-emscripten'
import { text as readText } from 'node:stream/consumers'

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
  process.stdout.write(Buffer.concat([headOf(sound.length, speaker.samplerate), sound]))
}

/** The head of a WAV file: one channel, 16 bits. */
function headOf(bytes: number, rate: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(bytes + 36, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(bytes, 40)
  return head
}
