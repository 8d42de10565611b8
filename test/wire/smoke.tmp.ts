import { mkdtemp } from 'node:fs/promises'
import { Sipp } from './harness/sipp.js'
import * as agents from './phones/agents.js'
import * as callers from './phones/callers.js'
const folder = await mkdtemp('/tmp/smoke-')
let n = 0
async function pair(what: string, agent: string, caller: string, extra: string[] = [], aextra: string[] = [], calls=1, transport: 'udp'|'tcp'='udp', host='127.0.0.1') {
  n++
  const a = await Sipp.start({ name: `a${n}`, folder, scenario: agent, transport, host, extra: aextra })
  const t0 = performance.now()
  const c = await Sipp.start({ name: `c${n}`, folder, scenario: caller, transport, host, to: `${host.includes(':')?`[${host}]`:host}:${a.port}`, service: 'support', calls, timeout: 20, extra })
  try { await c.done(); await a.finish(); console.log('ok  ', what, Math.round(performance.now() - t0), (await c.messages()).map(m => (m.direction === 'sent' ? '>' : '<') + (m.method ?? m.status)).join(' ')) }
  catch (e) { await a.kill(); await c.kill(); console.log('FAIL', what, (e as Error).message, (await c.messages()).map(m => (m.direction === 'sent' ? '>' : '<') + (m.method ?? m.status)).join(' '),  (await a.messages()).map(m => (m.direction === 'sent' ? '>' : '<') + (m.method ?? m.status)).join(' ')) }
}
await pair('talks', agents.answers(20), callers.talks(50))
await pair('talks tcp', agents.answers(20), callers.talks(50), [], [], 3, 'tcp')
await pair('talks v6', agents.answers(20), callers.talks(50), [], [], 1, 'udp', '::1')
await pair('agent hangs up', agents.answersAndHangsUp(20, 50), callers.waitsForHangUp())
await pair('busy', agents.refuses(486, 'Busy Here'), callers.isRefused(486))
await pair('302', agents.refuses(302, 'Moved'), callers.isRefused(302))
await pair('declines', agents.declines(20), callers.isRefused(603))
await pair('cancel at once', agents.ringsOn(), callers.cancelsAtOnce())
await pair('cancel', agents.ringsOn(), callers.cancelsWhileWaiting(100))
await pair('cancel answers', agents.answers(5000), callers.cancelsWhileWaiting(100))
await pair('cancel across answer', agents.answers(100), callers.cancelsAcrossAnswer(300), ['-pause_msg_ign'])
await pair('answer across cancel', agents.answersAcrossCancel(), callers.cancelsAcrossAnswer(100), ['-pause_msg_ign'])
await pair('race', agents.answersInARace(20, 'x'), callers.talks(50))
await pair('bye across bye', agents.hangsUpAcrossBye(), callers.hangsUpAcrossBye())
await pair('loss', agents.answersWithLoss({answer: 60, ack: 60, bye: 60}), callers.talksWithLoss({answer:40, ack:40, bye:40}), [], [], 10)
await pair('hold by caller', agents.isHeld(), callers.holds())
await pair('hold by agent', agents.holds(), callers.isHeld())
await pair('delayed', agents.offersInAnswer(), callers.delaysOffer())
await pair('silent', agents.silent(), callers.talks())
console.log(folder)
