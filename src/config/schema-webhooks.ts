import { z } from 'zod'
import { seconds } from '../foundation/time.js'
import { block, choice, complain, duration, name, read } from './fields.js'
import { webhookEvents } from './webhooks.js'

const keyForm = /^(?:whsec_)?([A-Za-z0-9+/]{32,88}={0,2})$/
const keyBytes = { least: 24, most: 64 } as const

/** The schema of webhooks (docs/decisions/133). */
export const webhooks = z
  .array(
    block('A program that is told about calls by HTTP.', {
      name: name().describe('The name on the page of webhooks, in the log and in metrics.'),
      url: read(
        'https://crm.example.com/carillon',
        value =>
          URL.canParse(value) && isPlain(new URL(value))
            ? { ok: true, value: new URL(value).href }
            : {
                ok: false,
                fault: 'expected an address such as https://crm.example.com/carillon, without a user, a password and a #',
              },
        'https?://.+',
      ).describe('Where each event is sent by POST. Use https://, except on this machine. A redirect is not followed.'),
      secret: read(
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        value => {
          const key = Buffer.from(keyForm.exec(value)?.[1] ?? '', 'base64')
          return key.length >= keyBytes.least && key.length <= keyBytes.most
            ? { ok: true, value: new Uint8Array(key) }
            : { ok: false, fault: 'expected 24 to 64 random bytes in base64, as `openssl rand -base64 32` prints them' }
        },
        '(whsec_)?[A-Za-z0-9+/]{32,88}={0,2}',
      ).describe(
        'The key with which each event is signed: 24 to 64 random bytes in base64, as `openssl rand -base64 32` prints them. Take it from the environment: ${WEBHOOK_SECRET}.',
      ),
      events: z
        .array(choice('An event of a call.', webhookEvents))
        .min(1, 'expected at least one event')
        .describe(`Which events are sent: ${webhookEvents.join(', ')}. Default: all.`)
        .prefault([...webhookEvents]),
      timeout: duration(seconds(1), seconds(30))
        .describe('How long an answer may take, 1s to 30s. Default 10s. After that, the event is sent again later.')
        .prefault('10s'),
    }),
  )
  .max(10, 'expected at most 10 webhooks')
  .describe('Programs that are told about calls by HTTP, such as a CRM.')
  .superRefine((hooks, context) => {
    for (const [index, hook] of hooks.entries())
      if (hooks.findIndex(each => each.name === hook.name) < index)
        complain(context, [index, 'name'], `the name '${hook.name}' is used twice`)
  })

const isPlain = ({ protocol, username, password, hash }: URL): boolean =>
  /^https?:$/.test(protocol) && username === '' && password === '' && hash === ''
