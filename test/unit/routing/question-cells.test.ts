import assert from 'node:assert/strict'
import { callView, snapshotWorld, type CallId, type Digit, type PromptId } from '../../../src/routing/index.js'
import { asks, seconds, toQueue, world, type Live, type WorldBuilder } from './build.js'
import { titleOf, type Rule } from './rules.js'

/** A caller in a workflow: where they are × what they do, or what the media report. A cell lists what they hear next, and the phase. */
const c1 = 'c1' as CallId
const prompt = (name: string): PromptId => name as PromptId

const places = {
  'the welcome plays': () => undefined,
  'the question plays': live => void live.heard('c1', 'welcome'),
  'we wait for a key': live => {
    live.heard('c1', 'welcome')
    live.heard('c1', 'menu')
  },
  'the correction after a wrong key plays': live => {
    live.heard('c1', 'welcome')
    live.press('c1', '9')
  },
  'the correction after silence plays': live => {
    live.heard('c1', 'welcome')
    live.heard('c1', 'menu')
    live.after(seconds(5))
  },
  'the second question plays': live => {
    live.heard('c1', 'welcome')
    live.press('c1', '2')
  },
  'the farewell plays': live => {
    live.heard('c1', 'welcome')
    live.press('c1', '3')
  },
  'they wait': live => {
    live.heard('c1', 'welcome')
    live.press('c1', '1')
  },
} as const satisfies Readonly<Record<string, (live: Live) => void>>
type Place = keyof typeof places

const inputs = {
  'press a key that is an answer': { rule: 'key', tell: live => void live.press('c1', '1') },
  'press a key that is none': { rule: 'wrongKey', tell: live => void live.press('c1', '9') },
  'hear the welcome to its end': { rule: 'welcome', tell: live => void live.heard('c1', 'welcome') },
  'hear the question to its end': { rule: 'silence', tell: live => void live.heard('c1', 'menu') },
  'hear the correction to its end': { rule: 'wrongKey', tell: live => void live.heard('c1', 'wrong') },
  'do nothing for 4,999 ms': { rule: 'silence', tell: live => void live.after(4999) },
  'do nothing for 5 s': { rule: 'silence', tell: live => void live.after(5000) },
  'do nothing for 10 minutes, and no end of a prompt is reported': { rule: 'welcome', tell: live => void live.after(600_000) },
} as const satisfies Readonly<Record<string, { readonly rule: Rule; readonly tell: (live: Live) => void }>>
type Input = keyof typeof inputs

const nothing = (phase: string): Readonly<Record<Input, string>> => ({
  'press a key that is an answer': `same; ${phase}`,
  'press a key that is none': `same; ${phase}`,
  'hear the welcome to its end': `same; ${phase}`,
  'hear the question to its end': `same; ${phase}`,
  'hear the correction to its end': `same; ${phase}`,
  'do nothing for 4,999 ms': phase,
  'do nothing for 5 s': phase,
  'do nothing for 10 minutes, and no end of a prompt is reported': phase,
})

const answered = 'wait c1; waiting'
const corrected = 'play c1 wrong; asking'
const asked = 'play c1 menu; asking'
const cells: Readonly<Record<Place, Readonly<Record<Input, string>>>> = {
  // A key does not skip the welcome, and is not remembered.
  'the welcome plays': {
    ...nothing('greeting'),
    'hear the welcome to its end': asked,
    'do nothing for 10 minutes, and no end of a prompt is reported': asked,
  },
  'the question plays': {
    ...nothing('asking'),
    'press a key that is an answer': answered,
    'press a key that is none': corrected,
    'hear the question to its end': 'asking',
    'do nothing for 10 minutes, and no end of a prompt is reported': 'asking',
  },
  'we wait for a key': {
    ...nothing('asking'),
    'press a key that is an answer': answered,
    'press a key that is none': corrected,
    'do nothing for 5 s': 'play c1 silent; asking',
    // The correction's end, ten minutes later, is not reported either: the question plays again.
    'do nothing for 10 minutes, and no end of a prompt is reported': 'play c1 silent; asking',
  },
  // A key during the correction is not an answer: the caller has not heard the question again.
  'the correction after a wrong key plays': {
    ...nothing('asking'),
    'hear the correction to its end': asked,
    'do nothing for 10 minutes, and no end of a prompt is reported': asked,
  },
  'the correction after silence plays': {
    ...nothing('asking'),
    'do nothing for 10 minutes, and no end of a prompt is reported': asked,
  },
  'the second question plays': {
    ...nothing('asking'),
    'press a key that is an answer': 'wait c1; waiting',
    'press a key that is none': 'play c1 more; asking',
    'do nothing for 10 minutes, and no end of a prompt is reported': 'asking',
  },
  'the farewell plays': {
    ...nothing('farewell'),
    'do nothing for 10 minutes, and no end of a prompt is reported': 'reject disconnected; over',
  },
  'they wait': nothing('waiting'),
}

function built(): WorldBuilder {
  const second = asks('more', { 1: toQueue('away') })
  const corrections = { invalid: prompt('wrong'), noAnswer: prompt('silent') }
  return world()
    .agent('bob', { alwaysAvailable: false })
    .group('away', 'serial', ['bob'])
    .queue('away', ['away'])
    .workflow('start', '', {
      welcome: prompt('welcome'),
      entry: asks('menu', { 1: toQueue('away'), 2: second, 3: { kind: 'disconnect', prompt: prompt('bye') } }, corrections),
    })
}

function begun(place: Place): Live {
  const live = built().live()
  live.call('c1', 'start', true)
  places[place](live)
  return live
}

function shown(live: Live): string {
  const end = live.facts('callFinished').map(({ why }) => `reject ${why}`)
  const phase = callView(live.world, c1)?.phase ?? 'over'
  return [...live.sounds(), ...end, phase].join('; ')
}

describe('a caller in a workflow: where they are with what happens', () => {
  for (const place of Object.keys(cells) as Place[])
    for (const input of Object.keys(inputs) as Input[]) {
      const cell = cells[place][input]
      it(`while ${place}, they ${input}: ${cell} (${titleOf(inputs[input].rule)})`, () => {
        const live = begun(place)
        const before = snapshotWorld(live.world)
        inputs[input].tell(live)
        assert.equal(shown(live), cell.replace(/^same; /, ''))
        if (!cell.startsWith('same')) return
        assert.equal(live.facts('ignored').length, 1)
        assert.deepEqual(snapshotWorld(live.world), before)
      })
    }

  for (const wrong of ['a wrong key', 'silence', 'both in turn'] as const)
    it(`disconnects after five times of ${wrong}, over all questions (${titleOf('fiveWrong')})`, () => {
      const live = begun('the question plays')
      for (let n = 1; n <= 5; n += 1) {
        if (n === 3) {
          live.press('c1', '2')
          assert.equal(callView(live.world, c1)?.phase, 'asking')
        }
        const question = n < 3 ? 'menu' : 'more'
        const presses = wrong === 'a wrong key' || (wrong === 'both in turn' && n % 2 === 0)
        if (presses) live.press('c1', '9')
        else {
          live.heard('c1', question)
          live.after(seconds(5))
        }
        if (n < 3) live.heard('c1', presses ? 'wrong' : 'silent')
        assert.equal(callView(live.world, c1) === undefined, n === 5, `attempt ${n}`)
      }
      assert.deepEqual(live.rejected(), ['c1 unanswered'])
    })

  for (const digit of ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'] as const satisfies readonly Digit[])
    it(`takes the key ${digit} as an answer only where the question has it (${titleOf('answers')})`, () => {
      const live = world()
        .group('support', 'serial', ['alice'])
        .queue('support', ['support'])
        .workflow('start', '', { entry: asks('menu', { [digit]: toQueue('support') }) })
        .live()
      live.call('c1', 'start', true)
      live.press('c1', digit === '0' ? '1' : '0')
      assert.equal(callView(live.world, c1)?.answers.length, 0)
      live.press('c1', digit)
      assert.deepEqual(callView(live.world, c1)?.answers, [{ digit, name: `key ${digit}` }])
      assert.deepEqual(live.offers(), ['c1.1 alice'])
    })
})
