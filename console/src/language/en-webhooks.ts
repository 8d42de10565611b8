/** The texts about webhooks. */
export const webhooksInEnglish = {
  hint: 'These programs are told about calls, as the section webhooks of carillon.yaml says. Events wait in memory, and a restart loses those that wait.',
  none: 'The config has no webhooks. The section webhooks of carillon.yaml names programs that are told about calls.',
  url: 'Address',
  events: 'Events',
  counts: (delivered: number, waiting: number, failed: number, dropped: number) =>
    `${delivered} delivered, ${waiting} waiting, ${failed} failed, ${dropped} dropped`,
  test: 'Send a test',
  tested: 'The test was delivered.',
  testFailed: (why: string) => `The test failed: ${why}`,
  deliveries: 'Latest deliveries',
  noDeliveries: 'No event yet.',
  readAgain: 'Read again',
  at: 'Time',
  event: 'Event',
  state: 'State',
  answer: 'Answer',
  states: { waiting: 'waiting', delivered: 'delivered', failed: 'failed', dropped: 'dropped' },
  attempts: (count: number) => (count === 1 ? '1 attempt' : `${count} attempts`),
  next: (time: string) => `next at ${time}`,
}

export type WebhookMessages = typeof webhooksInEnglish
