import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import { z } from 'zod'
import { apiFiles } from '../../../scripts/api-files.js'
import { auditPageSchema, agentSchema, callSchema, groupSchema, queueSchema, sessionSchema } from '../../../src/http/documents.js'
import { Access } from '../../../src/http/access.js'
import { examples } from '../../../src/http/examples.js'
import { openApi } from '../../../src/http/openapi.js'
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

  it('has what readers and generators of clients need: names, servers, refusals, and no dead reference', () => {
    interface Operation {
      readonly operationId: string
      readonly summary: string
      readonly security?: readonly Readonly<Record<string, unknown>>[]
      readonly parameters?: readonly { readonly name: string; readonly in: string }[]
      readonly responses: Readonly<Record<string, unknown>>
    }
    const api = openApi() as unknown as {
      readonly servers: readonly { readonly url: string }[]
      readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
      readonly components: Readonly<Record<'schemas' | 'securitySchemes', Readonly<Record<string, unknown>>>>
    }
    assert.ok(api.servers.every(({ url }) => URL.canParse(url)))
    const ids: string[] = []
    for (const [path, methods] of Object.entries(api.paths))
      for (const [method, operation] of Object.entries(methods)) {
        const where = `${method} ${path}`
        ids.push(operation.operationId)
        assert.match(operation.operationId, /^(get|put|post|delete)[A-Z][A-Za-z]+$/, where)
        assert.ok(operation.summary !== '' && '4XX' in operation.responses, where)
        const named = (operation.parameters ?? []).filter(each => each.in === 'path').map(({ name }) => name)
        assert.deepEqual(
          named,
          [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
          where,
        )
        for (const scheme of (operation.security ?? []).flatMap(each => Object.keys(each)))
          assert.ok(scheme in api.components.securitySchemes, where)
      }
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    )
    for (const [, name = ''] of JSON.stringify(api).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      assert.ok(name in api.components.schemas, name)
  })

  it('has an example of each body and each document, which its schema accepts as it stands', () => {
    const faults: string[] = []
    for (const { method, url, body, answer } of routes) {
      const name = `${method} ${url}`
      const example = examples[name]
      for (const [what, schema, given] of [
        ['body', body, example?.body],
        ['answer', answer, example?.answer],
      ] as const) {
        if (schema === undefined || name === 'GET /api/openapi.json') {
          if (given !== undefined) faults.push(`${name}: has no ${what}`)
          continue
        }
        const read = schema.safeParse(given)
        if (!read.success) faults.push(`${name}: ${what}: ${read.error.message}`)
        // Fields that the schema does not know are left out.
        else assert.deepEqual(read.data, given, `${name}: ${what}`)
      }
    }
    assert.deepEqual(faults, [])
    assert.deepEqual(
      Object.keys(examples).filter(name => !routes.some(({ method, url }) => name === `${method} ${url}`)),
      [],
    )
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
