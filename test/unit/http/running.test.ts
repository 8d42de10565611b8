import assert from 'node:assert/strict'
import { Running } from '../../../src/http/running.js'
import { Problem } from '../../../src/http/problem.js'
import { Site } from './site.js'

const person = (name: string) => ({ kind: 'user', name }) as const

describe('answers that take long to make', () => {
  it('are made for a person twice at a time, and eight times in all', () => {
    const running = new Running({ ofPerson: 2, inAll: 8 }, () => new Problem(429, 'too many ladders'))
    const left = ['a', 'a', 'b', 'b'].map(name => running.enter(person(name)))
    assert.throws(() => running.enter(person('a')), /too many ladders/)
    for (const name of ['c', 'c', 'd', 'd']) running.enter(person(name))
    assert.throws(() => running.enter(person('e')), /too many ladders/)
    assert.throws(() => running.enter(undefined), /too many ladders/)
    left[0]?.()
    running.enter(person('a'))
    assert.throws(() => running.enter(person('a')), /too many ladders/)
  })

  it('are refused with 429 as ladders, until one of those in progress is made', async () => {
    const site = new Site()
    let made = (): void => undefined
    site.ladderMade = new Promise(resolve => (made = resolve))
    await site.start()
    try {
      site.shell.dial('support')
      const [call = ''] = site.shell.world.calls.keys()
      const ask = () => site.ask('GET', `/api/calls/${call}/ladder`)
      const answers: Promise<number>[] = []
      // Eight wait, and four are refused.
      const refused: Response[] = []
      await new Promise<void>((resolve, reject) => {
        for (let count = 0; count < 12; count += 1)
          answers.push(
            ask().then(answer => {
              if (answer.status === 429 && refused.push(answer) === 4) resolve()
              return answer.status
            }),
          )
        Promise.all(answers).then(() => reject(new Error('no more than eight were expected')), reject)
      })
      assert.match((await refused[0]?.text()) ?? '', /too many ladders are being made/)
      made()
      assert.deepEqual((await Promise.all(answers)).sort(), [...Array<number>(8).fill(200), ...Array<number>(4).fill(429)])
      assert.equal((await ask()).status, 200)
    } finally {
      await site.stop()
    }
  })
})
