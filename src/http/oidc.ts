import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as client from 'openid-client'
import type { OidcSettings } from '../config/settings.js'
import { Cache, type CacheStatistics } from '../foundation/cache.js'
import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { OnceAMinute } from '../foundation/once-a-minute.js'
import { seconds } from '../foundation/time.js'
import type { Access } from './access.js'
import { areTooMany, isName, isProven } from './claims.js'
import { Problem } from './problem.js'
import { Seal } from './seal.js'

interface OidcOptions {
  readonly clock: Clock
  readonly log: Log
  readonly random: (size: number) => Uint8Array
}

/** A browser that was sent to the provider and has not returned yet. */
interface Journey {
  readonly verifier: string
  readonly state: string
  readonly nonce: string
  /** In ms of the monotonic clock. No other process can open the seal, so no other clock is needed. */
  readonly until: number
}

/** How long a person may take to log in at the provider. */
const longestJourney = seconds(600)
/** How many used log-ins are remembered, to refuse them. Above that, the oldest is forgotten. The provider accepts a code only once anyway. */
const mostUsed = 1_000
/** How long we wait for a response of the provider, in seconds. */
const patience = 10
/**
 * How long the provider's metadata is used. The library caches the provider's keys with it. It fetches the keys again after five minutes or
 * for an unknown key.
 */
const describedFor = seconds(3_600)
/** How long old metadata is used while the provider returns none, and after how long it is requested again. */
const staleFor = seconds(86_400)
const askedAgainAfter = seconds(60)
/** The most providers whose metadata is kept: one for each issuer and client that a recent config had. */
const mostProviders = 8
const cookieName = 'carillon-oidc'

/** Log-in with OpenID Connect: authorization code with PKCE, state and nonce (RFC 6749 §4.1, RFC 7636, OpenID Connect Core §3.1). */
export function oidcRoutes(server: FastifyInstance, access: Access, { clock, log, random }: OidcOptions): CacheStatistics {
  // The state is kept in the browser and not here, so that nobody can fill our memory by starting many log-ins.
  const seal = new Seal(random)
  const used = new Set<string>()
  const provider = new Provider(clock, log)

  server.get('/api/session/oidc', async (request, reply) => {
    const settings = configured(access)
    const config = await provider.find(settings, request.id)
    const journey = {
      verifier: client.randomPKCECodeVerifier(),
      state: client.randomState(),
      nonce: client.randomNonce(),
      until: clock.monotonic() + longestJourney,
    }
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: settings.redirectUri,
      scope: settings.scope,
      state: journey.state,
      nonce: journey.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(journey.verifier),
      code_challenge_method: 'S256',
    })
    // Lax, because the provider sends the browser back from its own site.
    void reply
      .header('set-cookie', access.cookie(request, seal.close(JSON.stringify(journey)), 'lax', cookieName))
      .header('cache-control', 'no-store')
    return reply.redirect(url.href)
  })

  server.get('/api/session/oidc/callback', async (request, reply) => {
    const settings = configured(access)
    const journey = journeyIn(seal.open(access.cookieOf(request, cookieName) ?? ''))
    void reply.header('set-cookie', access.cookie(request, '', 'lax', cookieName)).header('cache-control', 'no-store')
    if (!journey || journey.until <= clock.monotonic() || used.has(journey.state))
      throw new Problem(400, 'this log-in was not begun here, or too long ago: start again on the console')
    used.add(journey.state)
    const [first] = used
    if (used.size > mostUsed && first !== undefined) used.delete(first)
    const claims = await provider.claims(settings, request, journey)
    const name = nameIn(claims, settings)
    if (!access.begin(request, reply, { by: 'oidc', name, issuer: settings.issuer, claims }))
      throw new Problem(
        403,
        `'${name}' has no role here: neither users.yaml nor http.oidc.rights gives one, or the name has a password of its own in users.yaml without oidc: true`,
      )
    return reply.redirect('/')
  })
  return provider.cache
}

function nameIn(claims: Readonly<Record<string, unknown>>, settings: OidcSettings): string {
  const { nameClaim } = settings
  const name = claims[nameClaim]
  if (name === undefined || name === '')
    throw new Problem(403, `the provider does not say who this is: there is no claim '${nameClaim}' (http.oidc.nameClaim)`)
  if (!isName(name) || areTooMany(claims))
    throw new Problem(
      403,
      `what the provider says of this person is not taken: the claim '${nameClaim}' is 1 to 256 characters that can be seen, and all claims together are not too long`,
    )
  if (!isProven(claims, nameClaim, settings))
    throw new Problem(403, `the provider has not verified the e-mail address of '${name}' (http.oidc.unverifiedEmail)`)
  return name
}

/** Only we have the key of the seal, so the content is what we put in. */
const journeyIn = (sealed: string | undefined): Journey | undefined =>
  sealed === undefined ? undefined : (JSON.parse(sealed) as Journey)

function configured(access: Access): OidcSettings {
  const { oidc } = access.settings
  if (!oidc) throw new Problem(404, 'no OpenID provider is configured (http.oidc)')
  return oidc
}

/** The provider's metadata, and its claims about people. */
class Provider {
  readonly cache: Cache<client.Configuration>
  readonly #asking = new Map<string, Promise<client.Configuration>>()

  readonly #warnings: OnceAMinute

  constructor(
    clock: Clock,
    private readonly log: Log,
  ) {
    this.cache = new Cache({ name: 'openid', clock, size: mostProviders, staleFor })
    this.#warnings = new OnceAMinute(clock, log, 'failed log-ins by OpenID Connect')
  }

  /** `requestId`: of the log-in that needs it, for the log. */
  async find(settings: OidcSettings, requestId: string): Promise<client.Configuration> {
    const key = JSON.stringify([settings.issuer, settings.clientId, settings.clientSecret])
    const known = this.cache.get(key)
    if (known) return known
    try {
      const found = await this.#discover(key, settings)
      this.cache.set(key, found, describedFor)
      return found
    } catch (error) {
      const old = this.cache.stale(key)
      if (!old) throw this.#unreachable(settings, error, requestId)
      const { issuer } = settings
      this.log.warn(
        `the OpenID provider ${issuer} does not describe itself now: ${wordsOf(error)}; its last description is used`,
        { event: 'http.oidcStale', requestId },
      )
      this.cache.set(key, old, askedAgainAfter)
      return old
    }
  }

  /** People who log in at the same time share one request. */
  #discover(key: string, settings: OidcSettings): Promise<client.Configuration> {
    const asking = this.#asking.get(key) ?? discover(settings).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  /** The claims of the ID token, and those that the userinfo endpoint adds. */
  async claims(settings: OidcSettings, request: FastifyRequest, journey: Journey): Promise<Readonly<Record<string, unknown>>> {
    const config = await this.find(settings, request.id)
    const back = new URL(settings.redirectUri)
    back.search = new URL(request.url, settings.redirectUri).search
    try {
      const tokens = await client.authorizationCodeGrant(config, back, {
        pkceCodeVerifier: journey.verifier,
        expectedState: journey.state,
        expectedNonce: journey.nonce,
        idTokenExpected: true,
      })
      const said = tokens.claims()
      const asksMore = said && config.serverMetadata().userinfo_endpoint !== undefined
      const more = asksMore ? await client.fetchUserInfo(config, tokens.access_token, said.sub) : {}
      return { ...more, ...said }
    } catch (error) {
      // The library throws for a refusal, a wrong state or a bad signature.
      this.#warnings.warn(`failed ${request.ip}`, () => `a log-in by ${settings.issuer} failed: ${wordsOf(error)}`, {
        event: 'http.oidcFailed',
        from: request.ip,
        requestId: request.id,
      })
      throw new Problem(401, `the provider's answer is not valid for a log-in (${wordsOf(error)}): start again on the console`)
    }
  }

  #unreachable({ issuer }: OidcSettings, error: unknown, requestId: string): Problem {
    this.#warnings.warn('unreachable', () => `the OpenID provider ${issuer} does not answer as one: ${wordsOf(error)}`, {
      event: 'http.oidcUnreachable',
      requestId,
    })
    return new Problem(503, 'the OpenID provider does not answer; the log has the details')
  }
}

function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<client.Configuration> {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated as a warning: used only for a provider on this machine, which the config ensures
  const insecure = client.allowInsecureRequests
  const options = issuer.startsWith('http:') ? { execute: [insecure], timeout: patience } : { timeout: patience }
  return client.discovery(new URL(issuer), clientId, clientSecret, undefined, options)
}

/** The library's message, and the message of its cause. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED')
    return "the clock of the provider or this machine's is wrong: its statement has expired or is not valid yet"
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
