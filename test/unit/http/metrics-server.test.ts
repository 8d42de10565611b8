import assert from 'node:assert/strict'
import { connections, Site } from './site.js'

const apart = (allow: readonly string[]): Site => new Site({}, { connections, metrics: { host: '127.0.0.1', port: 0, allow } })

describe('the separate address for metrics', () => {
  let site: Site
  afterEach(() => site.stop())

  it('serves metrics and health, and nothing else', async () => {
    site = apart(['127.0.0.0/8'])
    await site.start()
    const status = async (path: string): Promise<number> => (await fetch(`${site.metricsUrl}${path}`)).status
    assert.equal(await (await fetch(`${site.metricsUrl}/metrics`)).text(), 'up 1\n')
    assert.equal(await status('/health/live'), 200)
    assert.equal(await status('/health/ready'), 200)
    site.problems = ['starting']
    assert.equal(await status('/health/ready'), 503)
    for (const path of ['/', '/api/calls', '/api/session', '/api/openapi.json', '/api/config', '/index.html'])
      assert.equal(await status(path), 404, path)
  })

  it('disconnects clients that are not on its list before it answers a byte', async () => {
    site = apart(['192.0.2.0/24', '::/8'])
    await site.start()
    await assert.rejects(fetch(`${site.metricsUrl}/metrics`), TypeError)
    assert.equal((await site.ask('GET', '/health/ready')).status, 200, 'the main address still answers')
  })

  it('removes the metrics from the address of the console, where health stays', async () => {
    site = apart(['127.0.0.0/8'])
    await site.start()
    const answer = await site.ask('GET', '/metrics')
    assert.equal(answer.status, 404)
    assert.match(((await answer.json()) as { detail: string }).detail, /http\.metrics/)
    assert.equal((await site.ask('GET', '/health/ready')).status, 200)
  })

  it('gives each request an id, which stands in the answer, in its problem document and in the log', async () => {
    site = apart(['127.0.0.0/8'])
    await site.start()
    const headers = { 'x-request-id': 'scraper-1' }
    const unknown = await fetch(`${site.metricsUrl}/api/calls`, { headers })
    assert.equal(unknown.headers.get('x-request-id'), 'scraper-1')
    assert.equal(unknown.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    assert.equal(((await unknown.json()) as { requestId: string }).requestId, 'scraper-1')
    site.metricsFail = true
    const failed = await fetch(`${site.metricsUrl}/metrics`, { headers })
    assert.equal(failed.status, 500)
    assert.doesNotMatch(await failed.text(), /no metrics today/)
    assert.deepEqual(
      site.errors.map(({ event, requestId, path }) => [event, requestId, path]),
      [['http.failed', 'scraper-1', '/metrics']],
    )
  })
})
