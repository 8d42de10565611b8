import { createHash } from 'node:crypto'
import { writeMessage, type HandshakeMessage } from './assembly.js'

/** All messages of both sides since the hello, as they are signed and hashed (RFC 5246 §7.4.8, §7.4.9). */
export class Transcript {
  #messages: Buffer[] = []
  #ourNumber = 0

  heard(message: HandshakeMessage): void {
    this.#messages.push(writeMessage(message))
  }

  /** Adds our next message. Returns it in the form that is hashed and sent. */
  say(type: number, body: Buffer): Buffer {
    const message = writeMessage({ type, sequence: this.#ourNumber, body })
    this.#ourNumber += 1
    this.#messages.push(message)
    return message
  }

  whole(): Buffer {
    return Buffer.concat(this.#messages)
  }

  hash(): Buffer {
    return createHash('sha256').update(this.whole()).digest()
  }

  /** Frees the messages. Nothing more is hashed. */
  forget(): void {
    this.#messages = []
  }
}
