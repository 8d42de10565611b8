/**
 * The WASI calls (wasi_snapshot_preview1) of a program that reads one file and writes another. Files are memory, and the program
 * sees nothing else of the machine.
 */
export class WasiFiles {
  readonly #files = new Map<string, File>()
  /** The open files. The first one has the descriptor `firstFile`. */
  readonly #open: (OpenFile | undefined)[] = []
  #memory: WebAssembly.Memory | undefined

  constructor(private readonly words: readonly string[]) {}

  write(name: string, content: Uint8Array): void {
    this.#files.set(name, { content, length: content.length })
  }

  read(name: string): Uint8Array | undefined {
    const file = this.#files.get(name)
    return file?.content.subarray(0, file.length)
  }

  /** Runs the program to its end and returns its exit code. Throws if WebAssembly itself fails. */
  async run(program: WebAssembly.Module): Promise<number> {
    const { exports } = await WebAssembly.instantiate(program, { wasi_snapshot_preview1: this.#calls() })
    const { memory, _start: start } = exports
    if (!memory || !start) throw new TypeError('no program of WASI')
    this.#memory = memory
    try {
      start()
      return 0
    } catch (error) {
      if (error instanceof Exit) return error.code
      throw error
    }
  }

  #calls(): WebAssembly.Imports[string] {
    return {
      args_sizes_get: (count: number, size: number) => this.#words({ count, size }),
      args_get: (pointers: number, text: number) => this.#giveWords(pointers, text),
      // The clock stands still, so that the same words always make the same sound.
      clock_time_get: (_id: number, _precision: bigint, time: number) => this.#put64(time, 0n),
      fd_prestat_get: (fd: number, stat: number) => (fd === folder ? this.#put32s(stat, [0, 1]) : badDescriptor),
      fd_prestat_dir_name: (_fd: number, name: number) => this.#putBytes(name, encoder.encode('/')),
      fd_fdstat_get: (fd: number, stat: number) => this.#describe(fd, stat),
      fd_fdstat_set_flags: () => done,
      path_open: (_fd: number, _look: number, name: number, length: number, how: number, ...rest: readonly number[]) =>
        this.#openFile(this.#text(name, length), how, rest[3] ?? 0),
      fd_read: (fd: number, vectors: number, count: number, size: number) => this.#readFile(fd, vectors, count, size),
      fd_write: (fd: number, vectors: number, count: number, size: number) => this.#writeFile(fd, vectors, count, size),
      fd_seek: (fd: number, offset: bigint, from: number, place: number) => this.#seek(fd, Number(offset), from, place),
      fd_close: (fd: number) => this.#close(fd),
      proc_exit: (code: number) => {
        throw new Exit(code)
      },
    }
  }

  #words({ count, size }: { readonly count: number; readonly size: number }): number {
    this.#put32s(count, [this.words.length])
    return this.#put32s(size, [encoder.encode(this.words.join('\0')).length + 1])
  }

  #giveWords(pointers: number, text: number): number {
    let at = text
    this.words.forEach((word, index) => {
      const bytes = encoder.encode(`${word}\0`)
      this.#put32s(pointers + 4 * index, [at])
      this.#putBytes(at, bytes)
      at += bytes.length
    })
    return done
  }

  #describe(fd: number, stat: number): number {
    const kind = fd < folder ? 2 : fd === folder ? 3 : 4
    if (kind === 4 && !this.#file(fd)) return badDescriptor
    this.#put32s(stat, [kind, 0])
    this.#put64(stat + 8, allRights)
    return this.#put64(stat + 16, allRights)
  }

  #openFile(name: string, how: number, fd: number): number {
    if (how & create && !this.#files.has(name)) this.write(name, new Uint8Array())
    const file = this.#files.get(name)
    if (!file) return noSuchFile
    if (how & truncate) file.length = 0
    return this.#put32s(fd, [firstFile + this.#open.push({ file, place: 0 }) - 1])
  }

  #readFile(fd: number, vectors: number, count: number, size: number): number {
    const open = this.#file(fd)
    if (!open) return badDescriptor
    let moved = 0
    for (const [at, length] of this.#vectors(vectors, count)) {
      const piece = open.file.content.subarray(open.place, Math.min(open.file.length, open.place + length))
      this.#putBytes(at, piece)
      open.place += piece.length
      moved += piece.length
    }
    return this.#put32s(size, [moved])
  }

  /** Terminal output is dropped. */
  #writeFile(fd: number, vectors: number, count: number, size: number): number {
    const open = this.#file(fd)
    if (!open && fd >= folder) return badDescriptor
    let moved = 0
    for (const [at, length] of this.#vectors(vectors, count)) {
      if (open) append(open, new Uint8Array(this.#bytes, at, length))
      moved += length
    }
    return this.#put32s(size, [moved])
  }

  #seek(fd: number, offset: number, from: number, place: number): number {
    const open = this.#file(fd)
    if (!open) return fd < folder ? noSeek : badDescriptor
    open.place = Math.max(0, offset + ([0, open.place, open.file.length][from] ?? 0))
    return this.#put64(place, BigInt(open.place))
  }

  #close(fd: number): number {
    if (!this.#file(fd)) return badDescriptor
    this.#open[fd - firstFile] = undefined
    return done
  }

  #file(fd: number): OpenFile | undefined {
    return this.#open[fd - firstFile]
  }

  /** Pairs of an address and a length. */
  #vectors(at: number, count: number): (readonly [number, number])[] {
    const view = new DataView(this.#bytes)
    return Array.from({ length: count }, (_, i) => [view.getUint32(at + 8 * i, true), view.getUint32(at + 8 * i + 4, true)])
  }

  /** The program's memory. Read it on each use, because a memory that grows gets another buffer. */
  get #bytes(): ArrayBuffer {
    return this.#memory?.buffer ?? new ArrayBuffer()
  }

  #text(at: number, length: number): string {
    return Buffer.from(this.#bytes, at, length).toString()
  }

  #putBytes(at: number, bytes: Uint8Array): number {
    new Uint8Array(this.#bytes).set(bytes, at)
    return done
  }

  #put32s(at: number, values: readonly number[]): number {
    values.forEach((value, index) => new DataView(this.#bytes).setUint32(at + 4 * index, value, true))
    return done
  }

  #put64(at: number, value: bigint): number {
    new DataView(this.#bytes).setBigUint64(at, value, true)
    return done
  }
}

interface File {
  content: Uint8Array
  /** The used length of `content`. The rest is space to grow. */
  length: number
}

interface OpenFile {
  readonly file: File
  place: number
}

class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit code ${code}`)
  }
}

/** The descriptor of the only folder. Lower ones are the terminal's. */
const folder = 3
const firstFile = 4
const allRights = 2n ** 64n - 1n
const create = 1
const truncate = 8
/** WASI error numbers. */
const done = 0
const badDescriptor = 8
const noSuchFile = 44
const noSeek = 70

const encoder = new TextEncoder()

function append(open: OpenFile, piece: Uint8Array): void {
  const { file, place } = open
  const end = place + piece.length
  if (end > file.content.length) {
    const larger = new Uint8Array(Math.max(end, 2 * file.content.length, 65_536))
    larger.set(file.content.subarray(0, file.length))
    file.content = larger
  }
  file.content.set(piece, place)
  file.length = Math.max(file.length, end)
  open.place = end
}
