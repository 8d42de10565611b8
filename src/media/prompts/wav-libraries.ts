import * as riff from 'wavefile'

/** The library is CommonJS but claims to be an ES module. Node puts everything into the default export, other loaders do not. */
type Imported<Library> = Library & { readonly default?: Library }
const files: Imported<Pick<typeof riff, 'WaveFile'>> = riff

export const { WaveFile } = files.default ?? files
