/** Agents of the sample, in the order in which they get a phone: the first ones cover each queue. */
export const crew = ['alice', 'dave', 'frank', 'bob', 'erin', 'grace', 'carol'] as const
/** The formal group of the sample, and its agents. */
export const formal = { group: 'support', agents: ['alice', 'bob', 'carol'] } as const

export const uriOf = (name: string): string => `sip:${name}@example.com`
