import { constants, open, type FileHandle } from 'node:fs/promises'

/**
 * The bytes of a file, or why it can't be read. Not more than `most` bytes are read: the size that a file claims may be wrong, and a pipe or
 * a device has no end. Rejects if the system refuses to read the file.
 */
export async function readUpTo(path: string, most: number): Promise<Buffer | 'notFile' | 'tooLarge'> {
  // Without O_NONBLOCK, the opening of a pipe waits for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) return 'notFile'
    return stats.size > most ? 'tooLarge' : await readAll(file, most)
  } finally {
    await file.close()
  }
}

async function readAll(file: FileHandle, most: number): Promise<Buffer | 'tooLarge'> {
  const bytes = Buffer.allocUnsafe(most + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    length += bytesRead
    if (length > most) return 'tooLarge'
    if (bytesRead === 0) return Buffer.from(bytes.subarray(0, length))
  }
}
