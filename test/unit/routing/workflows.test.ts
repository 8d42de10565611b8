import assert from 'node:assert/strict'
import { wallTime } from '../../../src/foundation/time.js'
import { workflowView } from '../../../src/routing/index.js'
import type { PromptId, QueueName, WorkflowName } from '../../../src/routing/world/ids.js'
import type { Route, WorkflowSettings } from '../../../src/routing/world/settings.js'

const queue = (name: string): Route => ({ kind: 'queue', queue: name as QueueName })
const prompt = 'prompt' as PromptId
const question = (...ways: readonly Route[]): Route => ({
  kind: 'question',
  question: { prompt, answers: ways.map((then, index) => ({ digit: index === 0 ? '1' : '2', name: '', then })) },
})
const workflow: WorkflowSettings = {
  name: 'main' as WorkflowName,
  active: true,
  entry: question(queue('sales'), question(queue('support'), queue('sales'))),
  hours: [[{ start: 540, end: 720 }], [], [], [], [], [], []],
  closed: { kind: 'queue', queue: 'night' as QueueName },
  holidays: [{ name: 'New Year', from: '2026-11-16T00:00', to: '2026-11-17T00:00' }],
}
/** A Monday. */
const on = (day: string, time: string) => wallTime(Date.parse(`2026-11-${day}T${time}:00Z`))

describe('what a call to a workflow would meet', () => {
  it('is each queue behind its questions while it is open', () => {
    assert.deepEqual(workflowView(workflow, on('09', '10:00')), { name: 'main', opening: 'open', queues: ['sales', 'support'] })
  })

  it('is the queue of the closing hours, nothing on a holiday without one, and nothing when it is inactive', () => {
    assert.deepEqual(workflowView(workflow, on('09', '13:00')), { name: 'main', opening: 'closed', queues: ['night'] })
    assert.deepEqual(workflowView(workflow, on('16', '10:00')), { name: 'main', opening: 'holiday', queues: [] })
    assert.deepEqual(workflowView({ ...workflow, active: false }, on('09', '10:00')).opening, 'inactive')
    assert.deepEqual(workflowView({ ...workflow, active: false }, on('09', '10:00')).queues, [])
  })
})
