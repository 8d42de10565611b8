import * as g711 from 'alawmulaw'

/** The library is CommonJS but claims to be an ES module. Node puts everything into the default export, other loaders do not. */
type Imported<Library> = Library & { readonly default?: Library }
const laws: Imported<Pick<typeof g711, 'alaw' | 'mulaw'>> = g711

/** G.711 in its two laws. */
export const { alaw, mulaw } = laws.default ?? laws
