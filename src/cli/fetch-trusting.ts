import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { rootCertificates } from 'node:tls'

interface Sent {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Like `fetch`, which can't be told which certificates to trust. `authorities` are PEM texts, trusted in addition to those that come with
 * Node.
 */
export const fetchTrusting =
  (authorities: string) =>
  (url: URL, { method, headers, body = '' }: Sent): Promise<Response> =>
    new Promise((resolve, reject) => {
      const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
      const options = { method, headers: { ...headers, ...length }, agent: false as const }
      const request =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...options, ca: [...rootCertificates, authorities] })
          : httpRequest(url, options)
      request.on('error', reject)
      request.on('response', message => {
        const chunks: Buffer[] = []
        message.on('data', (chunk: Buffer) => chunks.push(chunk))
        message.on('error', reject)
        message.on('end', () => {
          const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = message
          const pairs = rawHeaders.flatMap((name, index): [string, string][] =>
            index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
          )
          const content = chunks.length === 0 ? null : Buffer.concat(chunks)
          resolve(new Response(content, { status, statusText, headers: pairs }))
        })
      })
      request.end(body)
    })
