import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A small OpenID provider at which somebody has logged in already: it sends the browser back at once, and checks what it is asked. */
export class Provider {
  /** Of the person who logs in. */
  claims: Record<string, unknown> = {}
  /** What the ID token says otherwise than it should. */
  lies: Record<string, unknown> = {}
  readonly #server: Server
  readonly #codes = new Map<string, { challenge: string; nonce: string }>()
  url = ''

  constructor(private readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string }) {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  async start(): Promise<void> {
    await new Promise<void>(listening => this.#server.listen(0, '127.0.0.1', listening))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const send = (value: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    }
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        send({
          issuer: this.url,
          authorization_endpoint: `${this.url}/authorize`,
          token_endpoint: `${this.url}/token`,
          jwks_uri: `${this.url}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        })
        break
      case '/keys':
        send({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: '1', alg: 'RS256', use: 'sig' }] })
        break
      case '/authorize':
        response.writeHead(303, { location: this.#wayBack(Object.fromEntries(url.searchParams)) }).end()
        break
      default:
        send(...this.#token(new URLSearchParams(await bodyOf(request))))
        break
    }
  }

  #wayBack(asked: Readonly<Record<string, string>>): string {
    const { id, redirectUri } = this.client
    if (asked['client_id'] !== id || asked['redirect_uri'] !== redirectUri) return `${this.url}/unknown-client`
    const code = `code-${this.#codes.size}`
    this.#codes.set(code, { challenge: asked['code_challenge'] ?? '', nonce: asked['nonce'] ?? '' })
    const back = new URL(redirectUri)
    back.search = new URLSearchParams({ code, state: asked['state'] ?? '' }).toString()
    return back.href
  }

  #token(asked: URLSearchParams): [unknown, number] {
    const code = this.#codes.get(asked.get('code') ?? '')
    this.#codes.delete(asked.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url')
    const good = asked.get('client_secret') === this.client.secret && code?.challenge === challenge
    if (!good) return [{ error: 'invalid_grant' }, 400]
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: this.url, aud: this.client.id, sub: 'x1', iat: now, exp: now + 60, nonce: code.nonce }
    const text = `${part({ alg: 'RS256', kid: '1' })}.${part({ ...claims, ...this.claims, ...this.lies })}`
    const token = `${text}.${sign('sha256', Buffer.from(text), keys.privateKey).toString('base64url')}`
    return [{ access_token: 'a', token_type: 'Bearer', id_token: token }, 200]
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
