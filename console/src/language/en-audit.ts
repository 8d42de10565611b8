/** The texts about the audit log. */
export const auditInEnglish = {
  title: 'Changes by people and programs',
  hint: 'Who changed or heard what, by the console, the API and the commands. Refused attempts are here, too.',
  at: 'Time',
  who: 'Who',
  whoHint: 'user or token',
  what: 'Change',
  text: 'Text',
  save: 'Save for spreadsheets (.csv)',
  thisMachine: 'this machine',
  result: 'Result',
  done: 'done',
  refused: 'refused',
  none: 'Nobody changed anything in this time.',
  kinds: {
    user: (from: string) => `from ${from}`,
    token: (from: string) => `token, from ${from}`,
    loopback: (from: string) => `without a log-in, from ${from}`,
  },
  /** A change in the server's words. */
  said: (what: string): string => what,
  /** Why it was refused, in the server's words. */
  because: (why: string): string => why,
}

export type AuditMessages = typeof auditInEnglish
