import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

export interface BundleFile {
  readonly name: string
  readonly content: string | Buffer
}

/** A ZIP with these files. `at`: when the files were made. */
export function zipOf(files: readonly BundleFile[], at: Date): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const zip = new ZipFile()
    zip.on('error', reject)
    for (const { name, content } of files) zip.addBuffer(Buffer.from(content as string), name, { mtime: at, mode: 0o100600 })
    zip.end()
    buffer(Readable.from(zip.outputStream)).then(resolve, reject)
  })
}
