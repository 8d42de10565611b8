import { loadConfig } from '../config/load.js'
import { plan } from '../config/plan.js'
import type { WaitingCall } from '../config/plan-calls.js'
import { planText } from '../config/plan-text.js'
import { planView, type PlanView } from '../config/plan-view.js'
import { json, textOption, type Command } from './command.js'
import { tellFaults } from './output.js'
import { asking, isServer, server } from './asking.js'

/**
 * `carillon plan DIR --against URL`: prints what a config folder would change on a running server, and what happens to the calls
 * that wait there.
 */
export function planCommand(env: Readonly<Record<string, string | undefined>>): Command {
  return {
    name: 'plan',
    usage: 'DIR [--against URL] [--token TOKEN] [--json]',
    summary: 'shows what applying a config to the running server would change, and what happens to calls that wait now',
    options: {
      against: { ...server.server, says: 'the running server to compare with; default http://127.0.0.1:8080' },
      token: server.token,
      'token-file': server['token-file'],
      ca: server.ca,
      ...json,
    },
    takes: { least: 1, most: 1 },
    async run(given, output) {
      const [folder = ''] = given.positionals
      const running = textOption(given, 'against')
      if (running !== undefined && !isServer(running, output)) return 2
      const loaded = await loadConfig(folder, { env, generation: 1 })
      if (!loaded.ok) {
        tellFaults(output, loaded.faults)
        return 1
      }
      tellFaults(output, loaded.warnings, 'warning')
      const against = { ...given, options: { ...given.options, server: running } }
      const use = async (response: Response): Promise<void> => {
        const { view, waiting } = (await response.json()) as { readonly view: PlanView; readonly waiting: readonly WaitingCall[] }
        const report = plan(view, planView(loaded.settings, folder), waiting)
        output.out(given.options['json'] === true ? JSON.stringify(report) : planText(report))
      }
      return asking(env)(against, output, { path: '/api/config', use })
    },
  }
}
