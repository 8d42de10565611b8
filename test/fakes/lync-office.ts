import type { ActionModel, SiteModel, WorkflowModel } from './lync-model.js'

/** A made-up company with 40 workflows: 8 departments, each with 3 lines of its own, a desk in the evening and a menu. */
export function lyncOffice(): SiteModel {
  const departments = ['Sales', 'Support', 'Billing', 'Returns', 'Training', 'Press', 'Careers', 'Facilities']
  const to = (queue: number): ActionModel => ({ kind: 'queue', queue, to: '' })
  const voicemail: ActionModel = {
    kind: 'voicemail',
    queue: 0,
    to: 'sip:voicemail@example.com',
    prompt: 'Please leave a message.',
  }
  const day = [
    [540, 750],
    [810, 1_080],
  ] as const
  const line = (name: string, index: number, entry: WorkflowModel['entry']): WorkflowModel => ({
    name,
    uri: `sip:${name.toLowerCase().replace(/[^a-z]+/g, '-')}@example.com`,
    number: `+142555502${String(index).padStart(2, '0')}`,
    displayNumber: `+1 (425) 555-02${String(index).padStart(2, '0')}`,
    isActive: true,
    isAnonymous: false,
    zone: ['UTC', 'Etc/UTC'],
    holidays: [0],
    holiday: voicemail,
    entry,
  })
  return {
    groups: departments.map((name, index) => ({
      name,
      isFormal: false,
      method: (['longestIdle', 'parallel', 'roundRobin', 'serial'] as const)[index % 4] ?? 'serial',
      alertTime: 20 + index,
      agents: Array.from({ length: 3 }, (_, agent) => `sip:${name.toLowerCase()}${agent + 1}@example.com`),
    })),
    queues: departments.map((name, index) => ({
      name,
      groups: [index, (index + 1) % departments.length],
      timeout: { after: 300, action: voicemail },
      overflow: { calls: 20, isOldest: false, action: { kind: 'end', queue: 0, to: '', prompt: 'All lines are busy.' } },
    })),
    hours: [{ name: 'Office', isPrivate: false, days: [day, day, day, day, day, [], []] }],
    holidays: [{ name: 'Company', days: [{ name: 'New Year', from: '2020-01-01T00:00', to: '2020-01-02T00:00' }] }],
    workflows: departments.flatMap((name, index) => {
      const menu = {
        prompt: 'Press 1.',
        answers: [
          { digit: '1', name, then: to(index) },
          {
            digit: '2',
            name: 'More',
            then: {
              prompt: 'Press 1 or 2.',
              answers: [
                { digit: '1', name: 'Next', then: to((index + 1) % 8) },
                { digit: '2', name: 'Message', then: voicemail },
              ],
            },
          },
        ],
      }
      return [
        line(name, index * 5, { queue: index }),
        line(`${name} first line`, index * 5 + 1, { queue: index }),
        { ...line(`${name} second line`, index * 5 + 2, { queue: index }), isAnonymous: true },
        { ...line(`${name} office`, index * 5 + 3, { queue: index }), hours: 0, closed: to(index) },
        line(`${name} menu`, index * 5 + 4, { question: menu }),
      ]
    }),
  }
}
