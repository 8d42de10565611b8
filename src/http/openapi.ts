import { deliverySchema, webhookSchema } from './webhook-documents.js'
import { z } from 'zod'
import { callRecordingPageSchema, callRecordingSchema, waveformSchema } from './call-recording-documents.js'
import * as documents from './documents.js'
import { examples } from './examples.js'
import { reportSchema } from './report-documents.js'
import { routes, type Need, type Route } from './routes.js'

type Json = Readonly<Record<string, unknown>>

/** The documents with a name of their own, which the console uses. */
const named: Readonly<Record<string, z.ZodType>> = {
  PresenceState: documents.presenceStateSchema,
  Exclusion: documents.exclusionSchema,
  RoutingMethod: documents.routingMethodSchema,
  WaitOutcome: documents.waitOutcomeSchema,
  OfferEnd: documents.offerEndSchema,
  CallEnd: documents.callEndSchema,
  Agent: documents.agentSchema,
  Group: documents.groupSchema,
  Queue: documents.queueSchema,
  Call: documents.callSchema,
  CallRecord: documents.recordSchema,
  CallRecordPage: documents.recordPageSchema,
  FoundCalls: documents.foundCallsSchema,
  Explanation: documents.explanationSchema,
  Ladder: documents.ladderSchema,
  Report: reportSchema,
  Phone: documents.phoneSchema,
  RegisteredPhone: documents.registeredPhoneSchema,
  LogLevels: documents.logLevelsSchema,
  Session: documents.sessionSchema,
  AuditEntry: documents.auditSchema,
  AuditPage: documents.auditPageSchema,
  Webhook: webhookSchema,
  Delivery: deliverySchema,
  Workflow: documents.workflowSchema,
  Outbound: documents.outboundSchema,
  Health: documents.healthSchema,
  Config: documents.configSchema,
  ConfigCheck: documents.configCheckSchema,
  ConfigReload: documents.configReloadSchema,
  ListedObject: documents.listedObjectSchema,
  Editable: documents.editableSchema,
  EditOutcome: documents.editOutcomeSchema,
  EditPage: documents.editPageSchema,
  CallRecording: callRecordingSchema,
  CallRecordingPage: callRecordingPageSchema,
  Waveform: waveformSchema,
  Recording: documents.recordingSchema,
  RecordingList: documents.recordingListSchema,
  Problem: documents.problemSchema,
}

const needWords: Readonly<Record<Need, string>> = {
  nothing: 'Open to everybody who reaches the port.',
  sight: 'Any role. The response shows only what the person may see.',
  overview: 'Viewer, manager or admin.',
  steer: 'The agent themselves, a manager of a workflow that rings them, or admin.',
  self: 'The agent themselves, or admin.',
  phone: 'The agent themselves, or admin; for a guest any role.',
  audit: 'Manager, for the managed agents only, or admin.',
  edit: 'Manager, for what only their workflows use, or admin. `edits.by` may be stricter.',
  recording: 'Manager, for their workflows only; agent, for their own calls only, if `recordings.agents` says so; or admin.',
  supervise: 'Manager, for their workflows only, or admin.',
  admin: 'Admin.',
}

let text: string | undefined

/** The JSON text, made at the first request, because it takes up to 50 ms of the event loop and anybody may request it. */
export const openApiText = (): string => (text ??= JSON.stringify(openApi()))

/** The HTTP API as OpenAPI 3.1, made from the table of routes and the schemas that check bodies and queries. */
export function openApi(): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  routes.forEach(({ body, answer }, index) => {
    if (body) registry.add(body, { id: `body ${index}` })
    if (answer && !registry.has(answer)) registry.add(answer, { id: `answer ${index}` })
  })
  const { schemas } = z.toJSONSchema(registry, { uri: id => `#/components/schemas/${id}`, override: plain })
  const schemaOf = (id: string): Json => withoutHead(schemas[id] ?? {})
  const paths: Record<string, Record<string, Json>> = {}
  routes.forEach((route, index) => {
    const id = route.answer && registry.get(route.answer)?.id
    const answer = id !== undefined && id in named ? { $ref: `#/components/schemas/${id}` } : schemaOf(`answer ${index}`)
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}')
    const operation = { operationId: nameOf(route), ...operationOf(route, answer, schemaOf(`body ${index}`)) }
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation }
  })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Carillon',
      license: { name: 'MIT', identifier: 'MIT' },
      version: '1',
      description:
        'Response Groups over HTTP. Times are ISO 8601 in UTC, durations are seconds; errors are RFC 9457 problem details.',
    },
    servers: [{ url: 'http://127.0.0.1:8080', description: 'As in the sample: http.listen.' }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.keys(named).map(id => [id, schemaOf(id)])),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of users.yaml, made by `carillon make-token`.' },
        session: { type: 'apiKey', in: 'cookie', name: 'carillon', description: '__Host-carillon over https.' },
      },
    },
  }
}

function operationOf(route: Route, answer: Json, body: Json): Json {
  const { needs, scope, summary } = route
  const open = needs === 'nothing'
  const example = examples[`${route.method} ${route.url}`]
  return {
    summary,
    description: open ? needWords.nothing : `Needs: ${needWords[needs]} A token needs the scope ${scope}.`,
    security: open ? [] : [{ token: [] }, { session: [] }],
    ...nonEmpty('parameters', [...pathParameters(route), ...queryParameters(route)]),
    ...(route.body && {
      requestBody: {
        required: true,
        content: { [route.bodyType ?? 'application/json']: { schema: body, ...given(example?.body) } },
      },
    }),
    responses: {
      ...answers(route, { schema: answer, ...given(example?.answer) }),
      '4XX': refused('The request is wrong. `detail` says why.'),
      default: refused('The request failed. `detail` says why.'),
    },
  }
}

const given = (example: unknown): Json => (example === undefined ? {} : { example })

/** The responses of a request that was carried out. */
function answers({ answer, leads, unready, summary, contentType = 'application/json' }: Route, content: Json): Json {
  if (leads !== undefined) return { 302: { description: `The browser goes to ${leads}.`, headers: { Location: location } } }
  if (!answer) return { 204: { description: 'Done.' } }
  return {
    200: { description: `${summary}.`, content: { [contentType]: content } },
    ...(unready !== undefined && { 503: { description: unready, content: { [contentType]: { schema: content['schema'] } } } }),
  }
}
const location: Json = { schema: { type: 'string', format: 'uri-reference' } }

/** The operation id, such as `putAgentPresence` for `PUT /api/agents/:uri/presence`. */
function nameOf({ method, url }: Route): string {
  const words = url.split('/').filter(word => word !== '' && word !== 'api')
  const named = words.map((word, index) =>
    word.startsWith(':') ? '' : capital(isOfOne(words[index + 1]) ? word.replace(/s$/, '') : word),
  )
  return `${method.toLowerCase()}${named.join('')}`
}
const isOfOne = (next: string | undefined): boolean => next?.startsWith(':') === true
const capital = (word: string): string =>
  word
    .split(/[-.]/)
    .map(part => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

const refused = (description: string): Json => ({
  description,
  content: {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: problemExample },
  },
})
const problemExample: Json = {
  ...{ type: 'about:blank', title: 'Forbidden', status: 403, detail: 'this needs a token with the scope signIn' },
  requestId: '5f0c9a4e-8a53-4a0e-9d3c-1c1f6f1f2f0b',
}

const nonEmpty = (key: string, list: readonly unknown[]): Json => (list.length > 0 ? { [key]: list } : {})

const pathParameters = ({ url }: Route): Json[] =>
  [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))

/** The parameters of a query that may have several forms, each key once. */
function queryParameters({ query }: Route): Json[] {
  if (!query) return []
  const schema: Json = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any', override: plain })
  const shapes = Array.isArray(schema['anyOf']) ? (schema['anyOf'] as Json[]) : [schema]
  const keys = new Map<string, Json>()
  for (const { properties, required } of shapes as readonly { properties?: Record<string, Json>; required?: string[] }[]) {
    for (const [name, inner] of Object.entries(properties ?? {})) {
      const needed = shapes.length === 1 && (required ?? []).includes(name)
      const { const: only, ...rest } = inner
      const before = keys.get(name)?.['schema'] as { readonly enum?: readonly unknown[] } | undefined
      const value = only === undefined ? rest : { type: 'string', enum: [...(before?.enum ?? []), only] }
      keys.set(name, { name, in: 'query', required: needed, schema: value })
    }
  }
  return [...keys.values()]
}

/** Every document from the server is read-only and every whole number a safe integer, so this is not repeated for each field. */
function plain({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  delete jsonSchema.readOnly
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

function withoutHead({ $schema: _schema, $id: _id, ...schema }: Json): Json {
  return schema
}
