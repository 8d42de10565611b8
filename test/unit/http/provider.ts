import { AsyncLocalStorage } from 'node:async_hooks'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'oidc-provider'

const signingKey = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), alg: 'RS256' }
const mostRedirects = 10

/** An OpenID provider (node's oidc-provider) that logs in everybody without a question. */
export class Provider {
  /** Claims of the person who logs in. */
  claims: Record<string, unknown> = {}
  /** How far its clock is behind ours, in seconds. */
  slow = 0
  url = ''
  readonly #inside = new AsyncLocalStorage<boolean>()
  readonly #now = Date.now
  /** How often its metadata was requested. */
  described = 0
  #server: Server | undefined
  #port = 0

  constructor(private readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string }) {}

  /** Starts it, on the same port if it was started before. */
  async start(): Promise<void> {
    const server = createServer()
    await new Promise<void>(listening => server.listen(this.#port, '127.0.0.1', listening))
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
    this.url = `http://127.0.0.1:${this.#port}`
    const provider = new oidc.Provider(this.url, this.#configuration())
    const answer = provider.callback()
    const asked = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      if (request.url?.startsWith('/.well-known/') === true) this.described += 1
      return request.url?.startsWith('/log-in') === true
        ? provider.interactionFinished(request, response, { login: { accountId: 'x1' } })
        : answer(request, response)
    }
    server.on('request', (request, response) => void this.#inside.run(true, () => asked(request, response)))
    Date.now = () => this.#now() - (this.#inside.getStore() ? this.slow * 1000 : 0)
  }

  stop(): void {
    Date.now = this.#now
    this.#server?.closeAllConnections()
    this.#server?.close()
  }

  /** What a browser does there: it follows redirects with its cookies until it is sent back. */
  async visit(url: string): Promise<URL> {
    const cookies = new Map<string, string>()
    let next = new URL(url)
    for (let left = mostRedirects; left > 0 && next.origin === this.url; left -= 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const page = await fetch(next, { redirect: 'manual', headers: { cookie } })
      for (const set of page.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        cookies.set(name, value)
      }
      next = new URL(page.headers.get('location') ?? this.url, this.url)
    }
    return next
  }

  #configuration(): oidc.Configuration {
    const { id, secret, redirectUri } = this.client
    return {
      clients: [{ client_id: id, client_secret: secret, redirect_uris: [redirectUri] }],
      adapter: Memory,
      jwks: { keys: [signingKey] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      claims: { openid: ['sub', 'preferred_username', 'email', 'email_verified', 'groups'] },
      ttl: { IdToken: 60, Interaction: 60, Session: 60, Grant: 60, AccessToken: 60 },
      interactions: { url: () => '/log-in' },
      findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...this.claims }) }),
      loadExistingGrant: async context => {
        const grant = new context.oidc.provider.Grant({ accountId: context.oidc.session?.accountId, clientId: id })
        grant.addOIDCScope('openid')
        await grant.save()
        return grant
      },
    }
  }
}

/** The provider's default prints a warning at each start. */
class Memory implements oidc.Adapter {
  static readonly #kept = new Map<string, oidc.AdapterPayload>()

  constructor(private readonly kind: string) {}

  upsert(id: string, payload: oidc.AdapterPayload): Promise<void> {
    Memory.#kept.set(this.#key(id), payload)
    return Promise.resolve()
  }

  find(id: string): Promise<oidc.AdapterPayload | undefined> {
    return Promise.resolve(Memory.#kept.get(this.#key(id)))
  }

  findByUid(uid: string): Promise<oidc.AdapterPayload | undefined> {
    return Promise.resolve([...Memory.#kept.values()].find(payload => payload.uid === uid))
  }

  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  consume(id: string): Promise<void> {
    const payload = Memory.#kept.get(this.#key(id))
    return payload ? this.upsert(id, { ...payload, consumed: Math.floor(Date.now() / 1000) }) : Promise.resolve()
  }

  destroy(id: string): Promise<void> {
    Memory.#kept.delete(this.#key(id))
    return Promise.resolve()
  }

  revokeByGrantId(): Promise<void> {
    return Promise.resolve()
  }

  #key(id: string): string {
    return `${this.kind} ${id}`
  }
}
