/** The texts of calls on behalf of a workflow. */
export const callOutInEnglish = {
  title: 'Call out',
  as: 'On behalf of',
  number: 'Number',
  call: 'Call',
  hint: 'The other person sees the number of the workflow.',
  phoneOff: 'Start the phone in this browser to call. From a desk phone, dial the prefix of the workflow first.',
}

export type CallOutMessages = typeof callOutInEnglish
