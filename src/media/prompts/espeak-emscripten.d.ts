/** The package has no types. These are the parts that `espeak-program.ts` uses. */
declare module '@echogarden/espeak-ng-emscripten' {
  interface Speaker {
    /** Samples per second. */
    readonly samplerate: number
    list_voices(): readonly { readonly languages: readonly { readonly name: string }[] }[]
    set_voice(name: string): number
    /** Calls `heard` with one part of the sound after another. `heard` returns true to end. */
    synthesize(text: string, heard: (samples: Int16Array | null) => boolean): void
  }
  export default function load(): Promise<{ readonly eSpeakNGWorker: new () => Speaker }>
}
