import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { eventually } from '../wire/harness/eventually.js'
import { onWire } from '../wire/harness/wire.js'
import { answers } from '../wire/phones/agents.js'
import { talks } from '../wire/phones/callers.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

interface Received {
  readonly type: string
  readonly data: { readonly callId?: string; readonly agent?: string; readonly outcome?: string }
}

/** A receiver that checks signatures with the library of the specification. It refuses the first event. */
class Receiver {
  readonly received: Received[] = []
  refused = 0
  readonly secret = randomBytes(32).toString('base64')
  readonly #server: Server = createServer((request, response) => {
    void text(request).then(body => {
      const event = new Webhook(this.secret).verify(body, request.headers as Record<string, string>) as Received
      if (this.refused === 0) {
        this.refused += 1
        return response.writeHead(503).end()
      }
      this.received.push(event)
      return response.writeHead(204).end()
    })
  })

  async start(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook?key=hidden`
  }
  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

describe('webhooks', () => {
  it('tell a program about a call, again after a refusal, and the page shows each delivery and sends a test', () =>
    onWire(async wire => {
      const receiver = new Receiver()
      const url = await receiver.start()
      try {
        await wire.phone('alice', answers())
        await wire.serve({
          groups: [{ name: 'support', method: 'serial', agents: ['alice'] }],
          webhooks: [{ name: 'crm', url, secret: receiver.secret }],
        })
        await (await wire.call('caller', 'support', talks())).done()
        await wire.server.empty()
        await eventually('all events have come', () => receiver.received.length === 4, 15_000)
        assert.deepEqual(receiver.received.map(({ type }) => type).sort(), [
          ...['call.answered', 'call.arrived', 'call.ended', 'call.ringing'],
        ])
        const ended = receiver.received.find(({ type }) => type === 'call.ended')
        assert.deepEqual([ended?.data.agent, ended?.data.outcome], ['sip:alice@example.com', 'answered'])
        const delivered = { webhook: 'crm', result: 'delivered' }
        await eventually(
          'the server has read all answers',
          async () => (await wire.server.metric('carillon_webhook_events_total', delivered)) === 4 || undefined,
        )

        const page = await openConsole(`${wire.server.http}/groups?show=webhooks`)
        const card = page.getByRole('region', { name: 'crm' })
        await card.getByText('4 delivered, 0 waiting, 0 failed, 0 dropped').waitFor()
        await card.getByText('2 attempts').waitFor()
        assert.doesNotMatch(await card.innerText(), /hidden/)
        await card.getByRole('button', { name: 'Send a test' }).click()
        await card.getByText('The test was delivered.').waitFor()
        await card.getByText('5 delivered').waitFor()
        assert.equal(receiver.received.at(-1)?.type, 'test')
        assert.deepEqual(await seriousFaults(page), [])
        await page.setViewportSize({ width: 390, height: 844 })
        assert.deepEqual(await seriousFaults(page), [], 'narrow')
        assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 390)
        await page.getByRole('button', { name: 'Français' }).click()
        await card.getByText('5 livrés, 0 en attente, 0 échoués, 0 abandonnés').waitFor()
        receiver.stop()
        await card.getByRole('button', { name: 'Envoyer un essai' }).click()
        await card.getByText(/L’essai a échoué : .*ECONNREFUSED/).waitFor()
        await page.context().close()
      } finally {
        receiver.stop()
      }
    }))
})
