/** The texts about supervisors who listen to talks. */
export const supervisionInEnglish = {
  title: 'Supervision',
  modes: { listen: 'Listen', whisper: 'Whisper', barge: 'Barge in' },
  hints: {
    listen: 'Nobody hears you.',
    whisper: 'Only the agent hears you.',
    barge: 'The agent and the caller hear you.',
  },
  doing: {
    listen: (name: string) => `${name} listens`,
    whisper: (name: string) => `${name} whispers to the agent`,
    barge: (name: string) => `${name} has barged in`,
  },
  rings: (name: string) => `The phone of ${name} rings`,
  stop: 'Stop listening',
  needsPhone: 'To listen, choose an agent on the desk: your phone is the phone of this agent.',
  record: 'Supervised',
}
