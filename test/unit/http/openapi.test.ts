import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import { z } from 'zod'
import { apiFiles } from '../../../scripts/api-files.js'
import { auditPageSchema, agentSchema, callSchema, groupSchema, queueSchema, sessionSchema } from '../../../src/http/documents.js'
import { Access } from '../../../src/http/access.js'
import { routes } from '../../../src/http/routes.js'
import { nobody, routing as settings, Site } from './site.js'

describe('the HTTP API as a document', () => {
  it('matches the schemas as a file and as types (npm run schema)', async () => {
    for (const [name, text] of await apiFiles())
      assert.equal(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'), text, name)
  })

  it('describes only routes of the server, and the server can’t have a route of the API that it does not describe', async () => {
    const site = new Site()
    await site.start()
    for (const { method, url } of routes) {
      const path = url.replaceAll(/:(\w+)/g, 'x')
      const response = await site.ask(method, path)
      const text = response.headers.get('content-type')?.includes('problem') === true ? await response.text() : ''
      await response.body?.cancel().catch(() => undefined)
      assert.doesNotMatch(text, /there is no (GET|PUT|POST|DELETE) /, `${method} ${url}`)
    }
    await site.stop()
    const { clock } = site.shell
    const access = new Access({
      ...{ settings: nobody, clock, secure: false, proven: () => undefined, stranger: () => undefined },
      ...{ routing: () => settings, random: () => new Uint8Array() },
    })
    const server = Fastify()
    access.guard(server)
    server.get('/console/index.html', () => '')
    assert.throws(() => server.get('/api/new', () => ''), /GET \/api\/new is not in the table/)
  })

  it('describes each answer completely and exactly', async () => {
    const site = new Site()
    await site.start()
    site.shell.dial('support')
    site.shell.dial('sales')
    await site.ask('PUT', '/api/agents/sip%3Aalice%40example.com/groups/support/sign-in')
    const strict = (schema: z.ZodReadonly<z.ZodObject>) => z.array(schema.unwrap().strict())
    for (const [path, schema] of [
      ['/api/agents', strict(agentSchema)],
      ['/api/groups', strict(groupSchema)],
      ['/api/queues', strict(queueSchema)],
      ['/api/calls', strict(callSchema)],
      ['/api/session', sessionSchema],
      ['/api/audit', auditPageSchema],
    ] as const) {
      const outcome = schema.safeParse(await site.read(path))
      assert.ok(outcome.success, `${path}: ${outcome.error?.message}`)
    }
    await site.stop()
  })
})
