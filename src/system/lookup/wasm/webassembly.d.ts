/** What is used of the WebAssembly JavaScript interface: the library of this project's Node code has no types for it. */
// biome-ignore lint/style/noNamespace: the global that is typed here has that form.
declare namespace WebAssembly {
  class Memory {
    constructor(size: { initial: number })
    readonly buffer: ArrayBuffer
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>)
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory>>)
    readonly exports: Record<string, unknown>
  }
  class CompileError extends Error {}
}
