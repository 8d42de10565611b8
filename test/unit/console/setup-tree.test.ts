import assert from 'node:assert/strict'
import type { Draft } from '../../../console/src/pages/setup/draft.js'
import {
  fieldOf,
  freeKeys,
  hasFault,
  leading,
  leadsTo,
  questionBefore,
  rowsOf,
  stepFrom,
  withAnswer,
  withOneMore,
  withQuestion,
} from '../../../console/src/pages/setup/tree.js'

const question: Draft = {
  prompt: { say: 'Sales or support?' },
  answers: [
    { digit: '1', queue: 'sales' },
    {
      digit: '2',
      name: 'Support',
      question: {
        prompt: { say: 'Which?' },
        answers: [
          { digit: '1', action: { disconnect: true } },
          { digit: '*', queue: 'lab' },
        ],
      },
    },
  ],
}

describe('the picture of questions', () => {
  it('has one line for each answer, in the order in which callers hear them', () => {
    assert.deepEqual(
      rowsOf(question).map(({ path }) => path.join('.')),
      ['', '0', '1', '1.0', '1.1'],
    )
    assert.deepEqual(
      rowsOf(question).map(({ of }) => of.size),
      [1, 2, 2, 2, 2],
    )
  })

  it('changes, adds and removes an answer at any depth, and nothing else', () => {
    const removed = withAnswer(question, [1, 0], undefined)
    assert.deepEqual(
      rowsOf(removed).map(({ path }) => path.join('.')),
      ['', '0', '1', '1.0'],
    )
    assert.deepEqual(rowsOf(removed)[1], rowsOf(question)[1])
    const inner = questionBefore(question, [1, 0])
    const more = withQuestion(question, [1], withOneMore(inner, 'sales'))
    assert.deepEqual(rowsOf(more).at(-1)?.answer, { digit: '2', queue: 'sales' })
    assert.deepEqual(freeKeys(question, '2').slice(0, 2), ['2', '3'])
    assert.deepEqual(withQuestion(question, [], { ...question, prompt: { say: 'x' } })['answers'], question['answers'])
  })

  it('lets an answer lead elsewhere, and keeps its key and name', () => {
    const answer = rowsOf(question)[2]?.answer ?? assert.fail()
    assert.deepEqual(leading(answer, 'queue', 'lab', ''), { digit: '2', name: 'Support', queue: 'lab' })
    assert.deepEqual(leading(answer, 'number', '+1', ''), { digit: '2', name: 'Support', action: { number: '+1' } })
    assert.equal(leadsTo(leading({ digit: '1', queue: 'x' }, 'question', '', 'y')).kind, 'question')
    const said = { digit: '1', action: { disconnect: true, prompt: { say: 'Bye.' } } }
    assert.deepEqual(leading(said, 'queue', 'lab', '')['action'], { queue: 'lab', prompt: { say: 'Bye.' } })
    assert.deepEqual(leadsTo(leading(said, 'queue', 'lab', '')), { kind: 'queue', target: 'lab' })
  })

  it('is walked with the arrow keys', () => {
    const rows = rowsOf(question)
    const walk = (keys: readonly string[]): string => {
      let at: readonly number[] = []
      for (const key of keys) at = stepFrom(rows, at, key) ?? at
      return at.join('.')
    }
    assert.equal(walk(['ArrowDown', 'ArrowDown', 'ArrowRight']), '1.0')
    assert.equal(walk(['End', 'ArrowLeft']), '1')
    assert.equal(walk(['End', 'Home', 'ArrowUp', 'ArrowLeft']), '')
    assert.equal(walk(['ArrowDown', 'ArrowRight']), '0')
  })

  it('marks the line of a fault, and no line above it', () => {
    assert.equal(fieldOf([1, 0]), 'question.answers.1.question.answers.0')
    const marked = (field: string): string[] =>
      rowsOf(question).flatMap(row =>
        hasFault(row, [{ file: '', line: 1, column: 1, message: '', field }]) ? [row.path.join('.')] : [],
      )
    assert.deepEqual(marked('question.answers.1.question.answers.0.digit'), ['1.0'])
    assert.deepEqual(marked('question.answers.1.question.prompt'), ['1'])
    assert.deepEqual(marked('question.answers.0.queue'), ['0'])
    assert.deepEqual(marked('question.answers'), [''])
    assert.deepEqual(marked('question.prompt.say'), [''])
  })
})
