import { hostname } from 'node:os'
import { join } from 'node:path'
import { wallNow, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis, type Millis, type WallTime } from '../../foundation/time.js'
import { Turns } from '../../foundation/turns.js'
import type { AgentUri, CallId, GroupName } from '../../routing/world/ids.js'
import { nothingKept } from '../nothing-kept.js'
import type {
  AuditEntry,
  AuditFilter,
  CallRecord,
  Found,
  KeptPointer,
  KeptSignIn,
  KeptState,
  NumberedEntry,
  Reader,
  RecordFilter,
  RecordPlace,
  Run,
  Store,
} from '../port.js'
import { StoreTooNew, type Connection } from '../sqlite-connection.js'
import { StoreInUse, takeLock } from '../sqlite-lock.js'
import { findEntries } from './audit.js'
import type { HashName } from './changes.js'
import { claim, leave, type Refusal } from './claim.js'
import { RedisConnection, type RedisPlace } from './connection.js'
import { keptIn, loadAll, type Loaded } from './load.js'
import { findRecord, findRecords } from './records.js'
import { Writer } from './writer.js'

/** Who writes. */
type RedisOwner =
  /** The only server. `folder`: no other server on this machine uses it at the same time. */
  | { readonly kind: 'alone'; readonly folder: string }
  /** The node that has the lease, with its token. `lost` is called when Redis refuses its writes for ever. */
  | { readonly kind: 'node'; readonly name: string; readonly token: number; readonly lost: (why: string) => void }

interface RedisStoreOptions {
  readonly place: RedisPlace
  /** The place as it may be shown. */
  readonly shown: string
  readonly owner: RedisOwner
  readonly clock: Clock
  readonly log: Log
  /** Records of calls that arrived longer ago are deleted. Default 90 days. */
  readonly keepRecords?: Millis
  /** Older audit log entries are deleted. Default one year. */
  readonly keepAudit?: Millis
  /** This process. Absent: the store does not note who uses it. */
  readonly run?: Run
}

/** Sign-ins are written at once. What comes with every call waits, in order to share a batch. */
const atOnce = millis(0)
const pointerDelay = millis(250)
const recordDelay = millis(1_000)
const day = 86_400_000

/**
 * Sign-ins, pointers, registrations, calls, records and the audit log in Redis. Writes are collected and sent as one script at a time, so
 * that calls never wait for Redis. While Redis does not answer, the store is unhealthy: it logs this once, keeps the waiting changes and
 * writes them when Redis is back.
 */
export class RedisStore implements Store {
  readonly keepsLiveCalls = true
  readonly #redis: RedisConnection
  readonly #writer: Writer
  readonly #reads = new Turns()
  readonly #name: string
  /** Held from `load` until `close`, against a second server on this machine. */
  #lock: Connection | undefined

  constructor(private readonly options: RedisStoreOptions) {
    const { place, shown, owner, clock, log } = options
    const { keepRecords = millis(90 * day), keepAudit = millis(365 * day) } = options
    this.#name = owner.kind === 'node' ? owner.name : `${hostname()} ${owner.folder}`
    this.#redis = new RedisConnection(place, () => this.#writer.ready())
    const limits = { keepRecords, keepAudit, mostRecords: place.mostRecords }
    this.#writer = new Writer({
      ...{ redis: this.#redis, name: this.#name, shown, clock, log, limits },
      ...(owner.kind === 'node' && { lost: owner.lost }),
    })
  }

  /** Reads the state of the previous process. If Redis can't be reached, the result is empty and the store is unhealthy. */
  async load(): Promise<KeptState> {
    try {
      await this.#redis.open(this.options.clock)
      const { loaded, wrote } = await this.#claimed()
      this.#writer.condition(undefined)
      this.#noteRun(undefined)
      return keptIn(loaded, wrote)
    } catch (error) {
      if (error instanceof StoreInUse || error instanceof StoreTooNew) {
        this.#letGo()
        throw error
      }
      this.#writer.condition(error, 'was not read: formal agents must sign in again, and earlier calls are lost')
      return nothingKept
    }
  }

  /** Claims the keys, unless that was done before, and reads them. */
  async #claimed(): ReturnType<typeof loadAll> {
    if (this.#writer.token > 0) return loadAll(this.#redis)
    const token = await this.#token()
    const all = await loadAll(this.#redis)
    for (const [hash, fields] of Object.entries(all.loaded) as [HashName, Loaded[HashName]][])
      for (const [field, value] of fields) this.#writer.changes.loaded(hash, field, value)
    this.#writer.begin({ token, newestEntry: all.newestEntry })
    return all
  }

  async #token(): Promise<number> {
    const { shown, owner, log, clock } = this.options
    if (owner.kind === 'node') return owner.token
    this.#lock ??= await takeLock(join(owner.folder, 'redis'), log)
    const answer = await claim(this.#redis, this.#name, clock)
    if (!('token' in answer)) throw refused(answer, shown)
    return answer.token
  }

  endRun(): void {
    this.#noteRun(wallNow(this.options.clock))
  }

  #noteRun(endedAt: WallTime | undefined): void {
    const { run } = this.options
    if (!run) return
    this.#put('run', 'version', run.version, atOnce)
    this.#put('run', 'began', String(run.beganAt), atOnce)
    this.#put('run', 'ended', endedAt === undefined ? undefined : String(endedAt), atOnce)
  }

  saveSignIn({ agent, group, at }: KeptSignIn): void {
    this.#put('sign-ins', `${agent} ${group}`, String(at), atOnce)
  }

  deleteSignIn(agent: AgentUri, group: GroupName): void {
    this.#put('sign-ins', `${agent} ${group}`, undefined, atOnce)
  }

  savePointer({ group, agent }: KeptPointer): void {
    this.#put('pointers', group, agent, pointerDelay)
  }

  saveLiveCall(call: CallId, state: string): void {
    this.#put('calls', call, state, atOnce)
  }

  deleteLiveCall(call: CallId): void {
    this.#put('calls', call, undefined, pointerDelay)
  }

  saveRegistrations(address: string, state: string | undefined): void {
    this.#put('registrations', address, state, recordDelay)
  }

  saveChoice(agent: AgentUri, state: string | undefined): void {
    this.#put('choices', agent, state, atOnce)
  }

  saveAgent(agent: AgentUri, state: string | undefined): void {
    this.#put('agents', agent, state, recordDelay)
  }

  saveRecord(record: CallRecord): void {
    this.#writer.records.add(record, this.options.clock.now())
    this.#writer.turns.schedule(recordDelay)
  }

  /** Waiting records are written first, so that a call that has just ended is found. */
  async records(filter: RecordFilter, reader?: Reader): Promise<Found<CallRecord, RecordPlace>> {
    await this.#writeRecords()
    return this.#reads.run(() => findRecords(this.#redis, filter), reader)
  }

  async record(call: CallId, reader?: Reader): Promise<CallRecord | undefined> {
    await this.#writeRecords()
    return this.#reads.run(() => findRecord(this.#redis, call), reader)
  }

  /** While Redis is away, entries beyond a limit are lost. */
  saveAudit(entry: AuditEntry): void {
    this.#writer.addEntry(entry)
    this.#writer.turns.schedule(atOnce)
  }

  async audit(filter: AuditFilter, reader?: Reader): Promise<Found<NumberedEntry, number>> {
    await this.kept()
    return this.#reads.run(() => findEntries(this.#redis, filter), reader)
  }

  /** Waits for the current batch, and for one more with everything that waits now. */
  async kept(): Promise<boolean> {
    const { turns } = this.#writer
    await turns.current
    if (turns.current || this.#writer.waits) await turns.now()
    return this.#writer.healthy
  }

  healthy(): boolean {
    return this.#writer.healthy
  }

  /** Writes everything that waits. If that fails, it keeps waiting and `healthy` is false. */
  async flush(): Promise<void> {
    const { turns } = this.#writer
    while (turns.current || this.#writer.waits) {
      await turns.now()
      if (!this.#writer.healthy || this.#writer.token === 0) return
    }
  }

  async close(): Promise<void> {
    const isOpen = this.#writer.token > 0 && !this.#writer.turns.closed
    if (isOpen) await this.flush()
    this.#writer.stop()
    if (isOpen && this.#writer.healthy && this.options.owner.kind === 'alone')
      // Without this, the next server waits until the claim ends.
      await leave(this.#redis, this.#name, this.#writer.token).catch(() => undefined)
    this.#letGo()
  }

  /** A key that all servers of this store share. `fresh`: what it is if there is none yet. */
  async sharedKey(fresh: Uint8Array): Promise<Uint8Array> {
    const text = Buffer.from(fresh).toString('base64')
    await this.#redis.ask(['SETNX', this.#redis.key('key'), text])
    return Buffer.from(String(await this.#redis.ask(['GET', this.#redis.key('key')])), 'base64')
  }

  #letGo(): void {
    this.#redis.close()
    this.#lock?.close()
    this.#lock = undefined
  }

  #put(hash: HashName, field: string, value: string | undefined, delay: Millis): void {
    this.#writer.changes.put(hash, field, value)
    if (this.#writer.waits) this.#writer.turns.schedule(delay)
  }

  /** Writes the records that wait now. Does not wait for later ones. */
  async #writeRecords(): Promise<void> {
    const { turns, records } = this.#writer
    await turns.current
    for (let left = records.waiting; left > 0 && this.#writer.healthy && !turns.closed; left -= recordsAtOnce) await turns.now()
  }
}

function refused(refusal: Refusal, shown: string): Error {
  return refusal.kind === 'held'
    ? new StoreInUse(
        `store ${shown} is in use by another Carillon (${refusal.by}): stop that one, or give this one a prefix of its own`,
      )
    : new StoreTooNew(
        `store ${shown} was written by a newer Carillon (its format is ${refusal.format}): install that version again`,
      )
}

/** At least as many records are in one batch. */
const recordsAtOnce = 200
