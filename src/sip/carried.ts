import type { ServerInvite } from './dialog/invite-server.js'

/** INVITEs that came on a connection, and their sessions. When it closes, their owners are told. */
export class Carried {
  readonly #invites = new Map<number, Map<string, ServerInvite>>()
  readonly #connections = new Map<string, number>()

  add(invite: ServerInvite, connection: number | undefined): void {
    if (connection === undefined) return
    const invites = this.#invites.get(connection) ?? new Map<string, ServerInvite>()
    this.#invites.set(connection, invites.set(invite.key, invite))
    this.#connections.set(invite.key, connection)
  }

  /** `key`: that of the INVITE. */
  forget(key: string): void {
    const connection = this.#connections.get(key)
    if (connection === undefined) return
    this.#connections.delete(key)
    const invites = this.#invites.get(connection)
    invites?.delete(key)
    if (invites?.size === 0) this.#invites.delete(connection)
  }

  closed(connection: number | undefined): void {
    const invites = connection === undefined ? undefined : this.#invites.get(connection)
    for (const invite of [...(invites?.values() ?? [])]) {
      this.forget(invite.key)
      invite.cutOff()
    }
  }
}
