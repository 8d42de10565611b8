import { auditTable } from './sqlite-audit.js'
import { agentCallTable, legTable, recordTable } from './sqlite-records.js'
import { runTable } from './sqlite-runs.js'
import { signInTables } from './sqlite-sign-ins.js'
import { agentTable, choiceTable, liveCallTable, registrationTable } from './sqlite-texts.js'

/**
 * Each migration leads from the schema version that is its index to the next one. Never change a released migration, but add another.
 * Release 0.1.0 has the first six.
 */
export const migrations: readonly string[] = [
  signInTables,
  recordTable,
  auditTable,
  liveCallTable,
  registrationTable,
  choiceTable,
  agentTable,
  legTable,
  agentCallTable,
  runTable,
]
