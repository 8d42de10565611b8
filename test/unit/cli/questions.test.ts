import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { terminal } from '../../../src/cli/questions.js'

describe('questions at a terminal', () => {
  function scene() {
    const [keyboard, screen] = [new PassThrough(), new PassThrough()]
    const seen = (): string => String(screen.read() ?? '')
    return { keyboard, seen, asks: terminal(keyboard, screen) }
  }

  it('show what is typed, unless it is a password', async () => {
    const { keyboard, seen, asks } = scene()
    const name = asks.shown('Name: ')
    keyboard.write('ann\r')
    assert.equal(await name, 'ann')
    const password = asks.hidden('Password: ')
    keyboard.write('secret\r')
    assert.equal(await password, 'secret')
    const all = seen()
    assert.match(all, /Name: [^]*ann[^]*Password: /)
    assert.doesNotMatch(all, /secret/)
    asks.close()
  })

  it('keep lines that were pasted at once', async () => {
    const { keyboard, asks } = scene()
    const first = asks.shown('First: ')
    keyboard.write('one\rtwo\r')
    assert.equal(await first, 'one')
    assert.equal(await asks.shown('Second: '), 'two')
    asks.close()
  })

  it('fail when the person gives up', async () => {
    for (const key of ['\u0003', '\u0004']) {
      const { keyboard, asks } = scene()
      const answer = asks.shown('Name: ')
      keyboard.write(key)
      await assert.rejects(answer, /no line was typed/)
      await assert.rejects(asks.shown('Again: '))
    }
  })
})
