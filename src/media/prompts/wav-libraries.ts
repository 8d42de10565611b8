import * as g711 from 'alawmulaw'
import * as riff from 'wavefile'

/** Both libraries are CommonJS but claim to be ES modules. Node puts everything into the default export, other loaders do not. */
type Imported<Library> = Library & { readonly default?: Library }
const laws: Imported<Pick<typeof g711, 'alaw' | 'mulaw'>> = g711
const files: Imported<Pick<typeof riff, 'WaveFile'>> = riff

export const { alaw, mulaw } = laws.default ?? laws
export const { WaveFile } = files.default ?? files
