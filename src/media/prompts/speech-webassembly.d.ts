/** The part of WebAssembly's JavaScript interface that speech needs. TypeScript describes it only for browsers. */
declare namespace WebAssembly {
  class Module {
    private constructor()
    readonly #isModule: true
  }
  class Memory {
    private constructor()
    /** Another buffer after the memory has grown. */
    readonly buffer: ArrayBuffer
  }
  interface Instance {
    /** The exports of a WASI program. */
    readonly exports: { readonly memory?: Memory; readonly _start?: () => void }
  }
  type Imports = Readonly<Record<string, Readonly<Record<string, (...values: never[]) => number>>>>

  function compile(bytes: Uint8Array): Promise<Module>
  function instantiate(module: Module, imports: Imports): Promise<Instance>
}
