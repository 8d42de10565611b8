import { wallTime } from '../foundation/time.js'
import { agentUri, groupName } from '../routing/world/ids.js'
import type { KeptPointer, KeptSignIn, KeptState } from './port.js'
import { numberIn, rowsOf, textIn, type Connection, type Row } from './sqlite-connection.js'
import { part } from './sqlite-query.js'

export const signInTables = `CREATE TABLE sign_ins (agent TEXT NOT NULL, agent_group TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (agent, agent_group)) WITHOUT ROWID;
   CREATE TABLE pointers (agent_group TEXT PRIMARY KEY, agent TEXT NOT NULL) WITHOUT ROWID;`

export async function loadSignIns(database: Connection): Promise<Pick<KeptState, 'signIns' | 'pointers'>> {
  const signIns = await rowsOf(database, part('SELECT agent, agent_group, at FROM sign_ins ORDER BY agent, agent_group'))
  const pointers = await rowsOf(database, part('SELECT agent, agent_group FROM pointers ORDER BY agent_group'))
  return { signIns: signIns.flatMap(signInOf), pointers: pointers.flatMap(pointerOf) }
}

/** The sign-in in a row, as a list. Empty if somebody edited the file and the row can't be read. */
function signInOf(row: Row): KeptSignIn[] {
  return pointerOf(row).map(({ agent, group }) => ({ agent, group, at: wallTime(numberIn(row, 'at')) }))
}

function pointerOf(row: Row): KeptPointer[] {
  const agent = agentUri(textIn(row, 'agent'))
  const group = textIn(row, 'agent_group')
  return agent.ok && group !== '' ? [{ agent: agent.value, group: groupName(group) }] : []
}
