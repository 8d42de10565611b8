import { openApi } from '../src/http/openapi.js'
import { commandsPage, manPage } from './reference-commands.js'
import { configTables } from './reference-config.js'
import { logEventsTable } from './reference-log.js'
import { metricsTables } from './reference-metrics.js'
import { cell } from './reference-cell.js'

/** The pages of docs/reference/ and the man page, by path. They are generated from the schemas in the code, so they always match it. */
export async function referenceFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/config.md', `# Reference: config\n\n${made}\n${configTables()}`],
    ['docs/reference/http.md', httpPage()],
    ['docs/reference/commands.md', `# Reference: commands\n\n${made}\n${commandsPage()}`],
    ['packaging/carillon.1', manPage()],
    ['docs/reference/log.md', logPage()],
    ['docs/reference/metrics.md', await metricsPage()],
  ])
}

const made = 'This page is made by `npm run docs`. Do not edit it.'

interface Operation {
  readonly summary: string
  readonly description: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
}

function httpPage(): string {
  const { paths } = openApi() as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary, description, parameters = [] }]) => {
      const query = parameters
        .filter(each => each.in === 'query')
        .map(({ name, required }) => `\`${name}\`${required ? ' (required)' : ''}`)
      return `| \`${method.toUpperCase()} ${path}\` | ${cell(summary)} | ${query.join(', ')} | ${cell(description)} |`
    }),
  )
  const head = 'Bodies and answers are in [openapi.json](../openapi.json).'
  return `# Reference: HTTP API\n\n${made}\n${head}\n\n| endpoint | does | query | rights |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function logPage(): string {
  const head = [
    'Each line of the log is a JSON object with `at` (ISO 8601 in UTC), `level`, `msg` and, in most lines, `event` and the fields below. Lines of a call also have `callId` and `workflow`.',
    '`…` stands for what the server fills in. `carillon log-level` sets the level of an area while the server runs. Programs should look at `event` and fields, and never at `msg`: texts may change.',
    'At most 100 warnings of one event are logged in a minute; `log.sampled` tells how many more came.',
  ]
  return `# Reference: log events\n\n${made}\n${head.join('\n')}\n\n${logEventsTable()}`
}

async function metricsPage(): Promise<string> {
  const head = [
    '`GET /metrics` shows them in the Prometheus text format. [contract.md](../contract.md#metrics) says what is stable, how the service level is defined, and what each `reason` of `carillon_sip_rejected_total` means.',
    'A label has only the values named here, or names of the config. `each workflow` stands for the names of workflows in the config. Counters with names of the config begin at 0; histograms and SIP counters appear with their first value.',
    'The last column names the alerts of [alerts.yaml](../operations/alerts.yaml) that read the metric.',
  ]
  return `# Reference: metrics\n\n${made}\n${head.join('\n')}\n\n${await metricsTables()}\n`
}
