import { table } from '../src/cli/table.js'
import { besideHeads, measureBeside } from './bench/beside/beside.js'
import { measureOverload } from './bench/overload.js'
import { readOptions, usage } from './bench/options.js'
import { measureBare, measureRate, rateHeads } from './bench/rates.js'
import { measureMusic } from './bench/music.js'
import { measurePresence } from './bench/presence.js'
import { measureShare } from './bench/share.js'
import { measureStreams } from './bench/streams.js'
import { measureWaiting } from './bench/waiting.js'

/**
 * `npm run bench`: the built server between SIPp callers and SIPp agents on loopback, 100 ms ring, 1 s talk. The budgets stand in
 * docs/design.md §6.
 */
if (process.argv.includes('--help')) console.log(usage)
else await bench()

async function bench(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.beside) {
    const rows: string[][] = []
    for (const rate of options.rates) rows.push(...(await measureBeside(rate, options.beside, options)))
    console.log(table(besideHeads, rows))
    return
  }
  if (options.parts.has('rates')) {
    const rows: string[][] = []
    for (const rate of options.rates) {
      console.error(`… ${rate} calls/s for ${options.seconds} s`)
      rows.push(await measureRate(rate, options))
    }
    rows.push(await measureBare(Math.max(...options.rates), options))
    console.log(table(rateHeads, rows))
    console.log('SIPp, caller and agents, shares the processors with the server; it ticks at 1 to 4 ms.')
  }
  if (options.parts.has('overload')) console.log((await measureOverload(options)).join('\n'))
  if (options.parts.has('share')) console.log((await measureShare(options)).join('\n'))
  if (options.parts.has('streams'))
    for (const streams of [500, 1000, 2000])
      console.log((await measureStreams({ streams, seconds: options.seconds, talking: false })).join('\n'))
  if (options.parts.has('music')) console.log((await measureMusic(options)).join('\n'))
  if (options.parts.has('presence')) console.log((await measurePresence(options)).join('\n'))
  if (options.parts.has('waiting')) console.log((await measureWaiting(options)).join('\n'))
}
