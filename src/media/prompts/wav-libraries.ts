import * as g711 from 'alawmulaw'
import * as riff from 'wavefile'

/** Both libraries are CommonJS and call themselves ES modules: Node gives the whole as the default, other loaders take their word. */
type Imported<Library> = Library & { readonly default?: Library }
const laws: Imported<Pick<typeof g711, 'alaw' | 'mulaw'>> = g711
const files: Imported<Pick<typeof riff, 'WaveFile'>> = riff

export const { alaw, mulaw } = laws.default ?? laws
export const { WaveFile } = files.default ?? files
